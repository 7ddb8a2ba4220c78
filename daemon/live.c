/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Start: taps, what a dead daemon left, counters, writer, cutter. Stop, in the order of the frames' way: the
 * cutter stops the workers and takes the last interval; then the journal gets what waits.
 */
#include "live.h"

#include <errno.h>
#include <event2/event.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>

#include "clock.h"
#include "control_socket.h"
#include "cutter.h"
#include "live_eras.h"
#include "live_status.h"
#include "live_taps.h"
#include "live_web.h"
#include "live_writer.h"
#include "log.h"
#include "recover.h"
#include "state.h"
#include "text.h"

struct live {
	struct meter *meter;
	char *folder; /* of the state */
	bool is_folder_ours; /* not named by the user */
	struct live_taps *taps;
	struct worker *worker;
	size_t n_workers;
	struct live_eras eras;
	struct live_writer *writer;
	struct cutter *cutter;
	struct control_socket *control;
	struct event *sigterm, *sigint, *sighup;
	int64_t started; /* Unix seconds */
};

static void on_stop(evutil_socket_t number, short what, void *self)
{
	struct live *l = self;

	(void)what;
	log_info("signal %d: closing the last interval", (int)number);
	event_base_loopbreak(l->meter->base);
}

static void on_hangup(evutil_socket_t number, short what, void *self)
{
	struct live *l = self;
	struct text reply = { 0 };

	(void)number;
	(void)what;
	live_eras_reload(&l->eras, &reply);
	text_free(&reply);
}

static void answer_reload(void *self, struct text *reply)
{
	struct live *l = self;

	live_eras_reload(&l->eras, reply);
}

static struct live_view view_of(const void *self)
{
	const struct live *l = self;

	return (struct live_view){
		.meter = l->meter,
		.totals = live_writer_totals(l->writer),
		.taps = l->taps,
		.drift = live_taps_drift(l->taps),
		.worker = l->worker,
		.n_workers = l->n_workers,
		.is_waiting = live_writer_is_refused(l->writer),
		.started = l->started,
	};
}

static void answer_status(void *self, struct text *reply)
{
	struct live_view view = view_of(self);

	live_status(&view, reply);
}

static const struct control_command commands[] = {
	{ "status", answer_status },
	{ "reload", answer_reload },
	{ 0 },
};

/* As many as CPUs are configured, or one; none where there is nothing to poll. */
static void make_workers(struct live *l, const struct config *c, size_t n)
{
	if (!live_taps_are_polled(l->taps))
		return;
	l->n_workers = n;
	l->worker = mem_array(n, sizeof(*l->worker));
	for (size_t i = 0; i < n; i++) {
		l->worker[i].cpu = c->n_worker_cpus ? (int)c->worker_cpus[i] : -1;
		l->worker[i].idle_sleep = c->idle_sleep;
	}
	live_taps_deal(l->taps, l->worker, n);
}

struct live *live_open(struct meter *m, const struct live_source *source)
{
	const struct config *c = m->era->config;
	size_t n_workers = c->n_worker_cpus ? c->n_worker_cpus : 1;
	struct live *l = mem_alloc(sizeof(*l));

	l->meter = m;
	l->folder = state_folder(c);
	l->is_folder_ours = !c->state;
	if (live_taps_open(m, l->folder, n_workers, &l->taps)) {
		live_close(l);
		return NULL;
	}
	make_workers(l, c, n_workers);
	l->eras = (struct live_eras){
		.meter = m,
		.source = source,
		.folder = l->folder,
		.n_workers = l->n_workers,
		.taps = l->taps,
	};
	return l;
}

void live_close(struct live *l)
{
	if (!l)
		return;
	for (size_t i = 0; i < l->n_workers; i++)
		free(l->worker[i].queue);
	free(l->worker);
	live_taps_close(l->taps);
	free(l->folder);
	free(l);
}

/* What the daemon before left, before a single frame is counted. *newest: the newest generation ever used. */
static int state_up(struct live *l, uint64_t *newest)
{
	struct meter *m = l->meter;
	struct recovered left = { 0 };
	uint64_t in_journal;
	int error = state_make(l->folder);

	error = error ? error : journal_generation(m->journal, &in_journal);
	if (!error) /* puts into the spill what the next line reads */
		error = live_taps_attach(l->taps, in_journal);
	error = error ? error : recover_run(l->folder, in_journal, m->book, &left);
	if (!error && left.n)
		log_info("%zu intervals of the daemon before are written first", left.n);
	*newest = left.generation;
	error = error ? error : live_writer_new(m, l->folder, &left, &l->writer);
	recover_free(&left);
	return error ? error : live_eras_first(&l->eras);
}

static int cutter_up(struct live *l, uint64_t newest)
{
	const struct cutter_options options = {
		.era = l->meter->era,
		.folder = l->folder,
		.generation = newest,
		.worker = l->worker,
		.n_workers = l->n_workers,
		.source = live_taps_source(l->taps),
		.missed = live_taps_missed,
		.seen = live_taps_seen,
		.context = l->taps,
	};

	l->cutter = cutter_start(&options);
	if (!l->cutter) {
		era_remove_banks(l->meter->era);
		return -EIO;
	}
	l->eras.cutter = l->cutter;
	return 0;
}

static int events_up(struct live *l)
{
	struct event_base *base = l->meter->base;
	struct {
		struct event **event;
		int signal;
		event_callback_fn call;
	} signals[] = {
		{ &l->sigterm, SIGTERM, on_stop },
		{ &l->sigint, SIGINT, on_stop },
		{ &l->sighup, SIGHUP, on_hangup },
	};

	for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++) {
		*signals[i].event = evsignal_new(base, signals[i].signal, signals[i].call, l);
		event_add(*signals[i].event, NULL);
	}
	l->control = control_socket_new(base, l->folder, commands, l);
	return l->control ? 0 : -EIO;
}

static void events_down(struct live *l)
{
	struct event *const events[] = { l->sigterm, l->sigint, l->sighup };

	control_socket_free(l->control);
	for (size_t i = 0; i < sizeof(events) / sizeof(*events); i++)
		event_free(events[i]);
}

/* From the first frame to the last, which is in the journal or in the spill when this returns. */
static enum exit_status meter_taps(struct live *l)
{
	const struct config *c = l->meter->era->config;
	enum exit_status status = events_up(l) ? EXIT_NOT_DONE : EXIT_DONE;

	live_writer_start(l->writer, l->cutter);
	if (!status) {
		l->started = clock_now_ns() / 1000000000;
		live_web_serve(l->meter->web, view_of, l);
		log_info("metering %zu taps with %zu workers, interval %u s", c->n_taps, l->n_workers,
			c->interval);
		event_base_dispatch(l->meter->base);
	}
	live_web_serve(l->meter->web, NULL, NULL);
	cutter_stop(l->cutter);
	live_taps_tell_drift(l->taps);
	if (!live_writer_end(l->writer)) {
		log_error("the journal does not take the last intervals: they wait in %s", l->folder);
		status = EXIT_NOT_DONE;
	}
	events_down(l);
	return status;
}

enum exit_status live_run(struct live *l)
{
	enum exit_status status = EXIT_NOT_DONE;
	uint64_t newest;

	if (!state_up(l, &newest) && !cutter_up(l, newest)) {
		status = meter_taps(l);
		cutter_free(l->cutter);
		l->meter->era = NULL; /* was the cutter's */
	}
	live_writer_free(l->writer);
	if (l->is_folder_ours) /* the journal's lock is still held: nobody is about to use it */
		state_remove(l->folder);
	return status;
}
