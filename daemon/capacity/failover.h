/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What if a link is lost (settlement rules, section 6, N-1): its load moves bin by bin, direction kept, to
 * the links that the configured shares name, or else to the link of the peering that carries its class
 * (`via`). The sums are ranked, aligned in time. Every byte of the lost link is in exactly one move, also
 * those with nowhere to go. Pure.
 */
#ifndef CAPACITY_FAILOVER_H
#define CAPACITY_FAILOVER_H

#include "figures.h"

/* Why a move goes where it goes. */
enum move_why {
	MOVE_SHARE,   /* a configured share */
	MOVE_VIA,     /* its class' `via` */
	MOVE_NO_VIA,  /* nowhere: the class has neither */
	MOVE_VIA_LOST, /* nowhere: `via` is on the lost link itself */
	MOVE_REST,    /* nowhere: the shares are less than 100 % */
	MOVE_WHYS,
};
extern const char *const move_why_name[MOVE_WHYS]; /* "share", "via", "no-via", "via-lost", "rest" */

/* Where a part of one class' load goes. */
struct failover_move {
	uint32_t class;
	uint32_t to; /* a link, or TOPOLOGY_NONE: nowhere */
	enum move_why why;
	u128 bytes[DIRECTIONS]; /* of all bins in which the lost link was measured */
};

/* A link that takes over. A bin is missing where it is missing on either link. */
struct failover_target {
	uint32_t link;
	struct strand sum;
	struct figures before, after;
};

struct failover {
	uint32_t lost;
	u128 total[DIRECTIONS]; /* of the lost link: the sum of all moves */
	struct failover_move *move;
	size_t n_moves;
	struct failover_target *target; /* in the topology's order */
	size_t n_targets;
	struct figures nowhere; /* what has nowhere to go; its capacity is 0 */
	struct figures lost_figures;
};

/* The load was kept by class for `lost` (load_new()). [from, to) in whole bins. failover_clear() it. */
void failover_of(const struct load *l, const struct topology *t, uint32_t lost, int64_t from, int64_t to,
	struct failover *out);
void failover_clear(struct failover *f);

#endif
