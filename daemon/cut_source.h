/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What fills banks beside the workers and lets the cutter have them at rest: the kernel's programs
 * (live_xdp.c). Generations are those of ledger/bankfile.h. All but `forget` is called by one thread at a time.
 */
#ifndef CUT_SOURCE_H
#define CUT_SOURCE_H

#include <stddef.h>
#include <stdint.h>

#include "bank.h"
#include "view.h"

struct cut_source_ops {
	/* What counts now is of this generation: the first one. */
	void (*begin)(void *self, uint64_t generation, int64_t start);
	/* The cut: what comes counts by `view`, in an empty bank, as this generation. */
	void (*ask)(void *self, const struct view *view, uint64_t generation, int64_t start);
	/* The banks that were counted in before, at rest. */
	struct bank *const *(*rest)(void *self, size_t *n);
	/* Their interval is in the spill: clear them. */
	void (*done)(void *self);
	/* The view was to begin with a cut, and will not. By the main thread. */
	void (*forget)(void *self, const struct view *view);
	/* Counts no more: the banks that were counted in last are at rest. */
	void (*end)(void *self);
};

struct cut_source {
	const struct cut_source_ops *ops;
	void *self;
};

#endif
