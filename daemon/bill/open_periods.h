/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Which periods of a contracts file are still open: in force, begun, and without a closed statement.
 * What they need of the journal must stay. Files are read anew at each call; main thread.
 */
#ifndef BILL_OPEN_PERIODS_H
#define BILL_OPEN_PERIODS_H

#include <stddef.h>
#include <stdint.h>

struct open_period {
	int64_t from;	/* the instant the earliest open period begins; INT64_MAX: none is open */
	char what[140]; /* which one, or what went wrong, for people */
};

/* Periods that touch [oldest, newest], Unix seconds, of every contract in `contracts`. 0, or -errno: it cannot
 * be told, and why is in out->what. */
int open_periods_first(const char *contracts, int64_t oldest, int64_t newest, struct open_period *out);

#endif
