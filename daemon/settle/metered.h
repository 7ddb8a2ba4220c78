/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a line of a contract measures: one figure out of a tally by percentile, average or volume, under
 * the contract's rules for direction, peerings, missing bins and partial periods, and the lowest and
 * highest figure that the missing bins allow. Figures are exact: bit/s, or bytes for volumes.
 */
#ifndef SETTLE_METERED_H
#define SETTLE_METERED_H

#include "rank.h"
#include "tally.h"

/* How a percentile came about, so that a person can look it up in the evidence. */
struct ranking {
	uint64_t bins, rank; /* N and the 1-based element */
	bool any;	     /* there was a bin to select */
	struct point selected; /* its bin counts from `first_bin` */
	bool has_higher, has_lower;
	u128 higher, lower; /* the neighbours in rank */
	u128 side[DIRECTIONS]; /* what each direction alone has at its rank */
};

struct peering_ranking {
	char peering[NAME_SIZE];
	struct ranking ranking;
};

struct metered {
	const struct exact *value;     /* what is charged */
	const struct exact *low, *high; /* with missing bins at zero, and at the ceiling; high NULL: unknown */
	const struct exact *so_far;	/* the value; of a volume that still runs, without what is yet to come */
	bool has_room;			/* of a percentile that still runs, with a commit */
	int64_t room; /* so many bins may still pass the commit before the percentile does; < 0: it has to */
	int64_t first_bin;	       /* start of bin 0, Unix seconds */
	struct ranking ranking;	       /* of a percentile; of one peering or of their sum */
	struct peering_ranking *each;  /* when peerings are ranked one by one: n_each of them */
	size_t n_each;
};

enum figure { FIGURE_PERCENTILE, FIGURE_AVERAGE, FIGURE_VOLUME };

/* Measures line `line`. `direction` overrides the line's (a ratio asks for both). `world` may be NULL. */
void metered_line(struct exact_pool *pool, const struct tally *t, const struct world *world, size_t line,
	enum figure figure, enum direction_rule direction, struct metered *out);
void metered_clear(struct metered *m);

#endif
