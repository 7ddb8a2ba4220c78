/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A stretch of one meter's five-minute bins in memory: what each cell counted, how well each bin was
 * watched, and what the meter knew at that time. A day at a time: a month of 64 peerings would not fit.
 */
#ifndef BILL_BINS_H
#define BILL_BINS_H

#include <stdbool.h>

#include "known.h"
#include "row.h"
#include "source.h"

/* What a link's taps missed in a bin, where the intervals can still tell. */
struct link_loss {
	char link[NAME_SIZE];
	uint64_t packets, missed;
};

struct bin_watch {
	bool ran;
	const struct known *known; /* in force; of the bin before (or else after) if the meter did not run */
	uint32_t covered;	   /* seconds */
	uint64_t packets, missed;  /* of all taps */
	struct link_loss *loss;	   /* of the links, only if something was missed */
	size_t n_loss;
	size_t first_count, n_counts;
};

struct bin_count {
	const struct cell_name *cell;
	struct counters count;
};

struct bins_meter {
	struct source *source; /* borrowed */
	struct known **known;  /* every configuration seen so far */
	size_t n_known;
	const struct known *last; /* the one of the latest bin that ran */
	int64_t from;
	size_t n;
	struct bin_watch *bin;
	struct bin_count *count;
	size_t n_counts, room;
};

/* Reads the bins of [from, to) in place of those before. 0, or -errno (logged). */
int bins_read(struct bins_meter *m, int64_t from, int64_t to);
/* Where the meter's bins begin and end (-1: there are none), and what it knew at `from`: for a beginning in
 * which it did not run. */
int bins_begin(struct bins_meter *m, int64_t from, int64_t *first, int64_t *end);
void bins_clear(struct bins_meter *m);

/* What the taps of a link missed in a bin (of the meter, where the link's taps cannot be told), and the
 * bin's status for its peerings. */
enum bin_status bins_status(const struct bin_watch *b, const char *link, uint64_t *missed);

#endif
