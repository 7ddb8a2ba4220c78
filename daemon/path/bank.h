/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A bank: all counters of one worker for one interval, in one block of memory without pointers, so that it
 * can lie in a file that outlives the daemon. One worker fills a bank; when it has moved on to the other,
 * the bank is at rest and the cut reads and clears it.
 */
#ifndef PATH_BANK_H
#define PATH_BANK_H

#include <stdbool.h>
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

/* One store's width, so that a frame is in the slot whole or not at all, even if the daemon is killed
 * between two instructions; and a slot never straddles a cache line. */
struct bank_slot {
	struct counters count;
	uint64_t unused;
} __attribute__((aligned(32)));
_Static_assert(sizeof(struct bank_slot) == 32, "a slot is one store wide");

struct bank_head {
	uint64_t tap_in_hand; /* whose burst is being counted, or was last */
	uint64_t unused[7];
};

struct bank {
	uint32_t n_taps, n_slots;
	struct bank_head *head; /* the block begins here */
	struct bank_tap *tap;	/* [n_taps] */
	struct bank_slot *slot; /* [n_slots], see layout.h */
	size_t size;		/* of the block */
	bool owned;		/* the block is the bank's, not a file's */
};

/* A cleared bank in memory of its own, or NULL. */
struct bank *bank_new(const struct layout *l);

/* A bank in somebody else's `memory` of bank_size() bytes, aligned to 64, which holds a bank or zeros. */
size_t bank_size(const struct layout *l);
struct bank *bank_at(const struct layout *l, void *memory);
void bank_clear(struct bank *b);
void bank_free(struct bank *b); /* accepts NULL */

/* A worker that was killed in the middle of a burst had put frames into slots and not yet added them to
 * their tap: adds them. A bank at rest is left as it is. */
void bank_settle(struct bank *b);

#endif
