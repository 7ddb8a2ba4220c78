/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What links and peerings carry, out of the newest interval of each meter. Pure functions of intervals and a
 * configuration: bit/s are those of l2_bytes over the seconds that the interval covers; utilisation is of the bits
 * on the wire (24 bytes a packet more) over the link's capacity; loss is what the link's taps missed of what came.
 */
#ifndef TOP_RATES_H
#define TOP_RATES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config.h"
#include "interval.h"

struct top_side {
	uint64_t bits, packets, wire_bits; /* a second */
	struct counters count;		   /* of the meter that is being added */
};

struct top_link {
	char name[NAME_SIZE];
	uint64_t capacity; /* bit/s; 0: not known */
	struct top_side side[DIRECTIONS];
	unsigned used[DIRECTIONS];	 /* tenths of a per cent of the capacity */
	uint64_t seen, unknown, missed; /* packets of the interval */
	unsigned loss;			/* packets of a million */
};

struct top_peering {
	char name[NAME_SIZE], partner[NAME_SIZE], link[NAME_SIZE];
	struct top_side side[DIRECTIONS];
};

struct top_rates {
	struct top_link *link;
	struct top_peering *peering;
	size_t n_links, n_peerings;
};

enum top_order { TOP_BY_NAME, TOP_BY_INGRESS, TOP_BY_EGRESS, TOP_BY_USE, TOP_BY_LOSS, TOP_ORDERS };

/* The configuration's links and peerings, silent. top_rates_clear() it. */
void top_rates_begin(struct top_rates *r, const struct config *c);
/* Adds a meter's interval; links and peerings that the configuration does not know are of other meters. */
void top_rates_add(struct top_rates *r, const struct config *c, const struct interval *iv);
/* Names ascend, all else descends; `reverse` turns it round. What is equal is in order of names. */
void top_rates_sort(struct top_rates *r, enum top_order order, bool reverse);
void top_rates_clear(struct top_rates *r);

#endif
