/* SPDX-License-Identifier: BSD-3-Clause */
#include "live_writer.h"

#include <errno.h>
#include <event2/event.h>
#include <inttypes.h>
#include <stdlib.h>

#include "clock.h"
#include "cutter.h"
#include "log.h"
#include "spill.h"
#include "text.h"

#define RETRY_S 1   /* between two attempts to write an interval */
#define BATCH	256 /* intervals at a time: then others have their turn */

struct live_writer {
	struct meter *meter;
	const char *folder; /* of the state */
	struct cutter *cutter;
	struct recovered recovered; /* written before anything that the cutter takes */
	size_t n_rewritten;	    /* of these, in the journal */
	struct interval *waiting;   /* taken, and not yet in the journal */
	bool is_refused;	    /* for now, by the journal */
	uint64_t generation;	    /* of the interval before */
	int64_t end;		    /* of the newest interval, Unix seconds */
	struct live_totals totals;
	struct event *ready, *retry;
};

/* The oldest interval that is not in the journal, or NULL. */
static struct interval *next_interval(struct live_writer *w)
{
	struct recovered *r = &w->recovered;

	if (w->n_rewritten < r->n) {
		struct interval *iv = r->iv[w->n_rewritten];

		r->iv[w->n_rewritten++] = NULL;
		return iv;
	}
	return cutter_take(w->cutter);
}

/* An interval that the journal will never take must not keep the others waiting; its spill stays. */
static bool is_final(int error)
{
	return error == -EBADMSG || error == -EINVAL || error == -EOVERFLOW;
}

/* 0, or why the journal does not take it now. Whether it did or never will, its time has passed. */
static int write_one(struct live_writer *w, struct interval *iv)
{
	int error = meter_append(w->meter, iv);

	w->is_refused = error && !is_final(error);
	if (w->is_refused)
		return error;
	if (!error)
		live_totals_add(&w->totals, iv, clock_now_ns());
	if (iv->generation && error)
		spill_refuse(w->folder, iv->generation);
	else if (iv->generation)
		spill_drop(w->folder, iv->generation);
	if (iv->end > w->end)
		w->end = iv->end;
	return 0;
}

/* How many intervals passed between the one before and `iv` without a cut. */
static int64_t count_silent(const struct live_writer *w, const struct interval *iv)
{
	if (iv->generation != w->generation + 1 || iv->start <= w->end)
		return 0;
	return (iv->start - w->end) / (iv->end - iv->start);
}

static bool is_silent_next(struct live_writer *w)
{
	int64_t silent = count_silent(w, w->waiting);
	char from[RFC3339_SIZE], to[RFC3339_SIZE];

	if (silent <= METER_MOST_SILENT)
		return silent > 0;
	log_error("%" PRId64 " intervals without a cut, from %s to %s, are not written: at most %d; the journal "
		  "has a gap there",
		silent, clock_format(from, w->end), clock_format(to, w->waiting->start), METER_MOST_SILENT);
	w->end = w->waiting->start;
	return false;
}

static int write_silent(struct live_writer *w)
{
	struct interval *iv = interval_silent(w->waiting, w->end);
	int error = write_one(w, iv);

	interval_free(iv);
	return error;
}

static int write_waiting(struct live_writer *w)
{
	int error = write_one(w, w->waiting);

	if (error)
		return error;
	w->generation = w->waiting->generation;
	interval_free(w->waiting);
	w->waiting = NULL;
	return 0;
}

/* Writes up to `most` of what has been cut, oldest first. False: there is more, which `retry` comes back for. */
static bool write_some(struct live_writer *w, size_t most)
{
	struct timeval soon = { 0 };

	while (w->waiting || (w->waiting = next_interval(w))) {
		if (!most-- || (is_silent_next(w) ? write_silent(w) : write_waiting(w))) {
			soon.tv_sec = w->is_refused ? RETRY_S : 0;
			event_add(w->retry, &soon);
			return false;
		}
	}
	return true;
}

static void on_ready(evutil_socket_t fd, short what, void *self)
{
	struct live_writer *w = self;

	(void)fd;
	(void)what;
	cutter_acknowledge(w->cutter);
	if (!w->waiting)
		write_some(w, BATCH);
}

static void on_retry(evutil_socket_t fd, short what, void *self)
{
	(void)fd;
	(void)what;
	write_some(self, BATCH);
}

int live_writer_new(struct meter *m, const char *folder, struct recovered *recovered, struct live_writer **out)
{
	struct live_writer *w = mem_alloc(sizeof(*w));
	struct journal_head head;
	int error = journal_head(m->journal, &head);

	error = error ? error : journal_generation(m->journal, &w->generation);
	if (error) {
		free(w);
		return error;
	}
	w->meter = m;
	w->folder = folder;
	w->end = head.end;
	w->recovered = *recovered;
	*recovered = (struct recovered){ 0 };
	w->retry = evtimer_new(m->base, on_retry, w);
	*out = w;
	return 0;
}

void live_writer_free(struct live_writer *w)
{
	if (!w)
		return;
	if (w->ready)
		event_free(w->ready);
	event_free(w->retry);
	interval_free(w->waiting);
	recover_free(&w->recovered);
	live_totals_free(&w->totals);
	free(w);
}

void live_writer_start(struct live_writer *w, struct cutter *cutter)
{
	w->cutter = cutter;
	w->ready = event_new(w->meter->base, cutter_fd(cutter), EV_READ | EV_PERSIST, on_ready, w);
	event_add(w->ready, NULL);
	write_some(w, BATCH);
}

bool live_writer_end(struct live_writer *w)
{
	return write_some(w, SIZE_MAX);
}

bool live_writer_is_refused(const struct live_writer *w)
{
	return w->is_refused;
}

const struct live_totals *live_writer_totals(const struct live_writer *w)
{
	return &w->totals;
}
