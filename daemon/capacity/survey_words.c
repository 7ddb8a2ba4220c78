/* SPDX-License-Identifier: BSD-3-Clause */
#include "survey_words.h"

#include <stdlib.h>

#include "clock.h"
#include "sheet.h"

char *survey_title(const struct survey *r)
{
	char buf[PERIOD_SIZE];

	return mem_printf("Capacity in %s", period_format(buf, &r->period));
}

char *survey_lead(const struct survey *r)
{
	char from[RFC3339_SIZE], until[RFC3339_SIZE];

	return mem_printf("%s to %s%s. Rates are those on the wire (L1), one way; percentages are of the capacity.",
		clock_format(from, r->from), clock_format(until, r->until),
		r->now < r->to ? ", where the data end: the period is not over" : "");
}

static const char *link_name(const struct survey *r, uint32_t link)
{
	return r->topology->links[link].name;
}

static void rate(const struct survey *r, struct grid *g, bool known, u128 bytes, uint64_t bins)
{
	grid_take(g, known ? survey_bytes_rate(r->pool, bytes, bins) : mem_dup("-"));
}

static void instant(struct grid *g, bool known, int64_t at)
{
	char buf[RFC3339_SIZE];

	grid_put(g, known ? clock_format(buf, at) : "-");
}

/* The link's name stands in its first row alone. */
static void begin_row(const struct survey *r, struct grid *g, uint32_t link, int d)
{
	grid_put(g, d ? "" : link_name(r, link));
	grid_put(g, survey_direction[d]);
}

static void main_row(const struct survey *r, struct grid *g, const struct figures *f, int d)
{
	bool any = f->present != 0;
	char *complete = exact_fixed_dup(
		exact_round(r->pool, figures_completeness(r->pool, f), 2, ROUND_DOWN), 2);

	grid_take(g, !d && f->capacity ? survey_rate(r->pool, exact_u128(r->pool, f->capacity)) : mem_dup(d ? "" : "-"));
	rate(r, g, any, f->side[d].p95, 1);
	grid_take(g, any ? survey_percent(r->pool, f->side[d].p95, 1, f->capacity) : mem_dup("-"));
	grid_take(g, mem_printf("%s%s", d ? "" : complete, d ? "" : " %"));
	grid_put(g, d ? "" : band_name[f->band]);
	free(complete);
}

static void spread_row(const struct survey *r, struct grid *g, const struct figures *f, int d)
{
	const struct side_figures *s = &f->side[d];
	bool any = f->present != 0;

	rate(r, g, any, s->total, f->present);
	rate(r, g, any, s->p50, 1);
	rate(r, g, any, s->p99, 1);
	rate(r, g, any, s->peak, 1);
	instant(g, any, s->peak_start);
}

static void hour_row(const struct survey *r, struct grid *g, const struct figures *f, int d)
{
	const struct side_figures *s = &f->side[d];

	instant(g, s->has_busy, s->busy_start);
	rate(r, g, s->has_busy, s->busy, BUSY_BINS);
	for (int k = 0; k < MINUTE_LEVELS; k++) {
		if (f->capacity && f->present)
			grid_take(g, mem_printf("%u", s->minutes[k]));
		else
			grid_put(g, "-");
	}
}

static void add_figures(const struct survey *r, struct grids *out)
{
	static const struct {
		const char *title;
		const char *head[GRID_COLUMNS];
		void (*row)(const struct survey *r, struct grid *g, const struct figures *f, int d);
	} table[] = {
		{ "Links", { "link", "direction", ">capacity", ">p95", ">of it", ">complete", "band" }, main_row },
		{ "Spread", { "link", "direction", ">mean", ">p50", ">p99", ">peak", "peak bin" }, spread_row },
		{ "Busy hours, and minutes above so much of the capacity", { "link", "direction", "busy hour", ">its mean",
			">50 %", ">70 %", ">80 %" }, hour_row },
	};

	for (size_t t = 0; t < sizeof(table) / sizeof(*table); t++) {
		struct grid *g = grids_add(out, mem_dup(table[t].title), table[t].head);

		for (size_t i = 0; i < r->n_links; i++)
			for (int d = 0; d < DIRECTIONS; d++) {
				begin_row(r, g, r->link[i].link, d);
				table[t].row(r, g, &r->link[i].figures, d);
			}
	}
}

static void add_final(const struct survey *r, struct grids *out)
{
	static const char *const head[] = { "link", "direction", ">p95 so far", ">lowest", ">of it", ">highest", ">of it",
		NULL };
	struct grid *g;

	if (r->now >= r->to)
		return;
	g = grids_add(out, mem_dup("What the p95 of the period can still become"), head);
	for (size_t i = 0; i < r->n_links; i++)
		for (int d = 0; d < DIRECTIONS; d++) {
			const struct survey_link *l = &r->link[i];
			const struct final_p95 *f = &l->final[d];

			begin_row(r, g, l->link, d);
			rate(r, g, l->figures.present != 0, l->figures.side[d].p95, 1);
			rate(r, g, true, f->low, 1);
			grid_take(g, survey_percent(r->pool, f->low, 1, l->figures.capacity));
			rate(r, g, f->bounded, f->high, 1);
			grid_take(g, survey_percent(r->pool, f->high, 1, l->figures.capacity));
		}
}

static void percent(struct grid *g, const struct exact *x)
{
	char *s = x ? exact_fixed_dup(x, 1) : NULL;

	grid_take(g, mem_printf("%s%s", s ? s : "-", s ? " %" : ""));
	free(s);
}

static void forecast_row(const struct survey *r, struct grid *g, const struct forecast *f)
{
	char *none = survey_no_forecast(f);

	grid_take(g, mem_printf("%zu", f->months));
	percent(g, f->month_growth);
	percent(g, f->growth);
	if (f->state == FORECAST_FEW_MONTHS)
		grid_put(g, "-");
	else
		grid_take(g, survey_rate(r->pool, exact_mul(r->pool, f->trend.line.slope, exact_ratio(r->pool, 8,
			BIN_SECONDS))));
	for (int i = 0; i < LEVELS; i++)
		grid_take(g, f->state == FORECAST_MADE ? survey_reached(&f->level[i], i >= LEVEL_80) :
							  mem_dup(i == LEVELS - 1 && none ? none : "-"));
	free(none);
}

static void add_forecast(const struct survey *r, struct grids *out)
{
	static const char *const head[] = { "link", "direction", ">months", ">last month", ">a year", ">a month",
		"50 %", "70 %", "80 %", "100 %", NULL };
	struct grid *g = grids_add(out, mem_dup("Growth of the monthly p95, and when it reaches so much of the capacity "
						"(80 % interval)"), head);

	for (size_t i = 0; i < r->n_links; i++)
		for (int d = 0; d < DIRECTIONS; d++) {
			begin_row(r, g, r->link[i].link, d);
			forecast_row(r, g, &r->link[i].forecast[d]);
		}
}

static char *change_words(const struct survey *r, const struct topology_step *s)
{
	static const char *const change[CHANGES] = { "+", "-", "capacity " };
	static const char *const side[] = { "", " ingress", " egress", " each way" };
	char *bits = survey_rate(r->pool, exact_u128(r->pool, s->rate));
	char *out = mem_printf("%s%s%s", change[s->change], bits,
		s->change == CHANGE_CAPACITY ? "" : side[s->side[0] + 2 * s->side[1]]);

	free(bits);
	return out;
}

static void add_planned(const struct survey *r, struct grids *out)
{
	static const char *const head[] = { "link", "date", "change", "reason", NULL };
	struct grid *g = NULL;

	for (size_t i = 0; i < r->n_links; i++)
		for (size_t k = 0; k < r->topology->n_steps; k++) {
			const struct topology_step *s = &r->topology->steps[k];
			char date[RFC3339_SIZE];

			if (s->link != r->link[i].link)
				continue;
			g = g ? g : grids_add(out, mem_dup("Planned changes"), head);
			grid_put(g, link_name(r, s->link));
			grid_take(g, mem_printf("%.10s", clock_format(date, s->date)));
			grid_take(g, change_words(r, s));
			grid_put(g, s->reason);
		}
}

void survey_grids_links(const struct survey *r, struct grids *out)
{
	add_figures(r, out);
	add_final(r, out);
	add_forecast(r, out);
	add_planned(r, out);
}

static const char *const why_words[MOVE_WHYS] = { "configured share", "the class' via", "the class has no via",
	"its via is on the lost link", "the shares are less than 100 %" };

/* "-", or the part of the lost link's bytes. */
static void part(const struct survey *r, struct grid *g, u128 bytes, u128 total)
{
	percent(g, total ? exact_div(r->pool, exact_u128(r->pool, 100 * bytes), exact_u128(r->pool, total)) : NULL);
}

static void add_moves(const struct survey *r, struct grids *out)
{
	static const char *const head[] = { "class", "goes to", "because of", ">ingress", ">of it", ">egress", ">of it",
		NULL };
	const struct failover *f = r->failover;
	uint64_t bins = f->lost_figures.present;
	struct grid *g = grids_add(out, mem_printf("Without %s: where its load goes (means)", link_name(r, f->lost)), head);

	for (size_t i = 0; i < f->n_moves; i++) {
		const struct failover_move *m = &f->move[i];

		grid_put(g, r->topology->classes[m->class].name);
		grid_put(g, m->to == TOPOLOGY_NONE ? "NOWHERE" : link_name(r, m->to));
		grid_put(g, why_words[m->why]);
		for (int d = 0; d < DIRECTIONS; d++) {
			rate(r, g, bins != 0, m->bytes[d], bins);
			part(r, g, m->bytes[d], f->total[d]);
		}
	}
}

static void target_row(const struct survey *r, struct grid *g, const char *name, const struct figures *before,
	const struct figures *after, int d)
{
	bool any = after->present != 0;

	grid_put(g, d ? "" : name);
	grid_put(g, survey_direction[d]);
	grid_take(g, before && before->present ? survey_bytes_rate(r->pool, before->side[d].p95, 1) : mem_dup("-"));
	grid_take(g, before && before->present ? survey_percent(r->pool, before->side[d].p95, 1, before->capacity) :
						 mem_dup("-"));
	rate(r, g, any, after->side[d].p95, 1);
	grid_take(g, any ? survey_percent(r->pool, after->side[d].p95, 1, after->capacity) : mem_dup("-"));
	rate(r, g, any, after->side[d].peak, 1);
	grid_take(g, mem_printf("%s%s%s", d || !before ? "" : band_name[before->band], d || !before ? "" : " -> ",
		d || !before ? "" : band_name[after->band]));
}

static void add_targets(const struct survey *r, struct grids *out)
{
	static const char *const head[] = { "link", "direction", ">p95 before", ">of it", ">p95 after", ">of it",
		">peak after", "band", NULL };
	const struct failover *f = r->failover;
	struct grid *g = grids_add(out, mem_printf("Without %s: the links that take over", link_name(r, f->lost)), head);

	for (size_t i = 0; i < f->n_targets; i++)
		for (int d = 0; d < DIRECTIONS; d++)
			target_row(r, g, link_name(r, f->target[i].link), &f->target[i].before, &f->target[i].after, d);
	for (int d = 0; d < DIRECTIONS; d++)
		target_row(r, g, "NOWHERE", NULL, &f->nowhere, d);
}

void survey_grids_without(const struct survey *r, struct grids *out)
{
	if (!r->failover)
		return;
	add_moves(r, out);
	add_targets(r, out);
}

static void quantity(struct grid *g, const struct exact *x, const char *none)
{
	grid_take(g, x ? sheet_number(x, 3) : mem_dup(none));
}

static void money(struct grid *g, const struct exact *x, unsigned digits, const char *none)
{
	grid_take(g, x ? sheet_money(x, digits) : mem_dup(none));
}

static void contract_row(const struct survey *r, struct grid *g, const struct statement *s,
	const struct statement_line *l)
{
	bool metered = contract_line_metered(l->line), foretold = survey_foretells(r, l);
	unsigned digits = s->contract->digits;

	grid_put(g, l->line->name);
	grid_put(g, l->unit);
	quantity(g, l->so_far, "");
	quantity(g, metered && foretold ? l->quantity : NULL, metered ? "not yet" : "");
	quantity(g, l->least, "");
	quantity(g, l->most, metered ? "no ceiling" : "");
	quantity(g, l->line->commit, "");
	if (!l->metered.has_room)
		grid_put(g, "");
	else if (l->metered.room < 0)
		grid_put(g, "passed");
	else
		grid_take(g, mem_printf("%lld", (long long)l->metered.room));
	money(g, foretold ? l->amount : NULL, digits, "not yet");
	money(g, l->low, digits, "");
	money(g, l->high, digits, "no ceiling");
}

static char *contract_title(const struct statement *s)
{
	const struct part *p = &s->parts[0];
	char buf[PERIOD_SIZE];

	return mem_printf("%s in %s: contract %s, %s; %llu of %llu bins are over, %llu of them missing", s->contract->partner,
		period_format(buf, &p->period), s->contract->id, s->contract->currency,
		(unsigned long long)s->quality.all, (unsigned long long)s->expected_bins,
		(unsigned long long)s->quality.bins[BIN_MISSING]);
}

static void total_row(const struct survey *r, struct grid *g, const struct statement *s)
{
	bool foretold = true;

	for (size_t i = 0; i < s->n_lines; i++)
		foretold = foretold && survey_foretells(r, &s->lines[i]);
	grid_put(g, "total");
	for (int i = 0; i < 7; i++)
		grid_put(g, "");
	money(g, foretold ? s->total : NULL, s->contract->digits, "not yet");
	money(g, s->low, s->contract->digits, "");
	money(g, s->high, s->contract->digits, "no ceiling");
}

void survey_grids_contracts(const struct survey *r, struct grids *out)
{
	static const char *const head[] = { "line", "unit", ">so far", ">forecast", ">lowest", ">highest", ">commit",
		">bins left", ">charge", ">lowest", ">highest", NULL };

	for (size_t i = 0; i < r->n_contracts; i++) {
		const struct statement *s = r->contract[i];
		struct grid *g = grids_add(out, contract_title(s), head);

		for (size_t k = 0; k < s->n_lines; k++)
			contract_row(r, g, s, &s->lines[k]);
		total_row(r, g, s);
	}
}
