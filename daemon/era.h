/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An era: one configuration in force, and all that is made from it. A reload begins a new one at the edge
 * of an interval. Built by the main thread; the cutter works with it until it hands it back.
 */
#ifndef ERA_H
#define ERA_H

#include "bankfile.h"
#include "config.h"
#include "snapshot.h"
#include "view_build.h"
#include "worker.h"

struct era {
	const struct config *config;
	struct view *view;
	struct snapshot *snapshot;
	/* Live metering only: */
	struct bankfile *banks;
	struct shift *shift[BANKFILE_SETS]; /* [workers] */
};

/* Takes over `config`, also on failure. `book` outlives every interval that is made in the era: it belongs to
 * the thread that takes the snapshots (see interval_adopt()). NULL: it cannot be metered (logged). */
struct era *era_new(const struct config *config, struct cellbook *book);
void era_free(struct era *e); /* closes the bank file, does not remove it; accepts NULL */

/* Makes bank file `path` and the shifts of `n_workers`. 0 or -errno (logged). */
int era_make_banks(struct era *e, const char *path, size_t n_workers);

/* Removes the bank file: nothing in it counts any more. */
void era_remove_banks(struct era *e);

/* Fills in what the snapshot does not know. */
void era_stamp(const struct era *e, struct interval *iv, int64_t start, uint32_t covered_ms,
	enum origin origin);

#endif
