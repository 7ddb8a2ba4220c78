/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The journal: the record of what was counted, one SQLite file per meter (WAL, synchronous=FULL).
 * The schema and what is true after a kill at any moment are written down at the top of journal.c
 * and in docs/journal.md. One handle belongs to one thread; several processes may read while one
 * writes. Functions return 0 or -errno and log what failed with the journal's path.
 */
#ifndef LEDGER_JOURNAL_H
#define LEDGER_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cellbook.h"
#include "digest.h"
#include "interval.h"

struct journal;

enum journal_mode { JOURNAL_READ, JOURNAL_WRITE /* creates the file if it is not there */ };

/* `meter` and `interval` (seconds) must be those of the file if it exists: -EINVAL otherwise. A
 * file that is not a journal is -EINVAL; one that is missing, in read mode, -ENOENT. A second
 * writer is -EBUSY. `interval` 0 in read mode: whatever the file says. `book` outlives the journal. */
int journal_open(const char *path, enum journal_mode mode, const char *meter, unsigned interval,
	struct cellbook *book, struct journal **out);
void journal_close(struct journal *j); /* accepts NULL */

/* The newest interval; seq 0 and a zero chain when there is none. */
struct journal_head {
	uint64_t seq;
	int64_t start, end;
	struct digest chain;
};
int journal_head(struct journal *j, struct journal_head *out);

/* Where the chain begins: the last interval that retention has deleted, with its hash. Seq 0 and a zero
 * chain: all that was ever written is there. */
struct journal_anchor {
	uint64_t seq;
	struct digest chain;
	int64_t kept; /* Unix seconds: five-minute usage goes back to here, and no further; 0: all */
};
int journal_anchor(struct journal *j, struct journal_anchor *out);

/* Stores a configuration's canonical text under its digest; a digest that is there already is fine. */
int journal_put_config(struct journal *j, const struct digest *digest, const char *canonical);

/* Numbers the sorted interval (seq = head + 1), chains it, and stores it with its usage in one
 * transaction, on disk when this returns 0. (No usage for an interval older than the anchor's
 * `kept`: its five minutes are gone.) Sets iv->seq and iv->chain. Refuses (-EBADMSG) an
 * interval that does not conserve frames. On -ENOSPC and other errors nothing is stored and the
 * same interval can be given again. */
int journal_append(struct journal *j, struct interval *iv);

/* The newest generation of counters that an append has stored (iv->generation), 0 if none. */
int journal_generation(struct journal *j, uint64_t *out);

/* Calls `each` for intervals in order of seq. It returns 0 to go on; anything else ends the walk
 * and is returned. The interval is the callback's only until it returns. */
typedef int journal_each_fn(void *context, const struct interval *iv);
struct journal_range {
	uint64_t first_seq, last_seq; /* inclusive; last 0: to the end */
	int64_t from, to; /* Unix seconds, intervals with start in [from, to); to 0: no bound */
	bool taps_only;	  /* records need not be read: n_records may be 0 */
};
int journal_walk(struct journal *j, const struct journal_range *range, journal_each_fn *each,
	void *context);

/* Five-minute usage (settlement rules, section 1): what each cell counted in one bin, over all of
 * its intervals, kept in step with every append. Walked in order of (bin, cell_name_compare). */
struct usage_count {
	int64_t start; /* of the bin, Unix seconds */
	const struct cell_name *cell;
	struct counters count;
};
typedef int journal_usage_fn(void *context, const struct usage_count *u);
int journal_usage(
	struct journal *j, int64_t from, int64_t to, journal_usage_fn *each, void *context);

/* What the taps did in one bin, and how long the meter covered it. */
struct usage_bin {
	int64_t start;
	uint64_t covered_ms; /* may pass 300,000 only if intervals overlap */
	uint64_t tap_packets, unknown_packets, malformed, late, missed_packets;
	struct digest config; /* of the bin's last interval */
};
typedef int journal_bin_fn(void *context, const struct usage_bin *b);
int journal_bins(struct journal *j, int64_t from, int64_t to, journal_bin_fn *each, void *context);

/* Which intervals with start in [from, to) there are; `to` 0: no bound. Seq 0: none. With a `from`, only those
 * that usage is made of: what came late for five minutes that retention has deleted is left out. */
struct journal_span {
	uint64_t first_seq, last_seq; /* the lowest and the highest */
	struct digest chain;	      /* of last_seq */
};
int journal_span(struct journal *j, int64_t from, int64_t to, struct journal_span *out);

/* Until journal_release(), everything read through this handle is as of now, whatever a writer
 * adds. For reading handles; keep it short, the file cannot be tidied up meanwhile. */
int journal_hold(struct journal *j);
void journal_release(struct journal *j);

/* A stored configuration's canonical text (allocated; the caller frees), or NULL. */
char *journal_config(struct journal *j, const struct digest *digest);

/* What may be deleted: five minutes that began before `before`, and of their intervals those up to
 * `last_seq`. The newest interval always stays. */
struct journal_limit {
	int64_t before; /* Unix seconds */
	uint64_t last_seq;
};

/* Deletes one slice of that, oldest first, or gives a piece of the file back to the file system: one
 * transaction, which takes no longer than an append. 1: there may be more, 0: nothing is left to do, or
 * -errno. For the writer, between two appends. */
int journal_prune(struct journal *j, const struct journal_limit *limit);

/* What ages go by, Unix seconds. `newest`, from which they count back, is the newest interval's end, but
 * at the most a day after the interval that was written a day's worth of intervals ago, so that a clock
 * which goes wrong for some hours makes nothing old; 0: less than a day was metered, nothing is old. */
struct journal_ages {
	int64_t oldest; /* start of the oldest interval */
	int64_t newest;
};
int journal_ages(struct journal *j, struct journal_ages *out);

/* Recomputes everything: sequence gapless from the anchor, chain, conservation, usage equal to the sum of
 * its intervals, configurations equal to their digests. Calls `complain` for each thing that does
 * not fit. 0: all fits; -EBADMSG: something did not; or another -errno. */
typedef void journal_complain_fn(void *context, const char *what);
int journal_verify(struct journal *j, journal_complain_fn *complain, void *context);

#endif
