/* SPDX-License-Identifier: BSD-3-Clause */
#include "survey.h"

#include <stdlib.h>

#include "sheet.h"
#include "text.h"

const char *const survey_direction[DIRECTIONS] = { "ingress", "egress" };

/* Takes the sentence over. */
static void note(struct survey *r, char *sentence)
{
	r->note = mem_grow(r->note, r->n_notes + 1, sizeof(*r->note));
	r->note[r->n_notes++] = sentence;
}

static int32_t last_month(const struct period *p)
{
	return period_next(p).month - 1;
}

static void add_link(struct survey *r, const struct load *l, uint32_t link)
{
	struct survey_link *out = &r->link[r->n_links++];
	struct strand s = load_strand(l, link, r->from, r->until);

	out->link = link;
	figures_of(&s, forecast_capacity(r->topology, link, r->from), &out->figures);
	figures_day(&s, &out->day);
	for (int d = 0; d < DIRECTIONS; d++)
		figures_final(&s, (enum direction)d, out->figures.capacity,
			(uint64_t)((r->to - r->until) / BIN_SECONDS), &out->final[d]);
	strand_free(&s);
	out->month = forecast_months(l, link, last_month(&r->period), &out->n_months);
	for (int d = 0; d < DIRECTIONS; d++)
		forecast_of(r->pool, r->topology, link, (enum direction)d, out->month, out->n_months,
			&out->forecast[d]);
}

/* What a reader must know before the figures. */
static void add_notes(struct survey *r, uint32_t only)
{
	const struct topology *t = r->topology;

	for (size_t i = 0; i < t->n_peerings; i++) {
		const struct topology_peering *p = &t->peerings[i];

		if (only != TOPOLOGY_NONE && p->link != only)
			continue;
		if (!p->seen)
			note(r, mem_printf("no usage names peering %s: its load is not in the figures of link %s",
				p->name, t->links[p->link].name));
		else if (t->links[p->link].made_up)
			note(r, mem_printf("the link of peering %s is not known: it stands as a link of its own, "
					   "without capacity", p->name));
	}
}

struct survey *survey_new(struct exact_pool *p, const struct load *l, const struct topology *t,
	const struct period *period, uint32_t only, uint32_t without)
{
	struct survey *r = mem_alloc(sizeof(*r));

	r->pool = p;
	r->topology = t;
	r->period = *period;
	r->from = forecast_month_start(period->month);
	r->to = forecast_month_start(last_month(period) + 1);
	r->now = load_end(l);
	r->until = r->now < r->to ? r->now : r->to;
	r->expected_bins = (uint64_t)((r->to - r->from) / BIN_SECONDS);
	r->link = mem_array(t->n_links, sizeof(*r->link));
	for (uint32_t i = 0; i < t->n_links; i++)
		if (only == TOPOLOGY_NONE || only == i)
			add_link(r, l, i);
	if (without != TOPOLOGY_NONE) {
		r->failover = mem_alloc(sizeof(*r->failover));
		failover_of(l, t, without, r->from, r->until, r->failover);
	}
	add_notes(r, only);
	return r;
}

void survey_free(struct survey *r)
{
	if (!r)
		return;
	for (size_t i = 0; i < r->n_links; i++)
		free(r->link[i].month);
	for (size_t i = 0; i < r->n_notes; i++)
		free(r->note[i]);
	if (r->failover)
		failover_clear(r->failover);
	free(r->failover);
	free(r->note);
	free(r->link);
	free(r);
}

char *survey_rate(struct exact_pool *p, const struct exact *bits)
{
	static const char *const unit[] = { "bit/s", "kbit/s", "Mbit/s", "Gbit/s", "Tbit/s", "Pbit/s" };
	const struct exact *size = exact_int(p, 1), *thousand = exact_int(p, 1000);
	const struct exact *positive = exact_sign(bits) < 0 ? exact_neg(p, bits) : bits;
	struct text t = { 0 };
	char *number;
	size_t i = 0;

	/* Not 1000.000 of the smaller one: what would be printed decides. */
	while (i < 5 && exact_cmp(exact_round(p, exact_div(p, positive, size), 3, ROUND_HALF_UP), thousand) >= 0) {
		size = exact_mul(p, size, thousand);
		i++;
	}
	number = sheet_number(exact_div(p, bits, size), 3);
	text_printf(&t, "%s %s", number, unit[i]);
	free(number);
	return t.data;
}

char *survey_bytes_rate(struct exact_pool *p, u128 bytes, uint64_t bins)
{
	return survey_rate(p, figures_rate(p, bytes, bins));
}

char *survey_percent(struct exact_pool *p, u128 bytes, uint64_t bins, uint64_t capacity)
{
	struct text t = { 0 };

	if (!capacity)
		return mem_dup("-");
	exact_fixed(&t, figures_percent(p, figures_rate(p, bytes, bins), capacity), 1);
	text_str(&t, " %");
	return t.data;
}

char *survey_month(char buf[static PERIOD_SIZE], int32_t month)
{
	return period_format(buf, &(struct period){ PERIOD_MONTH, month });
}

static void add_crossing(struct text *t, const struct crossing *c)
{
	char month[PERIOD_SIZE];

	text_str(t, c->reach == REACH_ALREADY ? "reached" :
		    c->reach == REACH_NEVER   ? "never" :
						survey_month(month, c->month));
}

char *survey_reached(const struct level_forecast *l, bool interval)
{
	struct text t = { 0 };

	add_crossing(&t, &l->expected);
	if (l->expected.reach == REACH_ALREADY || l->early.reach == REACH_NEVER || !interval)
		return t.data;
	text_str(&t, " (");
	add_crossing(&t, &l->early);
	text_str(&t, " to ");
	add_crossing(&t, &l->late);
	text_str(&t, ")");
	return t.data;
}

char *survey_no_forecast(const struct forecast *f)
{
	struct text t = { 0 };

	if (f->state == FORECAST_FEW_MONTHS)
		text_printf(&t, "%zu complete month%s, and a forecast needs %d", f->months,
			f->months == 1 ? "" : "s", FORECAST_LEAST_MONTHS);
	else if (f->state == FORECAST_NO_CAPACITY)
		text_str(&t, "the link's capacity is not stated");
	return t.data;
}

bool survey_foretells(const struct survey *r, const struct statement_line *l)
{
	return l->part->from < r->now || !contract_line_metered(l->line);
}

bool survey_runs(const struct survey *r, const struct statement *s)
{
	return r->now < s->parts[s->n_parts - 1].to;
}
