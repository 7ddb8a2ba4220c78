/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The evidence file of a statement: usage rows as CSV (RFC 4180), one header line, read in one pass
 * and bounded memory whatever the file's size. Everything that does not fit is refused with FILE:LINE;
 * at the first twenty mistakes the reader gives up.
 */
#ifndef SETTLE_EVIDENCE_H
#define SETTLE_EVIDENCE_H

#include "cells.h"
#include "diag.h"
#include "digest.h"
#include "row.h"
#include "text.h"

/* What a statement says of the file that it was made from. */
struct evidence {
	char *file; /* without its folder; allocated */
	struct digest sha256;
	uint64_t rows;
};

void evidence_clear(struct evidence *e);

extern const char evidence_header[]; /* the column names, without a line end */

/* Reads the file. 0 and *out; -EINVAL after lines in `d`; or what `each` returned (cells are `cells`'). */
int evidence_read(const char *path, struct cells *cells, struct diag *d, row_fn *each, void *context,
	struct evidence *out);

/* Appends one row, as CSV with its line end, or as one JSON object without. */
void evidence_csv(struct text *out, const struct row *row);
void evidence_json(struct text *out, const struct row *row);

#endif
