/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The cells of one reading, each kept once and numbered, and the memory of which of them were seen in
 * which bin: the same row key twice is refused, wherever in the file the two stand. One bit per cell and
 * bin, in blocks, so that a month of 65,536 cells takes about 90 MB.
 */
#ifndef SETTLE_CELLS_H
#define SETTLE_CELLS_H

#include "row.h"

struct cells;

struct cells *cells_new(void);
void cells_free(struct cells *c); /* accepts NULL */

/* The cell with this key text (any unambiguous spelling), or NULL: then fill and add it. */
const struct row_cell *cells_find(const struct cells *c, const char *key, size_t size);
/* A copy of `cell` under the key, numbered. NULL: more cells than a usage file can have. */
const struct row_cell *cells_add(
	struct cells *c, const char *key, size_t size, const struct row_cell *cell);
uint32_t cells_count(const struct cells *c);
const struct row_cell *cells_at(const struct cells *c, uint32_t id);

/* Notes that the cell was seen in the bin. 0; -EEXIST: it was already; -E2BIG: too many to remember. */
int cells_mark(struct cells *c, uint32_t id, int64_t bin);

#endif
