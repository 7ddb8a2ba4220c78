/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Writes what has been cut into the journal, oldest first: what was recovered, then what the cutter hands
 * over. An interval that the journal does not take now is tried again every second, and those behind it
 * wait in the cutter's queue and in the spill; one that it will never take is put aside. Main thread.
 *
 * Where one generation follows on another and begins later than that one ends, the clock jumped or the meter
 * stood still: nobody cut the intervals between. They are written first, silent and not covered, so that none
 * is missing (contract section 3); METER_MOST_SILENT at the most, else none. They are in no spill and need
 * none: after a kill the journal's head and the two generations say again which ones there are.
 */
#ifndef LIVE_WRITER_H
#define LIVE_WRITER_H

#include <stdbool.h>

#include "live_totals.h"
#include "meter.h"
#include "recover.h"

struct cutter;
struct live_writer;

/* Borrows `folder` (of the state). Takes over what `recovered` holds. 0 or -errno (logged). */
int live_writer_new(struct meter *m, const char *folder, struct recovered *recovered, struct live_writer **out);
void live_writer_free(struct live_writer *w); /* before the meter's event base; accepts NULL */

/* Writes what waits, and from now on what `cutter` (borrowed) announces. */
void live_writer_start(struct live_writer *w, struct cutter *cutter);

/* After cutter_stop(): the last try. False: the journal does not take it all; the spill has it. */
bool live_writer_end(struct live_writer *w);

/* Whether the journal does not take an interval, for now. */
bool live_writer_is_refused(const struct live_writer *w);

/* Sums over all that has been written. */
const struct live_totals *live_writer_totals(const struct live_writer *w);

#endif
