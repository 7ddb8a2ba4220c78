/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A seeded random world: a view with three taps, one of each direction, peerings of every shape and
 * prefixes of every length, also in the kernel; and frames that often, not always, fit it.
 */
#ifndef BPF_WORLD_H
#define BPF_WORLD_H

#include <stdbool.h>
#include <stdint.h>

#include "burst.h"
#include "kernel.h"

#define WORLD_TAPS 3
#define WORLD_FRAME 2048 /* room for a frame */

struct world {
	uint64_t seed; /* of the next random number */
	struct view view;
	struct kernel kernel;
};

uint64_t world_random(struct world *w);
uint32_t world_below(struct world *w, uint32_t n);

void world_up(struct world *w, uint64_t seed);
void world_down(struct world *w);

/* A frame of at least 14 bytes. Returns its length. */
uint32_t world_frame(struct world *w, uint8_t frame[static WORLD_FRAME]);

/* The sums of the bank over all CPUs, which is cleared: `total` has room for the slots and the taps. */
struct world_sum {
	struct bank_tap tap[WORLD_TAPS];
	struct counters *slot;
};
void world_take(struct world *w, struct world_sum *sum);

/* Adds what user space's path makes of the frame. */
void world_expect(struct world *w, uint32_t tap, const uint8_t *frame, uint32_t size, struct world_sum *sum);
void world_compare(const struct world *w, const struct world_sum *kernel, const struct world_sum *user);
void world_sum_new(const struct world *w, struct world_sum *sum);

#endif
