/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A route table like the Internet's, made from a seed: as many IPv4 and IPv6 routes as asked for, with
 * lengths in the shares of a full table. IPv4 prefixes are spread evenly over unicast space, which is
 * harder on caches than the real table; IPv6 prefixes cluster inside allocations, as the real ones do.
 * Routes stay in the order of their making, so that drawing by rank (Zipf) draws from all over the table.
 */
#ifndef BENCH_ROUTES_H
#define BENCH_ROUTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lpm4.h"
#include "lpm6.h"

/* xorshift64*, enough for test data and the same everywhere. */
struct draw {
	uint64_t state; /* not 0 */
};

static inline uint64_t draw_64(struct draw *d)
{
	d->state ^= d->state >> 12;
	d->state ^= d->state << 25;
	d->state ^= d->state >> 27;
	return d->state * UINT64_C(0x2545f4914f6cdd1d);
}

static inline uint32_t draw_below(struct draw *d, uint32_t n)
{
	return (uint32_t)((draw_64(d) >> 32) * n >> 32);
}

static inline double draw_unit(struct draw *d) /* [0, 1) */
{
	return (double)(draw_64(d) >> 11) * 0x1p-53;
}

/* For tables of prefixes, whose lower bits are all zero. */
static inline size_t routes_hash(uint64_t upper, unsigned length)
{
	upper = (upper ^ upper >> 32 ^ length) * UINT64_C(0x9e3779b97f4a7c15);
	return (size_t)(upper >> 32);
}

struct routes {
	size_t n4, n6;
	unsigned classes;
	struct lpm4_route *v4; /* in the order of their making; value = class + 1 */
	struct lpm6_route *v6;
	double *weight4, *weight6; /* running sums of 1/rank, for Zipf(1.0) */
};

struct routes *routes_new(size_t n4, size_t n6, unsigned classes, uint64_t seed);
void routes_free(struct routes *r);

/* The same, sorted by (address, length); the caller frees. */
struct lpm4_route *routes_sorted4(const struct routes *r);
struct lpm6_route *routes_sorted6(const struct routes *r);

/* An index below n: by Zipf(1.0) with `weight`, evenly with NULL. */
size_t routes_pick(struct draw *d, const double *weight, size_t n);

/* An address behind a route that is drawn by Zipf(1.0) or evenly, in host order; IPv4 in out[0]. */
void routes_address(const struct routes *r, struct draw *d, bool zipf, bool six, uint64_t out[static 2]);

#endif
