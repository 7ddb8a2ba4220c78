/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Counters that outlive the daemon: the banks of all workers in two sets, in a mapped file on tmpfs, with
 * the layout that says what they mean. A set that is worked in has a generation (rising over the life
 * of the journal, one for each cut); a set without one holds nothing. After a kill the file still has what
 * was counted, and the next daemon makes intervals of it (recover.h).
 *
 * The cut hands a set over in this order, so that a kill between any two steps loses and doubles nothing:
 *   1. workers move to the other set, which was given the next generation before;
 *   2. the interval goes into the spill, whole, under its generation (spill.h);
 *   3. bankfile_done(): the set loses its generation, then its counters;
 *   4. the journal stores interval and generation in one transaction; then the spill drops it.
 */
#ifndef LEDGER_BANKFILE_H
#define LEDGER_BANKFILE_H

#include <stddef.h>
#include <stdint.h>

#include "bank.h"
#include "cellbook.h"
#include "digest.h"
#include "interval.h"
#include "layout.h"

#define BANKFILE_SETS 2

struct bankfile;

struct bankfile_options {
	const char *path; /* created; must not exist */
	const struct layout *layout;
	const struct digest *config; /* whose layout it is */
	const char *meter;
	unsigned interval; /* seconds */
	size_t n_workers;
};

/* 0 or -errno (logged). */
int bankfile_create(const struct bankfile_options *o, struct bankfile **out);
/* Unmaps; the file stays. Accepts NULL. */
void bankfile_close(struct bankfile *f);
/* Also removes it. */
void bankfile_remove(struct bankfile *f);

/* The banks [n_workers] of a set. */
struct bank *const *bankfile_banks(const struct bankfile *f, unsigned set);

/* Before workers enter the set: it counts interval `start` (Unix seconds) from `opened_ns` (Unix time) on, as
 * `generation`. */
void bankfile_begin(
	struct bankfile *f, unsigned set, uint64_t generation, int64_t start, int64_t opened_ns);

/* The set's interval is in the spill: forget it and clear the counters. */
void bankfile_done(struct bankfile *f, unsigned set);

/* Every 100 ms or so, with Unix time: how far the open interval is covered, should we be killed. */
void bankfile_alive(struct bankfile *f, int64_t now_ns);

/* What a dead daemon's file holds: calls `each` for every set with a generation, the older one first, with an
 * interval marked as recovered, which becomes the callback's. 0, what `each` returned, or -EINVAL for a file
 * that is not whole or not ours. The file stays as it is. */
typedef int bankfile_each_fn(void *context, struct interval *iv);
int bankfile_recover(const char *path, struct cellbook *book, bankfile_each_fn *each, void *context);

#endif
