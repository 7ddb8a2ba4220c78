/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * From rows to a statement: settle_open() says which time is needed, settle_row() takes the rows in any
 * order, settle_close() computes. No clock, no locale, no floating point, no files: the same contracts
 * and rows give the same statement.
 */
#ifndef SETTLE_SETTLE_H
#define SETTLE_SETTLE_H

#include "diag.h"
#include "statement.h"
#include "world.h"

struct settle;

/* One contract and one period. `world` may be NULL. -EINVAL after a line in `d`: no such contract, not its
 * kind of period, not in force in it. What is given outlives the settlement and its statement. */
int settle_open(struct exact_pool *pool, const struct contracts *all, const char *id,
	const struct period *period, const struct world *world, struct diag *d, struct settle **out);
void settle_free(struct settle *s); /* accepts NULL */

/* Before the rows: the period is not over, bins from `now` on (a multiple of 300 s) are yet to come. Figures
 * are then those so far, a volume grows on as it did, and the bounds are those of the bins to come (none of
 * them carries anything, or all of them carry the ceiling) instead of those of the missing ones. */
void settle_until(struct settle *s, int64_t now);

/* The time whose rows are wanted, earlier periods of a take-or-pay bank included. */
void settle_range(const struct settle *s, int64_t *from, int64_t *to);
/* The settled period alone. */
void settle_period(const struct settle *s, int64_t *from, int64_t *to);

/* A row_fn; `self` is the struct settle. */
int settle_row(void *self, const struct row *row);

/* Did any row, of whatever time, name the contract's partner? */
bool settle_saw_partner(const struct settle *s);
/* Did any row, of whatever partner, lie in the period? */
bool settle_saw_period(const struct settle *s);

/* What a closed statement says was taken in an earlier period: it holds instead of rows. */
void settle_taken(struct settle *s, const struct period *p, unsigned version, const char *line, u128 bytes);

/* Computes the statement; evidence and meters are the caller's to add. */
struct statement *settle_close(struct settle *s);

#endif
