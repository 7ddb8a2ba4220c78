/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Percentiles by rank, in whole bytes a bin (settlement rules, section 3). Equal bins are ordered by
 * their start, so that the selected bin is the same one on every machine.
 */
#ifndef SETTLE_RANK_H
#define SETTLE_RANK_H

#include "contract.h"
#include "exact.h"

/* Which series a point came from; of a sum of both directions: neither. */
enum point_side { SIDE_INGRESS, SIDE_EGRESS, SIDE_SUM, SIDES };
extern const char *const point_side_name[SIDES]; /* "ingress", "egress", "sum" */

struct point {
	u128 bytes;
	uint32_t bin;
	enum point_side side;
};

/* The 1-based rank of percentile `p` among `n`: ceil(p*n/100), or floor(p*n/100) and at least 1. 0 of 0. */
uint64_t rank_of(const struct exact *p, uint64_t n, enum rank_rule rule);

void rank_sort(struct point *point, size_t n); /* by bytes, then bin */

/* The value at rank `r` (1-based) of the sorted points with `fill` more points of value `value` among
 * them. */
u128 rank_filled(const struct point *sorted, size_t n, uint64_t fill, u128 value, uint64_t r);

#endif
