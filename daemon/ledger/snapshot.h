/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Banks at rest become an interval. Knows what slots mean (layout.h) and nothing of who filled them. One
 * thread at a time.
 */
#ifndef LEDGER_SNAPSHOT_H
#define LEDGER_SNAPSHOT_H

#include <stddef.h>
#include <stdint.h>

#include "bank.h"
#include "cellbook.h"
#include "interval.h"
#include "layout.h"

struct snapshot; /* a layout with the names of its cells, found once */

/* Borrows both for its life. */
struct snapshot *snapshot_new(const struct layout *layout, struct cellbook *book);
void snapshot_free(struct snapshot *s); /* accepts NULL */

/* A sorted interval with the sums of `n` banks and missed[layout->n_taps] (NULL: none); the caller fills in
 * meter, times, origin and configuration, and frees it. The banks are left as they are. */
struct interval *snapshot_take(
	struct snapshot *s, struct bank *const *bank, size_t n, const uint64_t *missed);

#endif
