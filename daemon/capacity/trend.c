/* SPDX-License-Identifier: BSD-3-Clause */
#include "trend.h"

#include <stdlib.h>

#include "text.h"

/* The standard normal's 90 % quantile, 1.2816, in ten thousandths: 80 % lie between it and its negative. */
#define NORMAL_90 12816
#define UNIT	  10000

static int by_value(const void *a, const void *b)
{
	return exact_cmp(*(const struct exact *const *)a, *(const struct exact *const *)b);
}

static const struct exact *median(struct exact_pool *p, const struct exact **sorted, size_t n)
{
	if (n % 2)
		return sorted[n / 2];
	return exact_div(p, exact_add(p, sorted[n / 2 - 1], sorted[n / 2]), exact_int(p, 2));
}

/* The slopes of all pairs, sorted; the caller frees. */
static const struct exact **slopes(struct exact_pool *p, const struct trend_point *point, size_t n)
{
	const struct exact **out = mem_array(n * (n - 1) / 2, sizeof(*out));
	size_t k = 0;

	for (size_t i = 0; i < n; i++)
		for (size_t j = i + 1; j < n; j++)
			out[k++] = exact_div(p, exact_sub(p, exact_u128(p, point[j].y), exact_u128(p, point[i].y)),
				exact_int(p, point[j].x - point[i].x));
	qsort(out, k, sizeof(*out), by_value);
	return out;
}

enum place { LOW, MIDDLE, HIGH };

/* The line of this slope in the middle of the points, or with one in ten of them, at most, below or above it. */
static struct trend_line line_of(struct exact_pool *p, const struct trend_point *point, size_t n,
	const struct exact *slope, enum place place)
{
	const struct exact **rest = mem_array(n, sizeof(*rest));
	struct trend_line l = { .slope = slope };
	size_t rank = (9 * n + 9) / 10; /* of the 90 % quantile: ceil */

	for (size_t i = 0; i < n; i++)
		rest[i] = exact_sub(p, exact_u128(p, point[i].y),
			exact_mul(p, slope, exact_int(p, point[i].x)));
	qsort(rest, n, sizeof(*rest), by_value);
	l.intercept = place == MIDDLE ? median(p, rest, n) : rest[place == HIGH ? rank - 1 : n - rank];
	free(rest);
	return l;
}

/* n(n-1)(2n+5): 18 times the variance of S among n values without ties. */
static u128 spread(u128 n)
{
	return n * (n - 1) * (2 * n + 5);
}

static int by_y(const void *a, const void *b)
{
	u128 x = ((const struct trend_point *)a)->y, y = ((const struct trend_point *)b)->y;

	return (x > y) - (x < y);
}

static u128 variance_18(const struct trend_point *point, size_t n)
{
	struct trend_point *sorted = mem_array(n, sizeof(*sorted));
	u128 v = spread(n);

	for (size_t i = 0; i < n; i++)
		sorted[i] = point[i];
	qsort(sorted, n, sizeof(*sorted), by_y);
	for (size_t i = 0, end; i < n; i = end) {
		for (end = i + 1; end < n && sorted[end].y == sorted[i].y; end++)
			;
		v -= spread(end - i);
	}
	free(sorted);
	return v;
}

size_t trend_interval(const struct trend_point *point, size_t n)
{
	size_t pairs = n * (n - 1) / 2, k = pairs / 2;
	u128 v = variance_18(point, n);

	/* pairs - 2k >= C, squared: C^2 = NORMAL_90^2 * v / 18. */
	while (k > 1) {
		u128 inside = pairs - 2 * k;

		if (inside * inside * 18 * UNIT * UNIT >= (u128)NORMAL_90 * NORMAL_90 * v)
			break;
		k--;
	}
	return k ? k : 1;
}

void trend_of(struct exact_pool *p, const struct trend_point *point, size_t n, struct trend *out)
{
	const struct exact **sorted = slopes(p, point, n);
	size_t pairs = n * (n - 1) / 2, k = trend_interval(point, n);

	out->line = line_of(p, point, n, median(p, sorted, pairs), MIDDLE);
	out->least = line_of(p, point, n, sorted[k - 1], LOW);
	out->most = line_of(p, point, n, sorted[pairs - k], HIGH);
	free(sorted);
}

const struct exact *trend_at(struct exact_pool *p, const struct trend_line *l, const struct exact *x)
{
	return exact_add(p, l->intercept, exact_mul(p, l->slope, x));
}
