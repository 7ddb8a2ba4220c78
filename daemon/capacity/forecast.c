/* SPDX-License-Identifier: BSD-3-Clause */
#include "forecast.h"

#include <stdlib.h>

#include "civil.h"
#include "text.h"

#define DAY INT64_C(86400)

const char *const reach_name[REACHES] = { "already", "ahead", "never" };

int32_t forecast_month(int64_t at)
{
	return period_of(PERIOD_MONTH, (int32_t)(at / DAY)).month;
}

int64_t forecast_month_start(int32_t month)
{
	return period_first_day(&(struct period){ PERIOD_MONTH, month }) * DAY;
}

struct month_figures *forecast_months(const struct load *l, uint32_t link, int32_t last, size_t *n)
{
	int32_t first = forecast_month(load_first(l)), end = forecast_month(load_end(l) - 1);
	struct month_figures *out;

	*n = 0;
	end = end < last ? end : last;
	if (!load_end(l) || end < first)
		return NULL;
	out = mem_array((size_t)(end - first + 1), sizeof(*out));
	for (int32_t m = first; m <= end; m++) {
		int64_t from = forecast_month_start(m), to = forecast_month_start(m + 1);
		struct strand s = load_strand(l, link, from, to);
		struct figures f;

		figures_of(&s, 0, &f);
		strand_free(&s);
		/* At most one bin in twenty is missing. */
		out[(*n)++] = (struct month_figures){ m, load_end(l) >= to && (f.bins - f.present) * 20 <= f.bins,
			f.bins, f.present, { f.side[0].p95, f.side[1].p95 } };
	}
	return out;
}

uint64_t forecast_capacity(const struct topology *t, uint32_t link, int64_t at)
{
	uint64_t capacity = t->links[link].capacity;
	int64_t latest = INT64_MIN;

	for (size_t i = 0; i < t->n_steps; i++) {
		const struct topology_step *s = &t->steps[i];

		if (s->link != link || s->change != CHANGE_CAPACITY || s->date > at || s->date < latest)
			continue;
		latest = s->date;
		capacity = s->rate;
	}
	return capacity;
}

/* bit/s as bytes a bin. */
static const struct exact *rate_bytes(struct exact_pool *p, uint64_t rate)
{
	return exact_mul(p, exact_u128(p, rate), exact_ratio(p, BIN_SECONDS, 8));
}

/* A date as a month of the forecast: the days of its month before it are a fraction. */
static const struct exact *month_x(struct exact_pool *p, const struct forecast *f, int64_t date)
{
	int32_t m = forecast_month(date);
	int64_t start = forecast_month_start(m);

	return exact_add(p, exact_int(p, m - f->first),
		exact_ratio(p, date - start, forecast_month_start(m + 1) - start));
}

/* A change counts if it comes after the last month that was measured whole: those before are in its p95. */
static bool counts(const struct topology_step *s, const struct forecast *f, uint32_t link)
{
	return s->link == link && forecast_month(s->date) > f->last;
}

/* What planned changes add by month `x`. */
static const struct exact *planned(struct exact_pool *p, const struct topology *t, uint32_t link,
	enum direction d, const struct forecast *f, const struct exact *x)
{
	const struct exact *sum = exact_int(p, 0);

	for (size_t i = 0; i < t->n_steps; i++) {
		const struct topology_step *s = &t->steps[i];

		if (!counts(s, f, link) || s->change == CHANGE_CAPACITY || !s->side[d] ||
			exact_cmp(month_x(p, f, s->date), x) > 0)
			continue;
		sum = s->change == CHANGE_ADD ? exact_add(p, sum, rate_bytes(p, s->rate)) :
						exact_sub(p, sum, rate_bytes(p, s->rate));
	}
	return sum;
}

const struct exact *forecast_at(struct exact_pool *p, const struct topology *t, uint32_t link, enum direction d,
	const struct forecast *f, const struct trend_line *line, const struct exact *x)
{
	return exact_add(p, trend_at(p, line, x), planned(p, t, link, d, f, x));
}

/* A level of a link, and the line that may reach it. */
struct question {
	struct exact_pool *p;
	const struct topology *t;
	uint32_t link;
	enum direction d;
	const struct forecast *f;
	const struct trend_line *line;
	unsigned percent;
};

/* The level in bytes a bin from a date on. */
static const struct exact *level_at(const struct question *q, int64_t date)
{
	return exact_mul(q->p, rate_bytes(q->p, forecast_capacity(q->t, q->link, date)),
		exact_ratio(q->p, q->percent, 100));
}

/* The first planned change after `date`, or INT64_MAX. */
static int64_t next_change(const struct question *q, int64_t date)
{
	int64_t next = INT64_MAX;

	for (size_t i = 0; i < q->t->n_steps; i++) {
		const struct topology_step *s = &q->t->steps[i];

		if (counts(s, q->f, q->link) && s->date > date && s->date < next)
			next = s->date;
	}
	return next;
}

/* Where the line, `extra` above itself, reaches the level. NULL: nowhere, it does not rise. */
static const struct exact *where(const struct question *q, const struct exact *level, const struct exact *extra)
{
	const struct exact *gap = exact_sub(q->p, exact_sub(q->p, level, extra), q->line->intercept);

	return exact_sign(q->line->slope) > 0 ? exact_div(q->p, gap, q->line->slope) : NULL;
}

static struct crossing crossing_at(const struct question *q, enum reach reach, const struct exact *x)
{
	if (!x || exact_cmp(x, exact_int(q->p, -FORECAST_HORIZON)) < 0)
		return (struct crossing){ reach, NULL, 0 };
	if (exact_cmp(x, exact_int(q->p, FORECAST_HORIZON)) > 0)
		return (struct crossing){ REACH_NEVER, NULL, 0 };
	return (struct crossing){ reach, x, q->f->first + (int32_t)exact_to_i64(exact_ceil(q->p, x)) };
}

/* Walks from change to change; between two of them the line is straight and the level stands. */
static struct crossing cross(const struct question *q)
{
	const struct exact *x = exact_int(q->p, q->f->last - q->f->first);
	int64_t date = forecast_month_start(q->f->last);

	if (exact_cmp(trend_at(q->p, q->line, x), level_at(q, date)) >= 0)
		return crossing_at(q, REACH_ALREADY, where(q, level_at(q, date), exact_int(q->p, 0)));
	for (;;) {
		const struct exact *extra = planned(q->p, q->t, q->link, q->d, q->f, x), *level = level_at(q, date);
		int64_t next = next_change(q, date);
		const struct exact *at;

		if (exact_cmp(exact_add(q->p, trend_at(q->p, q->line, x), extra), level) >= 0)
			return crossing_at(q, REACH_AHEAD, x); /* a change takes it there */
		at = where(q, level, extra);
		if (at && (next == INT64_MAX || exact_cmp(at, month_x(q->p, q->f, next)) < 0))
			return crossing_at(q, REACH_AHEAD, at);
		if (next == INT64_MAX)
			return (struct crossing){ REACH_NEVER, NULL, 0 };
		date = next;
		x = month_x(q->p, q->f, next);
	}
}

/* Is `a` before `b`? Without a figure, already is before all, and never behind. */
static bool sooner(const struct crossing *a, const struct crossing *b)
{
	if (a->reach != b->reach)
		return a->reach < b->reach;
	return a->at && b->at && exact_cmp(a->at, b->at) < 0;
}

static void set_level(struct question *q, struct level_forecast *out)
{
	const struct trend_line *const bound[] = { &q->f->trend.least, &q->f->trend.most };

	q->line = &q->f->trend.line;
	out->expected = out->early = out->late = cross(q);
	for (int i = 0; i < 2; i++) {
		struct crossing c;

		q->line = bound[i];
		c = cross(q);
		if (sooner(&c, &out->early))
			out->early = c;
		if (sooner(&out->late, &c))
			out->late = c;
	}
}

static const struct exact *percent_of(struct exact_pool *p, const struct exact *part, const struct exact *whole)
{
	return exact_sign(whole) > 0 ? exact_div(p, exact_mul(p, part, exact_int(p, 100)), whole) : NULL;
}

/* The last complete month over the calendar month before it, if that was complete. */
static const struct exact *month_growth(
	struct exact_pool *p, const struct month_figures *month, size_t n, enum direction d)
{
	const struct exact *a, *b;

	while (n && !month[n - 1].complete)
		n--;
	if (n < 2 || !month[n - 2].complete)
		return NULL;
	a = exact_u128(p, month[n - 2].p95[d]);
	b = exact_u128(p, month[n - 1].p95[d]);
	return percent_of(p, exact_sub(p, b, a), a);
}

void forecast_of(struct exact_pool *p, const struct topology *t, uint32_t link, enum direction d,
	const struct month_figures *month, size_t n, struct forecast *out)
{
	struct trend_point *point = mem_array(n, sizeof(*point));
	struct question q = { .p = p, .t = t, .link = link, .d = d, .f = out };

	*out = (struct forecast){ .state = FORECAST_FEW_MONTHS };
	for (size_t i = 0; i < n; i++) {
		if (!month[i].complete)
			continue;
		out->first = out->months ? out->first : month[i].month;
		out->last = month[i].month;
		point[out->months++] = (struct trend_point){ month[i].month - out->first, month[i].p95[d] };
	}
	out->month_growth = month_growth(p, month, n, d);
	if (out->months >= FORECAST_LEAST_MONTHS) {
		trend_of(p, point, out->months, &out->trend);
		out->now = trend_at(p, &out->trend.line, exact_int(p, out->last - out->first));
		out->growth = percent_of(p, exact_mul(p, out->trend.line.slope, exact_int(p, 12)), out->now);
		out->state = forecast_capacity(t, link, forecast_month_start(out->last)) ? FORECAST_MADE :
											    FORECAST_NO_CAPACITY;
	}
	for (int i = 0; i < LEVELS && out->state == FORECAST_MADE; i++) {
		q.percent = level_percent[i];
		set_level(&q, &out->level[i]);
	}
	free(point);
}
