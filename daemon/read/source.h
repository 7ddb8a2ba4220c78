/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Where a question's numbers come from: one meter's intervals and five-minute usage, out of its
 * journal or out of Redis. Every command asks through this table, so that the same question has the
 * same answer from both. One thread at a time; a source is a snapshot as of its opening where its
 * store can give one (the journal can), so usage, bins and intervals of one source fit each other.
 *
 * The functions are those of journal.h, word for word: order, ownership and return values (0,
 * -errno, or what a callback returned). Cells belong to the cellbook given at opening, which
 * outlives the source.
 */
#ifndef READ_SOURCE_H
#define READ_SOURCE_H

#include <stddef.h>
#include <stdint.h>

#include "journal.h"

struct source_ops {
	const char *name; /* "journal", "redis": for messages */
	int (*walk)(void *self, const struct journal_range *range, journal_each_fn *each,
		void *context);
	int (*usage)(void *self, int64_t from, int64_t to, journal_usage_fn *each, void *context);
	int (*bins)(void *self, int64_t from, int64_t to, journal_bin_fn *each, void *context);
	char *(*config)(void *self, const struct digest *digest); /* allocated, or NULL */
	int (*span)(void *self, int64_t from, int64_t to, struct journal_span *out);
	int (*anchor)(void *self, struct journal_anchor *out);
	int (*verify)(void *self, journal_complain_fn *complain, void *context);
	/* The newest interval as of the opening, or of the last refresh; seq 0: none. */
	int (*head)(void *self, struct journal_head *out);
	/* For programs that watch a running meter: from here on the source is a snapshot of now, and after
	 * a rest none, so that the store can be tidied up while nobody asks. */
	int (*refresh)(void *self);
	void (*rest)(void *self);
	void (*close)(void *self);
};

/* One meter. Several meters are several sources that share a cellbook. */
struct source {
	const struct source_ops *ops;
	void *self;
	char meter[NAME_SIZE];
	unsigned interval; /* seconds */
};

/* The journal at `path`; `meter` and `interval` as in journal_open(). Errors are logged there. */
int source_journal_open(const char *path, const char *meter, unsigned interval,
	struct cellbook *book, struct source *out);

/* A meter in Redis, as redis_read_open(). */
struct sink_options;
int source_redis_open(const struct sink_options *o, struct cellbook *book, struct source *out);

static inline void source_close(struct source *s)
{
	if (s->ops)
		s->ops->close(s->self);
	*s = (struct source){ 0 };
}

#endif
