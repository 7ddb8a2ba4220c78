/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the numbers of a bank mean. Slot 0 .. n_taps - 1 is a tap's `unknown`; the rest are cells: every
 * frame ends in exactly one slot. A side is (peering, direction); its cells lie together:
 *
 *   side_base + ((value * 2 + family) * n_cos + cos)     value: 0 unrouted, else class + 1
 *   side_base + cells_per_side - 1                       family other (class non-ip, CoS default)
 *
 * CoS 0 is `default`, else the configuration's + 1. Immutable once built.
 */
#ifndef PATH_LAYOUT_H
#define PATH_LAYOUT_H

#include <stddef.h>
#include <stdint.h>

#include "transitd/words.h"

struct layout_peering {
	char name[NAME_SIZE], partner[NAME_SIZE], link[NAME_SIZE];
};

struct layout {
	uint32_t n_taps, n_peerings;
	uint32_t n_values; /* classes and unrouted */
	uint32_t n_cos;	   /* classes of service and default */
	uint32_t cells_per_side;
	uint32_t n_slots;
	char (*tap)[NAME_SIZE];
	struct layout_peering *peering;
	char (*value)[NAME_SIZE];
	char (*cos)[NAME_SIZE];
};

#define LAYOUT_MAX_SLOTS (UINT32_C(1) << 24)

static inline uint32_t layout_side(uint32_t peering, enum direction d)
{
	return peering * DIRECTIONS + d;
}

static inline uint32_t layout_side_base(const struct layout *l, uint32_t side)
{
	return l->n_taps + side * l->cells_per_side;
}

/* What a cell's slot (>= n_taps) stands for. */
struct layout_cell {
	uint32_t peering;
	enum direction direction;
	enum family family;
	const char *class, *cos;
};
struct layout_cell layout_cell(const struct layout *l, uint32_t slot);

/* Sets cells_per_side and n_slots from the counts. 0, or -E2BIG beyond LAYOUT_MAX_SLOTS. */
int layout_size(struct layout *l);
void layout_free(struct layout *l);

#endif
