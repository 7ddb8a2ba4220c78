/* SPDX-License-Identifier: BSD-3-Clause */
/* Closing a statement for good, and what closed statements are later asked for. */
#ifndef BILL_CLOSE_H
#define BILL_CLOSE_H

#include "billing.h"

/* Where closed statements are: --statements, else the contracts' key, else statements.db beside them. */
char *close_path(const struct billing *b);

/* Closes the statement: numbers, chains, signs and stores it, and appends its envelope to `envelope`. The
 * statement then says so. 0, or -errno after a message. */
int close_statement(struct billing *b, struct statement *st, struct text *envelope);

/* Tells the settlement what closed statements of earlier periods say was taken (take or pay). */
int close_taken(const struct billing *b, const char *contract, struct settle *s);

#endif
