/* SPDX-License-Identifier: BSD-3-Clause */
#include "retention.h"

#include <event2/event.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "clock.h"
#include "log.h"
#include "meter.h"
#include "open_periods.h"
#include "sink_redis.h"
#include "text.h"

#define DAY	      86400 /* seconds */
#define FIRST_LOOK_MS 1000
#define LOOK_MS	      60000
#define SLICE_MS      20 /* between two slices: appends and Redis have the loop in between */

struct retention {
	struct meter *meter;
	struct event *timer;
	bool busy; /* the limit is of this run of slices */
	struct journal_limit limit;
	char reason[RETENTION_REASON_SIZE];
	char told[RETENTION_REASON_SIZE]; /* the reason that was logged last */
};

/* Lowers the limit to `before`, and remembers on whose behalf. */
static void keep_from(struct retention *r, int64_t before, const char *why)
{
	if (before >= r->limit.before)
		return;
	r->limit.before = before;
	snprintf(r->reason, sizeof(r->reason), "%s", why);
}

/* Midnight UTC of the first day of the quarter before the one that holds `at`, less a day for zones. */
static int64_t quarter_before(int64_t at)
{
	time_t t = (time_t)at;
	struct tm tm;

	gmtime_r(&t, &tm);
	tm = (struct tm){ .tm_year = tm.tm_year, .tm_mon = tm.tm_mon / 3 * 3 - 3, .tm_mday = 1 };
	return timegm(&tm) - DAY;
}

static void keep_for_statements(
	struct retention *r, const char *contracts, const struct journal_ages *ages)
{
	struct open_period open;

	if (!contracts)
		keep_from(r, quarter_before(ages->newest),
			"no contracts are configured: this quarter and the one before stay");
	else if (open_periods_first(contracts, ages->oldest, ages->newest, &open))
		keep_from(r, 0, *open.what ? open.what : "the contracts cannot be read");
	else
		keep_from(r, open.from, open.what);
}

static int take_start(void *context, const struct interval *iv)
{
	*(int64_t *)context = iv->start;
	return 0;
}

/* Redis may lack intervals beyond its cursor, and of the five minutes that it is at it needs the whole. */
static void keep_for_redis(struct retention *r)
{
	struct journal_range next = { .taps_only = true };
	struct sink_status s;
	int64_t start = 0;

	sink_redis_status(r->meter->sink, &s);
	r->limit.last_seq = s.cursor;
	if (!s.known)
		keep_from(r, 0, "it is not known what Redis has");
	if (!s.known || s.cursor == s.head)
		return;
	next.first_seq = next.last_seq = s.cursor + 1;
	journal_walk(r->meter->journal, &next, take_start, &start); /* if it fails, all is kept */
	keep_from(r, start, "Redis lacks what follows");
}

static void tell(struct retention *r)
{
	if (*r->reason && strcmp(r->reason, r->told))
		log_warn("the journal keeps more than journal_age says: %s", r->reason);
	memcpy(r->told, r->reason, sizeof(r->told));
}

/* Sets the limit. False: nothing is old enough to go. */
static bool look(struct retention *r)
{
	const struct config *c = r->meter->era->config;
	int64_t now = clock_now_ns() / 1000000000;
	struct journal_ages ages;

	*r->reason = 0;
	if (journal_ages(r->meter->journal, &ages) || !ages.newest)
		return false;
	if (ages.newest > now)
		ages.newest = now;
	r->limit = (struct journal_limit){ ages.newest - c->journal_age, UINT64_MAX };
	if (ages.oldest >= r->limit.before)
		return false;
	keep_for_statements(r, c->contracts, &ages);
	return true;
}

/* One slice. What Redis has is looked at each time: it may have been wiped. 1: there may be more. */
static int turn(struct retention *r)
{
	const struct journal_limit limit = r->limit;
	int more;

	if (r->meter->sink)
		keep_for_redis(r);
	tell(r);
	more = journal_prune(r->meter->journal, &r->limit);
	r->limit = limit;
	return more;
}

static void again_in(struct retention *r, unsigned ms)
{
	const struct timeval tv = { .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };

	evtimer_add(r->timer, &tv);
}

static void on_timer(evutil_socket_t fd, short what, void *self)
{
	struct retention *r = self;

	(void)fd;
	(void)what;
	r->busy = (r->busy || look(r)) && turn(r) > 0;
	again_in(r, r->busy ? SLICE_MS : LOOK_MS);
}

struct retention *retention_new(struct meter *meter)
{
	struct retention *r = mem_alloc(sizeof(*r));

	r->meter = meter;
	r->timer = evtimer_new(meter->base, on_timer, r);
	if (!r->timer)
		abort(); /* out of memory, as in base/text.c */
	again_in(r, FIRST_LOOK_MS);
	return r;
}

void retention_free(struct retention *r)
{
	if (!r)
		return;
	event_free(r->timer);
	free(r);
}

void retention_finish(struct retention *r)
{
	if (look(r))
		while (turn(r) > 0)
			;
}

const char *retention_reason(const struct retention *r)
{
	return r->reason;
}
