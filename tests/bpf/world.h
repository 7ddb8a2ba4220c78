/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A seeded random world: a view with three taps, one of each direction, peerings of every shape and
 * prefixes of every length; frames that often, not always, fit it; and the kernel's programs loaded on it.
 */
#ifndef BPF_WORLD_H
#define BPF_WORLD_H

#include <stdbool.h>
#include <stdint.h>

#include "burst.h"
#include "xdp_bank.h"
#include "xdp_program.h"
#include "xdp_view.h"

#define WORLD_TAPS 3
#define WORLD_FRAME 2048 /* room for a frame */

struct world {
	uint64_t seed; /* of the next random number */
	struct view view;
	struct xdp_view plan;
	struct xdp_shape shape;
	struct xdp_bank bank;
	struct xdp_maps maps;
	void *pages;
};

uint64_t world_random(struct world *w);
uint32_t world_below(struct world *w, uint32_t n);

/* Skips the whole program (exit status 77), saying why, when the kernel does not let us. */
void world_or_skip(void);

void world_up(struct world *w, uint64_t seed);
void world_down(struct world *w);

/* A program of tap `tap`, loaded or the test fails. */
void world_load(struct world *w, struct xdp_program *p, enum xdp_entry entry, uint32_t tap, bool consume);

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
