/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Several meters' bins become usage rows, sorted, one row a key: silence and gaps get their rows, and of
 * two meters that watch the same taps only the better one's rows of a bin are kept.
 */
#ifndef BILL_MERGE_H
#define BILL_MERGE_H

#include "cells.h"
#include "rows.h"

/* Calls `each` for every row that is wanted. want->from and ->to 0: from the first bin, to the last one. 0,
 * what `each` returned, or -errno (logged). */
int merge_rows(const struct ask *ask, const struct rows_wanted *want, struct cells *cells, row_fn *each,
	void *context);

#endif
