/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A queue of frames that a worker polls: the small table of functions in which kinds of live taps differ.
 * A queue belongs to one worker.
 */
#ifndef PATH_TAP_H
#define PATH_TAP_H

#include <stdint.h>

#include "burst.h"

struct tap_queue;

struct tap_queue_ops {
	/* Fills b->n, data, captured and wire; what it fills stays valid until release. */
	void (*receive)(struct tap_queue *q, struct burst *b);
	void (*release)(struct tap_queue *q, struct burst *b);
};

struct tap_queue {
	const struct tap_queue_ops *ops;
	uint32_t tap; /* its number in the layout */
};

#endif
