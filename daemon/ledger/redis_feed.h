/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * From the journal to steps: a step is one server-side call that applies a run of intervals (usually one;
 * up to 64 when catching up) and moves the meter's cursor behind the last of them. Values are absolute, so
 * a step that is sent again, alone or inside a longer one, changes nothing. The feed knows nothing of
 * connections. It reads the journal in bounded pieces; no call takes longer than one step's worth.
 */
#ifndef LEDGER_REDIS_FEED_H
#define LEDGER_REDIS_FEED_H

#include <stdbool.h>
#include <stdint.h>

#include "journal.h"
#include "redis_args.h"

struct redis_feed;

struct redis_feed_options {
	const char *meter, *writer; /* copied; `writer`: who pushes, for people */
	unsigned interval;	    /* seconds */
	uint64_t stream_max;	    /* intervals kept in the stream */
	int64_t stream_age;	    /* seconds that the stream goes back, by its newest interval; 0: no limit */
	int64_t usage_age;	    /* seconds that usage goes back; 0: no limit */
};

/* Where a projection stands. */
struct redis_mark {
	bool present; /* false: there is none, Redis is empty */
	uint64_t seq;
	struct digest chain;
	int64_t end; /* Unix seconds, of that interval; 0 without one */
};

struct redis_step {
	struct redis_args head;	   /* EVALSHA, script, keys, the mark that is expected */
	struct redis_args data;	   /* configuration, usage, index of bins */
	struct redis_args entries; /* stream */
	struct redis_args last;	   /* rates; the cursor, at the very end */
	struct redis_mark after;
	size_t n_intervals, n_records, bytes;
	bool new_bin; /* the first interval of a bin is among them */
};
void redis_step_free(struct redis_step *s);

struct redis_feed *redis_feed_new(struct journal *journal, const struct redis_feed_options *o);
void redis_feed_free(struct redis_feed *f); /* accepts NULL */

/* The next step applies to a Redis that stands at `mark`. Absent: the steps begin with the oldest
 * interval of which usage is kept. 0 or -errno of the journal. */
int redis_feed_seek(struct redis_feed *f, const struct redis_mark *mark);

/* Builds the next step and moves behind it; n_intervals 0: the journal has no more. After an error the
 * feed must be given a mark again. */
int redis_feed_next(struct redis_feed *f, const char *script, struct redis_step *out);

/* The mark of a Redis that stands at `seq`, as this journal knows it. 0; -ENOENT: there is no such interval;
 * -ERANGE: retention has deleted it, and more behind it; or another -errno. */
int redis_feed_mark(struct redis_feed *f, uint64_t seq, struct redis_mark *out);

#endif
