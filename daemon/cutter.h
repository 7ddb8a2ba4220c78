/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The cutter: a thread that, at each UTC multiple of the interval, sends the workers into their next shift
 * and turns the banks of the last one, at rest then, into an interval. Finished intervals are put into the
 * spill and wait in a queue for the main thread, which hears of them by a descriptor. It never waits for
 * disk or network. A new era (configuration) begins with the shift after the next cut.
 *
 * The clock decides: a cut is made as soon as it stands outside the open interval, and the interval that holds
 * it is opened. So when the clock is set forward, or this thread did not run, intervals are left out: the next
 * generation (bankfile.h) begins later than this one ends. When it is set back, intervals come again. Both are
 * logged. What was counted is in the interval that was open; covered_ms is then measured by a clock that nobody
 * sets. The generations of one cutter follow each other without a gap, and never those of another: docs/state.md.
 */
#ifndef CUTTER_H
#define CUTTER_H

#include <stddef.h>
#include <stdint.h>

#include "cut_source.h"
#include "era.h"
#include "interval.h"
#include "worker.h"

struct cutter;

/* What tap `tap` missed since the last call. Called by the cutter's thread. */
typedef uint64_t cutter_missed_fn(void *context, uint32_t tap);

/* An interval was cut, a moment after its workers have left it. Called by
 * the cutter's thread. */
typedef void cutter_seen_fn(void *context, const struct interval *iv);

/* Unix time in ns. */
typedef int64_t cutter_now_fn(void *context);

struct cutter_options {
	struct era *era;    /* the first one, with banks; the cutter's from now on */
	const char *folder; /* of the state; borrowed */
	uint64_t generation; /* the newest one used before */
	struct worker *worker;
	size_t n_workers;
	struct cut_source source; /* besides the workers; no ops: there is none */
	cutter_missed_fn *missed;
	cutter_seen_fn *seen; /* or NULL */
	cutter_now_fn *now;   /* for tests; NULL: the system's clock */
	void *context;
};

/* Starts the workers and the thread. NULL: it could not be done (logged), nothing runs, and the era is the
 * caller's. */
struct cutter *cutter_start(const struct cutter_options *o);

/* Stops the workers and the thread; the last interval is in the queue then. */
void cutter_stop(struct cutter *c);

/* After cutter_stop. Frees all eras and what waits; the spill stays. */
void cutter_free(struct cutter *c);

/* Main thread: readable when intervals wait. */
int cutter_fd(const struct cutter *c);
void cutter_acknowledge(const struct cutter *c);

/* The oldest interval that waits, now the caller's, or NULL. */
struct interval *cutter_take(struct cutter *c);

/* Main thread: `next`, which has banks and the same taps, is the cutter's, and begins at the next cut. One that
 * waits already is replaced and freed. */
void cutter_publish(struct cutter *c, struct era *next);

#endif
