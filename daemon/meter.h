/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One running meter: what transitd.c wires together and what replay.c (capture files) and live.c (live
 * taps) run on. Main thread.
 */
#ifndef METER_H
#define METER_H

#include "era.h"
#include "journal.h"

struct event_base;
struct live_web;
struct retention;
struct sink;

struct meter {
	struct era *era; /* in force, or, live, about to be: the newest one */
	struct cellbook *cut_book; /* of the snapshots; of the cutter's thread while it runs */
	struct cellbook *book;	   /* of the journal and the sink */
	struct journal *journal;
	struct event_base *base;
	struct sink *sink; /* NULL: the journal alone */
	struct retention *retention;
	struct live_web *web; /* NULL: no metrics */
};

/* Intervals in a row in which nobody counted: so many are written, so that none is missing while the meter
 * runs. More are a clock that was far off, or captures that do not belong together. */
#define METER_MOST_SILENT 100000

/* What main returns (contract section 5). */
enum exit_status { EXIT_DONE = 0, EXIT_NOT_DONE = 1, EXIT_BAD_INPUT = 2 };

/* Appends to the journal and tells the sink. 0 or -errno (logged); the interval stays the caller's. */
int meter_append(struct meter *m, struct interval *iv);

#endif
