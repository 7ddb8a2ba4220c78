/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The newest intervals of every meter, at their own resolution: what each peering carried each way, and what
 * the taps say of them. A ring a meter. Of two meters that watch the same taps the one with the newer
 * interval speaks. One thread.
 */
#ifndef SERVE_RECENT_H
#define SERVE_RECENT_H

#include "interval.h"
#include "store.h"

#define RECENT_KEEP 360u /* intervals a meter: an hour of 10 s */

struct recent;

/* `meters` of them, known by their index from here on. The topology is borrowed. */
struct recent *recent_new(struct topology *t, size_t meters);
void recent_free(struct recent *l); /* accepts NULL */

/* The meter that watches the same taps, or "". */
void recent_set_redundant(struct recent *l, size_t meter, size_t other);
void recent_take(struct recent *l, size_t meter, const struct interval *iv);

/* What the taps of one meter said of its newest interval. */
struct recent_taps {
	uint64_t seq; /* 0: no interval yet */
	int64_t start, end;
	uint32_t covered_ms;
	uint64_t packets, unknown, malformed, late, missed;
};
struct recent_taps recent_taps(const struct recent *l, size_t meter);

/* What the choice's peerings carried in one interval. */
struct recent_sample {
	int64_t start, end;
	uint32_t covered_ms;
	u128 l1_bytes[DIRECTIONS];
};
/* L1 bit/s, rounded down. */
uint64_t recent_rate(const struct recent_sample *s, enum direction d);

/* The newest sample; all zero if there is none. */
struct recent_sample recent_now(const struct recent *l, const struct store_choice *c);
/* The samples that are held, oldest first, at most RECENT_KEEP. Returns how many. */
size_t recent_samples(
	const struct recent *l, const struct store_choice *c, struct recent_sample out[static RECENT_KEEP]);

#endif
