/* SPDX-License-Identifier: BSD-3-Clause */
#include "rank.h"

#include <stdlib.h>

const char *const point_side_name[SIDES] = { "ingress", "egress", "sum" };

uint64_t rank_of(const struct exact *p, uint64_t n, enum rank_rule rule)
{
	struct exact_pool *pool;
	const struct exact *r;
	int64_t rank;

	if (!n)
		return 0;
	pool = exact_pool_new();
	r = exact_div(pool, exact_mul(pool, p, exact_u128(pool, n)), exact_int(pool, 100));
	rank = exact_to_i64(rule == RANK_RFC2330 ? exact_ceil(pool, r) : exact_floor(pool, r));
	exact_pool_free(pool);
	if (rank < 1)
		return 1;
	return (uint64_t)rank > n ? n : (uint64_t)rank;
}

static int compare(const void *a, const void *b)
{
	const struct point *x = a, *y = b;

	if (x->bytes != y->bytes)
		return x->bytes < y->bytes ? -1 : 1;
	return (x->bin > y->bin) - (x->bin < y->bin);
}

void rank_sort(struct point *point, size_t n)
{
	qsort(point, n, sizeof(*point), compare);
}

/* How many of the sorted points are below `value`. */
static size_t below(const struct point *sorted, size_t n, u128 value)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (sorted[middle].bytes < value)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

u128 rank_filled(const struct point *sorted, size_t n, uint64_t fill, u128 value, uint64_t r)
{
	size_t less = below(sorted, n, value);

	if (r <= less)
		return sorted[r - 1].bytes;
	return r <= less + fill ? value : sorted[r - fill - 1].bytes;
}
