/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The Theil-Sen line through a series of whole numbers: the median of the slopes of all pairs, and the median
 * of the residuals. One month that is off by whatever amount hardly moves it. The 80 % interval of the slope
 * is Sen's, from the ordered slopes and the variance of Kendall's S (P. K. Sen, JASA 63 (1968) 1379-1389;
 * R. O. Gilbert, Statistical Methods for Environmental Pollution Monitoring, 1987, 16.4.2); the scatter of the
 * points around the line is added to it. Exact throughout.
 */
#ifndef CAPACITY_TREND_H
#define CAPACITY_TREND_H

#include "exact.h"

struct trend_point {
	int32_t x; /* different ones, ascending */
	u128 y;
};

struct trend_line {
	const struct exact *slope, *intercept; /* y at x = 0 */
};

struct trend {
	struct trend_line line;	 /* the median one */
	struct trend_line least; /* of the slope's lower end, below 90 % of the points */
	struct trend_line most;	 /* of its upper end, above 90 % of them */
};

/* n at least 2. Values are the pool's. */
void trend_of(struct exact_pool *p, const struct trend_point *point, size_t n, struct trend *out);

/* The line at x. */
const struct exact *trend_at(struct exact_pool *p, const struct trend_line *l, const struct exact *x);

/* By how many places the interval's ends lie inside the ordered slopes: the ends are the k-th from below and
 * from above, k = max(1, floor((pairs - C) / 2)), C = 1.2816 * sqrt(Var(S)), with ties among the y. */
size_t trend_interval(const struct trend_point *point, size_t n);

#endif
