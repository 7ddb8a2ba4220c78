/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * When a direction of a link is full: the Theil-Sen line on the p95 of complete calendar months (UTC), with
 * planned changes added from their date on. Months count from the first one that is used, as 0; a month's
 * p95 stands at the month's number. Pure; values belong to the pool.
 */
#ifndef CAPACITY_FORECAST_H
#define CAPACITY_FORECAST_H

#include "figures.h"
#include "trend.h"

#define FORECAST_LEAST_MONTHS 6
#define FORECAST_HORIZON      1200 /* months: what lies further ahead counts as never */

/* A month of a link. */
struct month_figures {
	int32_t month;	 /* since January of year 0 */
	bool complete;	 /* it is over, and at most 5 % of its bins are missing */
	uint64_t bins, present;
	u128 p95[DIRECTIONS]; /* bytes a bin */
};

enum reach {
	REACH_ALREADY, /* the line is there in the last complete month, or was before */
	REACH_AHEAD,
	REACH_NEVER, /* within the horizon */
	REACHES,
};
extern const char *const reach_name[REACHES]; /* "already", "ahead", "never" */

/* When a level is reached. */
struct crossing {
	enum reach reach;
	const struct exact *at; /* month, with decimals; NULL: never, or already and not to be told */
	int32_t month;		/* the first calendar month at or after it; of no meaning without `at` */
};

struct level_forecast {
	struct crossing expected; /* by the line */
	struct crossing early, late; /* the 80 % interval */
};

enum forecast_state { FORECAST_MADE, FORECAST_FEW_MONTHS, FORECAST_NO_CAPACITY /* a line, but no levels */ };

struct forecast {
	enum forecast_state state;
	size_t months;	    /* complete ones */
	int32_t first, last; /* of them; of no meaning without any */
	struct trend trend; /* bytes a bin and month; of no meaning with too few months */
	const struct exact *now;	   /* the line in the last complete month, bytes a bin */
	const struct exact *growth;	   /* per cent a year: 12 slopes of `now`; NULL: too few months, or now <= 0 */
	const struct exact *month_growth;  /* per cent: the last complete month over the one before it; or NULL */
	struct level_forecast level[LEVELS]; /* FORECAST_MADE only */
};

/* The figures of every calendar month in the load up to and with `last` (a month number). Allocated; *n of
 * them. */
struct month_figures *forecast_months(const struct load *l, uint32_t link, int32_t last, size_t *n);

void forecast_of(struct exact_pool *p, const struct topology *t, uint32_t link, enum direction d,
	const struct month_figures *month, size_t n, struct forecast *out);

/* What a line says for month `x` of the forecast, planned changes included, bytes a bin. */
const struct exact *forecast_at(struct exact_pool *p, const struct topology *t, uint32_t link, enum direction d,
	const struct forecast *f, const struct trend_line *line, const struct exact *x);

/* bit/s that a link carries one way at an instant: its capacity, or the latest planned one. */
uint64_t forecast_capacity(const struct topology *t, uint32_t link, int64_t at);

/* The number of the calendar month (UTC) that holds the instant, and its first one. */
int32_t forecast_month(int64_t at);
int64_t forecast_month_start(int32_t month);

#endif
