/* SPDX-License-Identifier: BSD-3-Clause */
/* An evidence file as `transitctl usage` prints it: filtered, sorted, and with rows for the bins that it
 * does not list, which are missing. */
#ifndef BILL_SORTED_H
#define BILL_SORTED_H

#include "rows.h"

/* 0 and *out (the caller frees; cells live as long as `cells`); -EINVAL after lines in `d`; or another -errno. */
int sorted_rows(const char *path, const struct rows_wanted *want, struct cells *cells, struct diag *d,
	struct row **out, size_t *n);

#endif
