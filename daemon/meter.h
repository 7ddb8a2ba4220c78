/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One running meter: what transitd.c wires together and what replay.c (capture files) and live.c (live
 * taps) run on. Main thread, except where live.h says otherwise.
 */
#ifndef METER_H
#define METER_H

#include <stdbool.h>

#include "cellbook.h"
#include "config.h"
#include "exit.h"
#include "interval.h"
#include "journal.h"
#include "snapshot.h"
#include "view_build.h"

struct event_base;
struct sink;

struct meter {
	const struct config *config;
	struct view *view;
	struct cellbook *book;
	struct snapshot *snapshot;
	struct journal *journal;
	struct event_base *base;
	struct sink *sink; /* NULL: the journal alone */
};

/* Fills in what the snapshot does not know. */
void meter_stamp(const struct meter *m, struct interval *iv, int64_t start, uint32_t covered_ms,
	enum origin origin);

/* Appends to the journal and tells the sink. 0 or -errno (logged); the interval stays the caller's. */
int meter_append(struct meter *m, struct interval *iv);

#endif
