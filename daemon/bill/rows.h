/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Where the commands' usage rows come from: an evidence file (--usage), or meters' journals and Redis.
 * Whatever it is, reading it gives the rows and says what a statement has to say of them: the file, or
 * the CSV that `transitctl usage` would print, by its SHA-256 and its number of rows.
 */
#ifndef BILL_ROWS_H
#define BILL_ROWS_H

#include "command.h"
#include "evidence.h"
#include "row.h"

struct rows_wanted {
	int64_t from, to;	       /* to 0: all there is */
	const char *partner, *peering; /* NULL: all; of no meaning for a file, which is evidence as a whole */
	bool quiet;		       /* nobody is shown how far it has come: the rows are, as they come */
};

/* Reads all rows. 0 and *out; -EINVAL after lines in `d`; or another -errno after a message. Cells live as
 * long as `cells`. Of a journal or Redis, `keep` (or NULL) gets the evidence as CSV, and out->file is NULL. */
int rows_read(const struct ask *ask, const struct rows_wanted *want, struct cells *cells, struct diag *d,
	row_fn *each, void *context, struct text *keep, struct evidence *out);

/* evidence_read(), and how far it has come is shown on a terminal. */
int rows_read_file(const char *path, struct cells *cells, struct diag *d, row_fn *each, void *context,
	struct evidence *out);

#endif
