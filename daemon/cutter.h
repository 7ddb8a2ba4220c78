/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The cutter: a thread that, at each UTC multiple of the interval, sends the workers into their next shift
 * and turns the banks of the last one, at rest then, into an interval. Finished intervals wait in a queue
 * for the main thread, which hears of them by a descriptor. It never waits for disk or network.
 */
#ifndef CUTTER_H
#define CUTTER_H

#include <stddef.h>
#include <stdint.h>

#include "meter.h"
#include "worker.h"

struct cutter;

/* What tap `tap` missed since the last call. Called by the cutter's thread. */
typedef uint64_t cutter_missed_fn(void *context, uint32_t tap);

/* Makes the banks and starts the workers and the thread. Borrows all arguments. NULL: it could not be done
 * (logged), and nothing runs. */
struct cutter *cutter_start(const struct meter *m, struct worker *worker, size_t n_workers,
	cutter_missed_fn *missed, void *context);

/* Stops the workers and the thread; the last interval is in the queue then. */
void cutter_stop(struct cutter *c);
void cutter_free(struct cutter *c); /* after cutter_stop */

/* Main thread: readable when intervals wait. */
int cutter_fd(const struct cutter *c);
void cutter_acknowledge(const struct cutter *c, int fd);

/* The oldest interval that waits, now the caller's, or NULL. */
struct interval *cutter_take(struct cutter *c);

#endif
