/* SPDX-License-Identifier: BSD-3-Clause */
/* The survey for programs. Rates are decimals of bit/s, bytes and bins whole numbers, all as strings. */
#include <stdlib.h>

#include "json.h"
#include "survey.h"

#define RATE_DIGITS    3
#define PERCENT_DIGITS 2
#define MONTH_DIGITS   3
#define UNIT_DIGITS    12

static void instant_if(struct text *out, const char *name, bool known, int64_t at)
{
	if (known)
		json_time(out, name, at);
	else
		json_null(out, name);
}

static void month(struct text *out, const char *name, bool known, int32_t number_of)
{
	char buf[PERIOD_SIZE];

	json_word(out, name, known ? survey_month(buf, number_of) : NULL);
}

/* "NAME_bps" and "NAME_percent" of bytes in so many bins; null where there are no bins, or no capacity. */
static void rate(const struct survey *r, struct text *out, const char *name, bool known, u128 bytes,
	uint64_t bins, uint64_t capacity)
{
	const struct exact *bits = known ? figures_rate(r->pool, bytes, bins) : NULL;
	struct text key = { 0 };

	text_printf(&key, "%s_bps", name);
	json_plain(out, key.data, bits, RATE_DIGITS);
	text_clear(&key);
	text_printf(&key, "%s_percent", name);
	json_exact(out, key.data, bits && capacity ? figures_percent(r->pool, bits, capacity) : NULL, PERCENT_DIGITS);
	text_free(&key);
}

static void side(const struct survey *r, struct text *out, const struct figures *f, enum direction d)
{
	static const char *const minutes[] = { "minutes_above_50", "minutes_above_70", "minutes_above_80" };
	const struct side_figures *s = &f->side[d];
	const struct {
		const char *name;
		u128 bytes;
	} rank[] = { { "p50", s->p50 }, { "p95", s->p95 }, { "p99", s->p99 }, { "peak", s->peak } };
	bool any = f->present != 0;

	json_word(out, "direction", survey_direction[d]);
	json_count(out, "bytes", s->total);
	rate(r, out, "mean", any, s->total, f->present, f->capacity);
	for (size_t i = 0; i < sizeof(rank) / sizeof(*rank); i++)
		rate(r, out, rank[i].name, any, rank[i].bytes, 1, f->capacity);
	json_count(out, "p95_bytes", s->p95);
	json_count(out, "peak_bytes", s->peak);
	instant_if(out, "peak_start", any, s->peak_start);
	rate(r, out, "busy_hour", s->has_busy, s->busy, BUSY_BINS, f->capacity);
	instant_if(out, "busy_hour_start", s->has_busy, s->busy_start);
	for (int i = 0; i < MINUTE_LEVELS; i++) {
		if (f->capacity)
			json_count(out, minutes[i], s->minutes[i]);
		else
			json_null(out, minutes[i]);
	}
}

static void crossing(struct text *out, const struct crossing *c)
{
	json_word(out, "reach", reach_name[c->reach]);
	json_plain(out, "month", c->at, MONTH_DIGITS);
	month(out, "period", c->at != NULL, c->month);
}

static void levels(struct text *out, const struct forecast *f)
{
	json_open(out, "levels", '[');
	for (int i = 0; i < LEVELS && f->state == FORECAST_MADE; i++) {
		json_open(out, NULL, '{');
		json_count(out, "percent", level_percent[i]);
		crossing(out, &f->level[i].expected);
		json_open(out, "early", '{');
		crossing(out, &f->level[i].early);
		json_close(out, '}');
		json_open(out, "late", '{');
		crossing(out, &f->level[i].late);
		json_close(out, '}');
		json_close(out, '}');
	}
	json_close(out, ']');
}

/* Bytes a bin as bit/s. */
static const struct exact *bits_of(const struct survey *r, const struct exact *bytes)
{
	return exact_mul(r->pool, bytes, exact_ratio(r->pool, 8, BIN_SECONDS));
}

static void forecast(const struct survey *r, struct text *out, const struct forecast *f)
{
	bool line = f->state != FORECAST_FEW_MONTHS;
	char *none = survey_no_forecast(f);

	json_open(out, "forecast", '{');
	json_word(out, "none_because", none);
	free(none);
	json_count(out, "months", f->months);
	month(out, "first", f->months, f->first);
	month(out, "last", f->months, f->last);
	json_plain(out, "slope_bps_a_month", line ? bits_of(r, f->trend.line.slope) : NULL, RATE_DIGITS);
	json_plain(out, "slope_low_bps_a_month", line ? bits_of(r, f->trend.least.slope) : NULL, RATE_DIGITS);
	json_plain(out, "slope_high_bps_a_month", line ? bits_of(r, f->trend.most.slope) : NULL, RATE_DIGITS);
	json_plain(out, "intercept_bps", line ? bits_of(r, f->trend.line.intercept) : NULL, RATE_DIGITS);
	json_plain(out, "now_bps", line ? bits_of(r, f->now) : NULL, RATE_DIGITS);
	json_exact(out, "growth_percent_a_year", f->growth, PERCENT_DIGITS);
	json_exact(out, "growth_percent_month", f->month_growth, PERCENT_DIGITS);
	levels(out, f);
	json_close(out, '}');
}

static void months(const struct survey *r, struct text *out, const struct survey_link *l)
{
	json_open(out, "months", '[');
	for (size_t i = 0; i < l->n_months; i++) {
		const struct month_figures *m = &l->month[i];

		json_open(out, NULL, '{');
		month(out, "month", true, m->month);
		json_bool(out, "complete", m->complete);
		json_count(out, "bins", m->bins);
		json_count(out, "present_bins", m->present);
		json_plain(out, "ingress_p95_bps", m->present ? figures_rate(r->pool, m->p95[0], 1) : NULL, RATE_DIGITS);
		json_plain(out, "egress_p95_bps", m->present ? figures_rate(r->pool, m->p95[1], 1) : NULL, RATE_DIGITS);
		json_close(out, '}');
	}
	json_close(out, ']');
}

static void planned(const struct survey *r, struct text *out, uint32_t link)
{
	static const char *const change[CHANGES] = { "add_bps", "remove_bps", "capacity_bps" };

	json_open(out, "planned", '[');
	for (size_t i = 0; i < r->topology->n_steps; i++) {
		const struct topology_step *s = &r->topology->steps[i];

		if (s->link != link)
			continue;
		json_open(out, NULL, '{');
		json_time(out, "date", s->date);
		json_count(out, change[s->change], s->rate);
		json_bool(out, "ingress", s->side[DIRECTION_INGRESS]);
		json_bool(out, "egress", s->side[DIRECTION_EGRESS]);
		json_word(out, "reason", s->reason);
		json_close(out, '}');
	}
	json_close(out, ']');
}

/* What a link has once for both directions. */
static void common(const struct survey *r, struct text *out, const struct figures *f)
{
	const u128 p95 = f->side[f->greater].p95;
	const struct exact *bits = figures_rate(r->pool, p95, 1);

	if (f->capacity)
		json_count(out, "capacity_bps", f->capacity);
	else
		json_null(out, "capacity_bps");
	json_word(out, "band", band_name[f->band]);
	json_word(out, "greater", f->present ? survey_direction[f->greater] : NULL);
	rate(r, out, "p95", f->present != 0, p95, 1, f->capacity);
	json_plain(out, "headroom_bps", f->capacity && f->present ? exact_sub(r->pool, exact_u128(r->pool, f->capacity), bits) :
							       NULL, RATE_DIGITS);
	json_exact(out, "completeness_percent", exact_round(r->pool, figures_completeness(r->pool, f), PERCENT_DIGITS,
		ROUND_DOWN), PERCENT_DIGITS);
	json_open(out, "bins", '{');
	for (int i = 0; i < BIN_STATUSES; i++)
		json_count(out, bin_status_name[i], f->status[i]);
	json_close(out, '}');
}

void survey_json_link(const struct survey *r, struct text *out, const struct survey_link *l)
{
	const struct topology_link *link = &r->topology->links[l->link];

	json_open(out, NULL, '{');
	json_word(out, "link", link->name);
	json_word(out, "description", link->description);
	json_open(out, "peerings", '[');
	for (size_t i = 0; i < r->topology->n_peerings; i++)
		if (r->topology->peerings[i].link == l->link)
			json_word(out, NULL, r->topology->peerings[i].name);
	json_close(out, ']');
	common(r, out, &l->figures);
	json_open(out, "directions", '[');
	for (int d = 0; d < DIRECTIONS; d++) {
		json_open(out, NULL, '{');
		side(r, out, &l->figures, (enum direction)d);
		rate(r, out, "p95_lowest", true, l->final[d].low, 1, l->figures.capacity);
		rate(r, out, "p95_highest", l->final[d].bounded, l->final[d].high, 1, l->figures.capacity);
		forecast(r, out, &l->forecast[d]);
		json_close(out, '}');
	}
	json_close(out, ']');
	months(r, out, l);
	planned(r, out, l->link);
	json_close(out, '}');
}

static const char *link_name(const struct survey *r, uint32_t link)
{
	return link == TOPOLOGY_NONE ? NULL : r->topology->links[link].name;
}

static void moves(const struct survey *r, struct text *out)
{
	const struct failover *f = r->failover;

	json_open(out, "moves", '[');
	for (size_t i = 0; i < f->n_moves; i++) {
		json_open(out, NULL, '{');
		json_word(out, "class", r->topology->classes[f->move[i].class].name);
		json_word(out, "to", link_name(r, f->move[i].to));
		json_word(out, "why", move_why_name[f->move[i].why]);
		json_count(out, "ingress_bytes", f->move[i].bytes[DIRECTION_INGRESS]);
		json_count(out, "egress_bytes", f->move[i].bytes[DIRECTION_EGRESS]);
		json_close(out, '}');
	}
	json_close(out, ']');
}

void survey_json_figures(
	const struct survey *r, struct text *out, const char *name, const struct figures *f)
{
	json_open(out, name, '{');
	common(r, out, f);
	json_open(out, "directions", '[');
	for (int d = 0; d < DIRECTIONS; d++) {
		json_open(out, NULL, '{');
		side(r, out, f, (enum direction)d);
		json_close(out, '}');
	}
	json_close(out, ']');
	json_close(out, '}');
}

void survey_json_without(const struct survey *r, struct text *out)
{
	const struct failover *f = r->failover;

	if (!f) {
		json_null(out, "without");
		return;
	}
	json_open(out, "without", '{');
	json_word(out, "link", link_name(r, f->lost));
	json_count(out, "ingress_bytes", f->total[DIRECTION_INGRESS]);
	json_count(out, "egress_bytes", f->total[DIRECTION_EGRESS]);
	moves(r, out);
	json_open(out, "links", '[');
	for (size_t i = 0; i < f->n_targets; i++) {
		json_open(out, NULL, '{');
		json_word(out, "link", link_name(r, f->target[i].link));
		survey_json_figures(r, out, "before", &f->target[i].before);
		survey_json_figures(r, out, "after", &f->target[i].after);
		json_close(out, '}');
	}
	json_close(out, ']');
	survey_json_figures(r, out, "nowhere", &f->nowhere);
	json_close(out, '}');
}

static void room(struct text *out, const struct metered *m)
{
	if (m->has_room) {
		json_count(out, "bins_left_above_commit", (u128)(m->room > 0 ? m->room : 0));
		json_bool(out, "commit_passed", m->room < 0);
	} else {
		json_null(out, "bins_left_above_commit");
		json_null(out, "commit_passed");
	}
}

static void contract_line(const struct survey *r, struct text *out, const struct statement *s,
	const struct statement_line *l)
{
	bool foretold = survey_foretells(r, l);
	unsigned digits = s->contract->digits;

	json_open(out, NULL, '{');
	json_word(out, "name", l->line->name);
	json_word(out, "type", line_type_name[l->line->type]);
	json_word(out, "unit", l->unit);
	json_plain(out, "so_far", l->so_far, UNIT_DIGITS);
	json_plain(out, "forecast", foretold ? l->quantity : NULL, UNIT_DIGITS);
	json_plain(out, "low", l->least, UNIT_DIGITS);
	json_plain(out, "high", l->most, UNIT_DIGITS);
	json_plain(out, "commit", l->line->commit, UNIT_DIGITS);
	room(out, &l->metered);
	json_exact(out, "amount_forecast", foretold ? l->amount : NULL, digits);
	json_exact(out, "amount_low", l->low, digits);
	json_exact(out, "amount_high", l->high, digits);
	json_close(out, '}');
}

void survey_json_contract(const struct survey *r, struct text *out, const struct statement *s)
{
	const struct part *first = &s->parts[0];
	unsigned digits = s->contract->digits;
	char buf[PERIOD_SIZE];
	bool foretold = true;

	for (size_t i = 0; i < s->n_lines; i++)
		foretold = foretold && survey_foretells(r, &s->lines[i]);
	json_open(out, NULL, '{');
	json_word(out, "contract", s->contract->id);
	json_word(out, "partner", s->contract->partner);
	json_word(out, "currency", s->contract->currency);
	json_word(out, "period", period_format(buf, &first->period));
	json_word(out, "zone", zone_name(s->contract->zone));
	json_time(out, "from", first->period_from);
	json_time(out, "to", first->period_to);
	json_bool(out, "runs", survey_runs(r, s));
	json_count(out, "expected_bins", s->expected_bins);
	json_count(out, "elapsed_bins", s->quality.all);
	json_count(out, "missing_bins", s->quality.bins[BIN_MISSING]);
	json_open(out, "lines", '[');
	for (size_t i = 0; i < s->n_lines; i++)
		contract_line(r, out, s, &s->lines[i]);
	json_close(out, ']');
	json_exact(out, "total_forecast", foretold ? s->total : NULL, digits);
	json_exact(out, "total_low", s->low, digits);
	json_exact(out, "total_high", s->high, digits);
	json_close(out, '}');
}

static void period(const struct survey *r, struct text *out)
{
	char buf[PERIOD_SIZE];

	json_open(out, "period", '{');
	json_word(out, "name", period_format(buf, &r->period));
	json_time(out, "from", r->from);
	json_time(out, "to", r->to);
	json_bool(out, "runs", r->now < r->to);
	json_count(out, "expected_bins", r->expected_bins);
	json_count(out, "elapsed_bins", (u128)((r->until - r->from) / BIN_SECONDS));
	json_close(out, '}');
	json_time(out, "now", r->now);
}

void survey_json(const struct survey *r, struct text *out)
{
	json_open(out, NULL, '{');
	period(r, out);
	json_word(out, "rates", "bit/s on the wire (L1: l2_bytes + 24 a packet), one way; bytes are L1 bytes, those of "
				  "p95 and peak of one bin of 300 s");
	json_open(out, "links", '[');
	for (size_t i = 0; i < r->n_links; i++)
		survey_json_link(r, out, &r->link[i]);
	json_close(out, ']');
	survey_json_without(r, out);
	json_open(out, "contracts", '[');
	for (size_t i = 0; i < r->n_contracts; i++)
		survey_json_contract(r, out, r->contract[i]);
	json_close(out, ']');
	json_open(out, "notes", '[');
	for (size_t i = 0; i < r->n_notes; i++)
		json_word(out, NULL, r->note[i]);
	json_close(out, ']');
	json_close(out, '}');
	text_str(out, "\n");
}
