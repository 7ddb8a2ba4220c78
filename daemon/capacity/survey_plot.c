/* SPDX-License-Identifier: BSD-3-Clause */
/* Drawing alone uses floating point; all that is drawn is in the survey. */
#include "survey_plot.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "chart.h"

#define AHEAD_LEAST 12 /* months of forecast that are drawn, and at most */
#define AHEAD_MOST  48
#define MOST_MONTHS 600

static const struct chart_colour *const side_colour[DIRECTIONS] = { &chart_blue, &chart_orange };
static const struct chart_colour pale[DIRECTIONS] = { { 0.80, 0.87, 0.94 }, { 0.98, 0.89, 0.74 } };

/* A figure for a pixel: the exact one in its plain spelling. Not strtod(), whose point follows the locale. */
static double drawn(const struct exact *x)
{
	char *s = exact_plain_dup(x, 0);
	double whole = 0;

	for (const char *p = *s == '-' ? s + 1 : s; *p; p++)
		whole = whole * 10 + (*p - '0');
	whole = *s == '-' ? -whole : whole;
	free(s);
	return whole * 8 / BIN_SECONDS;
}

/* What is drawn of one direction; points are months. */
struct side_plot {
	double p95[MOST_MONTHS], line[MOST_MONTHS], low[MOST_MONTHS], high[MOST_MONTHS];
};

struct trend_plot {
	const struct survey *r;
	const struct survey_link *l;
	int32_t first; /* month */
	size_t months, measured, foretold; /* all; with figures; from `from` on */
	size_t from; /* the forecast's first month that is drawn: the last complete one */
	int64_t at[MOST_MONTHS + 1];
	struct side_plot side[DIRECTIONS];
	double capacity[MOST_MONTHS + 1], top; /* bit/s; a capacity of 0 is not stated */
};

/* How far ahead to draw: to the month in which the link is full, within bounds. */
static size_t months_ahead(const struct survey_link *l)
{
	size_t ahead = AHEAD_LEAST;

	for (int d = 0; d < DIRECTIONS; d++) {
		const struct crossing *c = &l->forecast[d].level[LEVEL_100].expected;
		int32_t distance = c->month - l->forecast[d].last + 3;

		if (l->forecast[d].state == FORECAST_MADE && c->reach == REACH_AHEAD && distance > (int32_t)ahead)
			ahead = distance < AHEAD_MOST ? (size_t)distance : AHEAD_MOST;
	}
	return ahead;
}

static void set_forecast(struct trend_plot *p, int d)
{
	const struct survey *r = p->r;
	const struct forecast *f = &p->l->forecast[d];
	struct side_plot *s = &p->side[d];

	for (size_t i = p->from; i < p->months; i++) {
		const struct exact *x = exact_int(r->pool, (int64_t)i + p->first - f->first);
		enum direction side = (enum direction)d;

		s->line[i] = drawn(forecast_at(r->pool, r->topology, p->l->link, side, f, &f->trend.line, x));
		s->low[i] = drawn(forecast_at(r->pool, r->topology, p->l->link, side, f, &f->trend.least, x));
		s->high[i] = drawn(forecast_at(r->pool, r->topology, p->l->link, side, f, &f->trend.most, x));
		p->top = fmax(p->top, s->line[i]);
	}
}

/* As it is in each month: plans may change it. One far above the load would flatten that, and is left out. */
static void set_capacity(struct trend_plot *p)
{
	double load = p->top;

	for (size_t i = 0; i <= p->months; i++) {
		p->capacity[i] = (double)forecast_capacity(p->r->topology, p->l->link, p->at[i]);
		if (p->capacity[i] < 2.5 * load)
			p->top = fmax(p->top, p->capacity[i] * 1.02);
	}
}

/* False: there is no month to draw, or too many. */
static bool set_trend(struct trend_plot *p)
{
	const struct survey_link *l = p->l;
	bool foretold = l->forecast[0].state != FORECAST_FEW_MONTHS;

	p->measured = l->n_months;
	if (l->n_months < 2 || l->n_months + AHEAD_MOST > MOST_MONTHS)
		return false;
	p->first = l->month[0].month;
	p->months = foretold ? (size_t)(l->forecast[0].last - p->first + 1) + months_ahead(l) : l->n_months;
	if (p->months < l->n_months)
		p->months = l->n_months;
	for (size_t i = 0; i <= p->months; i++)
		p->at[i] = forecast_month_start(p->first + (int32_t)i);
	for (int d = 0; d < DIRECTIONS; d++)
		for (size_t i = 0; i < p->measured; i++) {
			p->side[d].p95[i] = l->month[i].complete ? chart_bits(l->month[i].p95[d]) : NAN;
			p->top = fmax(p->top, chart_bits(l->month[i].p95[d]));
		}
	p->from = foretold ? (size_t)(l->forecast[0].last - p->first) : p->months;
	for (int d = 0; d < DIRECTIONS && foretold; d++)
		set_forecast(p, d);
	set_capacity(p);
	return true;
}

static void draw_ticks(struct chart *ch, const struct trend_plot *p)
{
	struct chart_tick tick[MOST_MONTHS];
	int32_t step = p->months > 60 ? 12 : p->months > 18 ? 6 : p->months > 8 ? 3 : 1;
	size_t n = 0;

	for (size_t i = 0; i < p->months; i++) {
		int32_t month = p->first + (int32_t)i;

		if (month % step)
			continue;
		tick[n].at = p->at[i];
		survey_month(tick[n++].words, month);
	}
	chart_ticks(ch, tick, n);
}

static void draw_levels(struct chart *ch, const struct trend_plot *p)
{
	for (size_t i = 0, end; i < p->months; i = end) {
		for (end = i + 1; end < p->months && p->capacity[end] == p->capacity[i]; end++)
			;
		for (int k = 0; k < LEVELS; k++)
			chart_level(ch, p->at[i], p->at[end], p->capacity[i] * level_percent[k] / 100, &chart_red,
				k == LEVEL_100 ? MARK_LINE : MARK_DASHES);
	}
}

static void draw_trend(cairo_t *c, const void *what, const struct chart_box *box)
{
	static const struct chart_key keys[] = { { "p95 ingress", &chart_blue, MARK_LINE },
		{ "p95 egress", &chart_orange, MARK_LINE }, { "forecast", &chart_blue, MARK_DASHES },
		{ "80 % interval", &pale[0], MARK_BOX }, { "capacity", &chart_red, MARK_LINE },
		{ "50, 70, 80 % of it", &chart_red, MARK_DASHES } };
	const struct trend_plot *p = what;
	struct chart ch;

	chart_begin(&ch, c, box, p->at[0], p->at[p->months], p->top, keys, sizeof(keys) / sizeof(*keys));
	for (int d = 0; d < DIRECTIONS; d++)
		chart_area(&ch, p->at + p->from, p->side[d].low + p->from, p->side[d].high + p->from, p->months - p->from,
			&pale[d]);
	draw_ticks(&ch, p);
	draw_levels(&ch, p);
	for (int d = DIRECTIONS - 1; d >= 0; d--) {
		chart_line(&ch, p->at + p->from, p->side[d].line + p->from, p->months - p->from, side_colour[d],
			MARK_DASHES);
		chart_line(&ch, p->at, p->side[d].p95, p->measured, side_colour[d], MARK_LINE);
	}
	chart_end(&ch);
}

/* Drawings have names of their own in a page. */
static int figure(chart_draw_fn *draw, const void *what, const char *kind, uint32_t link, const char *words,
	struct text *out)
{
	struct text name = { 0 };
	int rc;

	text_printf(&name, "%s%u", kind, link);
	text_str(out, "<figure>");
	rc = chart_svg(draw, what, name.data, 1, out);
	text_printf(out, "<figcaption>%s</figcaption></figure>\n", words);
	text_free(&name);
	return rc;
}

int survey_plot_trend(const struct survey *r, const struct survey_link *l, struct text *out)
{
	struct trend_plot *p = mem_alloc(sizeof(*p));
	int rc = 0;

	p->r = r;
	p->l = l;
	if (set_trend(p))
		rc = figure(draw_trend, p, "trend", l->link,
			"Monthly p95 of complete months and what it leads to, planned changes included", out);
	free(p);
	return rc;
}

struct day_plot {
	double bits[DIRECTIONS][DAY_BINS];
	double top;
};

static void draw_day(cairo_t *c, const void *what, const struct chart_box *box)
{
	static const struct chart_key keys[] = { { "ingress", &chart_blue, MARK_LINE },
		{ "egress", &chart_orange, MARK_LINE } };
	const struct day_plot *p = what;
	struct chart_tick tick[8];
	struct chart ch;

	for (int i = 0; i < 8; i++) {
		tick[i].at = i * 3 * 3600;
		snprintf(tick[i].words, sizeof(tick[i].words), "%02d:00", i * 3);
	}
	chart_begin(&ch, c, box, 0, 86400, p->top, keys, sizeof(keys) / sizeof(*keys));
	chart_ticks(&ch, tick, 8);
	for (int d = DIRECTIONS - 1; d >= 0; d--)
		chart_curve(&ch, 0, p->bits[d], DAY_BINS, side_colour[d]);
	chart_end(&ch);
}

int survey_plot_day(const struct survey_link *l, struct text *out)
{
	struct day_plot p = { .top = 1 };

	if (!l->figures.present)
		return 0;
	for (int d = 0; d < DIRECTIONS; d++)
		for (size_t i = 0; i < DAY_BINS; i++) {
			p.bits[d][i] = l->day.n[i] ? chart_bits(l->day.total[d][i]) / l->day.n[i] : NAN;
			if (l->day.n[i])
				p.top = fmax(p.top, p.bits[d][i]);
		}
	return figure(draw_day, &p, "day", l->link, "A day of the period, UTC: the mean of each five minutes", out);
}
