/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Several meters' bins become usage rows, sorted, one row a key: silence and gaps get their rows, and of
 * two meters that watch the same taps only the better one's rows of a bin are kept.
 */
#ifndef BILL_MERGE_H
#define BILL_MERGE_H

#include "cells.h"
#include "rows.h"

struct merge;

/* `want` is copied, but not its names; sources and cells outlive it. Several readings of one merge, onwards
 * in time, know what was configured before a gap. */
struct merge *merge_open(
	struct source *source, size_t n, const struct rows_wanted *want, struct cells *cells);
void merge_close(struct merge *g); /* accepts NULL */

/* Before the first reading: the bins whose start lies in want->from and ->to; without them, all that any
 * meter has (-1 and -1: none). 0, or -errno (logged). */
int merge_extent(struct merge *g, int64_t *from, int64_t *to);

/* Calls `each` for every row that is wanted of the bins of [from, to). 0, what `each` returned, or -errno
 * (logged). */
int merge_read(struct merge *g, int64_t from, int64_t to, row_fn *each, void *context);

/* All of it at once. */
int merge_rows(const struct ask *ask, const struct rows_wanted *want, struct cells *cells, row_fn *each,
	void *context);

#endif
