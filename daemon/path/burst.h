/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The frame's path, a burst at a time: a tap fills `data`, `captured` and `wire`; burst_classify() reads
 * the headers, finds peering and direction, class and CoS, and gives every frame its one slot;
 * burst_count() adds it there. No lock, log, allocation or system call.
 */
#ifndef PATH_BURST_H
#define PATH_BURST_H

#include <stdint.h>

#include "bank.h"
#include "heads.h"
#include "view.h"

struct burst {
	uint32_t n;
	const uint8_t *data[BURST_MAX]; /* first byte of the frame; the tap's until it takes the burst back */
	uint32_t captured[BURST_MAX];	/* bytes behind `data`, <= wire */
	uint32_t wire[BURST_MAX];	/* bytes on the wire */
	uint32_t slot[BURST_MAX];
	struct heads heads;
};

/* Headers, then slots, of b->n frames of tap `tap`; clears what the arrays hold beyond them. `bank` is where
 * they will be counted: its lines are asked for. */
void burst_classify(struct burst *b, const struct view *view, const struct bank *bank, uint32_t tap);

/* Adds the classified burst to the bank, and to its tap. */
void burst_count(const struct burst *b, struct bank *bank, uint32_t tap);

/* The same, compiled once for each instruction set that pays: burst_kernel.c. The two above take the best
 * that the CPU at hand runs. */
struct burst_kernel {
	const char *name;
	void (*classify)(struct burst *b, const struct view *view, const struct bank *bank, uint32_t tap);
	void (*count)(const struct burst *b, struct bank *bank, uint32_t tap);
};

/* All that this CPU runs, the best first; ends with NULL. */
const struct burst_kernel *const *burst_kernels(void);

#endif
