/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A meter's journal with made intervals, its sink, and the one check that every test of this folder ends
 * with: what Redis holds equals the journal. Needs <cmocka.h>'s headers before it.
 */
#ifndef REDIS_SINK_FIXTURE_H
#define REDIS_SINK_FIXTURE_H

#include <stdbool.h>

#include "cellbook.h"
#include "journal.h"
#include "make_interval.h"
#include "redis_fixture.h"
#include "sink_redis.h"

#define SINK_START INT64_C(1767225600) /* 2026-01-01T00:00:00Z, a bin's start */
#define SINK_WAIT  20000	       /* ms; far more than anything takes */

struct sink_fixture {
	struct redis_fixture redis;
	struct event_base *base;
	struct cellbook *book;
	struct journal *journal;
	struct sink *sink; /* NULL: not running */
	struct sink_server server;
	struct sink_options options;
	struct make make;
	char *folder, *path; /* of the journal */
	int64_t next;	     /* start of the next interval */
};

/* A journal and a server, both empty; no sink yet. */
void sink_fixture_open(struct sink_fixture *f);
void sink_fixture_close(struct sink_fixture *f);

/* The same without a server of its own: a meter among others. Borrows all arguments. */
void sink_fixture_meter(struct sink_fixture *f, const char *meter, struct event_base *base,
	const struct sink_server *servers, size_t n);
void sink_fixture_meter_close(struct sink_fixture *f);

/* Starts the sink with f->options. */
void sink_fixture_run(struct sink_fixture *f);
void sink_fixture_halt(struct sink_fixture *f);

/* Appends intervals to the journal, and wakes the sink if it runs. */
void sink_fixture_append(struct sink_fixture *f, unsigned n);

/* A journal of its own lineage in place of this one: the same meter, other counts. */
void sink_fixture_other_journal(struct sink_fixture *f);

/* Runs the loop until Redis is level with the journal; fails if that does not come. */
void sink_fixture_level(struct sink_fixture *f);

/* Runs the loop until the sink is in that state, or `reason` (if not NULL) is part of why it is not level. */
void sink_fixture_until(struct sink_fixture *f, enum sink_state state);
void sink_fixture_until_reason(struct sink_fixture *f, const char *reason);
enum sink_state sink_fixture_state(const struct sink_fixture *f);

/* Redis equals the journal: every interval with its chain, usage, bins, configurations, cursor; and Redis
 * fits itself. */
void sink_fixture_same(struct sink_fixture *f);

#endif
