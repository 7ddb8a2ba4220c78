/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Reading a meter back from Redis: the functions of journal.h over the keys of docs/redis.md, word for
 * word the same in order, ownership and return values, as far back as Redis keeps things. Intervals end
 * at the cursor as of the opening; usage is that of the moment of asking. Waits for Redis; one thread;
 * callbacks may ask the same reader. What fails is logged.
 */
#ifndef LEDGER_REDIS_READ_H
#define LEDGER_REDIS_READ_H

#include "journal.h"
#include "sink_redis.h"

struct redis_reader;

/* `o` as for the sink: servers, meter, access; interval 0: whatever Redis says. -ENOENT: Redis knows no
 * such meter. -EINVAL: another interval. -EACCES: not let in. -EIO: cannot be reached. */
int redis_read_open(const struct sink_options *o, struct cellbook *book, struct redis_reader **out);
void redis_read_close(struct redis_reader *r); /* accepts NULL */

/* Reads the cursor again: what follows sees what has been pushed until now. */
int redis_read_refresh(struct redis_reader *r);

/* The cursor as of the opening or the last refresh. */
void redis_read_head(const struct redis_reader *r, struct journal_head *out);
void redis_read_anchor(const struct redis_reader *r, struct journal_anchor *out);
unsigned redis_read_interval(const struct redis_reader *r);

int redis_read_walk(struct redis_reader *r, const struct journal_range *range, journal_each_fn *each,
	void *context);
int redis_read_usage(
	struct redis_reader *r, int64_t from, int64_t to, journal_usage_fn *each, void *context);
int redis_read_bins(
	struct redis_reader *r, int64_t from, int64_t to, journal_bin_fn *each, void *context);
char *redis_read_config(struct redis_reader *r, const struct digest *digest);
int redis_read_span(struct redis_reader *r, int64_t from, int64_t to, struct journal_span *out);

/* What Redis holds fits itself: the stream gapless up to the cursor, its chain, conservation, the usage of
 * each bin that the stream still covers equal to the sum of its intervals, and configurations equal to
 * their digests. */
int redis_read_verify(struct redis_reader *r, journal_complain_fn *complain, void *context);

#endif
