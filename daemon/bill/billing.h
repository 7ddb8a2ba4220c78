/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What every command about money does first: contracts, what the meter's configuration knows of them,
 * usage rows, and statements out of the two. Errors are told where they happen; -EINVAL is for
 * wrong input (exit status 2), anything else for what could not be done (1).
 */
#ifndef BILL_BILLING_H
#define BILL_BILLING_H

#include "command.h"
#include "rows.h"
#include "settle.h"

struct billing {
	struct diag d; /* to standard error */
	const struct ask *ask;
	struct world *world; /* NULL: nothing is known */
	bool names_late;     /* what contracts refer to may stand in the usage file alone: checked after it is read */
	int64_t now;	     /* Unix seconds */
	int64_t until;	     /* 0, or the period runs and its bins from here on are yet to come (settle_until()) */
	struct exact_pool *pool;
	struct contracts *all;
	const struct row_source *rows; /* NULL, or where rows come from instead of where the command's come from */
	struct text *keep; /* NULL, or gets the evidence of a journal or Redis as CSV */
};

/* Reads the contracts that the options name and holds them against the configuration. billing_close()
 * whatever it returns. */
int billing_open(struct billing *b, const struct ask *ask);
void billing_close(struct billing *b);

/* The canonical text of what a meter knew last; allocated, or NULL. */
char *billing_meter_config(const struct source *s);

/* Statements of several contracts for one period out of one reading of the rows. On success out[i] is
 * the i-th contract's. */
int billing_statements(struct billing *b, const char *const *ids, size_t n, const struct period *period,
	struct statement **out);

/* 0 -> done, -EINVAL -> bad input, other errors -> not done. */
enum exit_status billing_status(int rc);

/* 0, or -EINVAL after a line: the command needs this option; --period is not one. */
int billing_needs(const struct options *o, const char *option, const char *value);
int billing_period(const struct options *o, struct period *out);

/* Writes the whole text to `path` (a new file that replaces the old one when it is complete), or to standard
 * output if `path` is NULL. 0, or -errno after a message. */
int billing_write(const char *path, const struct text *t);

#endif
