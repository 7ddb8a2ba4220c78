/* SPDX-License-Identifier: BSD-3-Clause */
#include "live_writer.h"

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>

#include "cutter.h"
#include "spill.h"
#include "text.h"

#define RETRY_S 1 /* between two attempts to write an interval */

struct live_writer {
	struct meter *meter;
	const char *folder; /* of the state */
	struct cutter *cutter;
	struct recovered recovered; /* written before anything that the cutter takes */
	size_t n_rewritten;	    /* of these, in the journal */
	struct interval *waiting;   /* taken, and not yet in the journal */
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

/* Writes all that has been cut, oldest first. What the journal does not take now is tried again. */
static bool write_all(struct live_writer *w)
{
	while (w->waiting || (w->waiting = next_interval(w))) {
		int error = meter_append(w->meter, w->waiting);

		if (error && !is_final(error)) {
			event_add(w->retry, &(const struct timeval){ .tv_sec = RETRY_S });
			return false;
		}
		if (error)
			spill_refuse(w->folder, w->waiting->generation);
		else if (w->waiting->generation)
			spill_drop(w->folder, w->waiting->generation);
		if (!error)
			live_totals_add(&w->totals, w->waiting);
		interval_free(w->waiting);
		w->waiting = NULL;
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
		write_all(w);
}

static void on_retry(evutil_socket_t fd, short what, void *self)
{
	(void)fd;
	(void)what;
	write_all(self);
}

struct live_writer *live_writer_new(struct meter *m, const char *folder, struct recovered *recovered)
{
	struct live_writer *w = mem_alloc(sizeof(*w));

	w->meter = m;
	w->folder = folder;
	w->recovered = *recovered;
	*recovered = (struct recovered){ 0 };
	w->retry = evtimer_new(m->base, on_retry, w);
	return w;
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
	write_all(w);
}

bool live_writer_end(struct live_writer *w)
{
	return write_all(w);
}

bool live_writer_is_waiting(const struct live_writer *w)
{
	return w->waiting != NULL;
}

const struct live_totals *live_writer_totals(const struct live_writer *w)
{
	return &w->totals;
}
