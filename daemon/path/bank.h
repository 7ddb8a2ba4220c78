/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A bank: all counters of one worker for one interval, in one block of memory without pointers, so that it
 * can lie in a file that outlives the daemon. One worker fills a bank; when it has moved on to the other,
 * the bank is at rest and the cut reads and clears it.
 */
#ifndef PATH_BANK_H
#define PATH_BANK_H

#include <stddef.h>
#include <stdint.h>

#include "layout.h"
#include "transitd/words.h"

/* What a worker took from a tap. Written by the worker alone, and independently of the slots: that both
 * sides agree is the conservation identity. */
struct bank_tap {
	uint64_t packets, l2_bytes;
	uint64_t malformed, late;
};

/* Padded to 32 bytes: a slot never straddles a cache line. */
struct bank_slot {
	struct counters count;
	uint64_t unused;
};

struct bank {
	uint32_t n_taps, n_slots;
	struct bank_tap *tap;	/* [n_taps] */
	struct bank_slot *slot; /* [n_slots], see layout.h */
	size_t size;		/* of the memory */
};

/* A cleared bank, or NULL. */
struct bank *bank_new(const struct layout *l);
void bank_clear(struct bank *b);
void bank_free(struct bank *b); /* accepts NULL */

#endif
