/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Start: banks, workers, cutter. Stop, in reverse order of the frames' way: workers, so that nothing counts
 * any more; the cutter, which takes the last interval; then the journal gets what waits.
 */
#include "live.h"

#include <event2/event.h>
#include <signal.h>
#include <stdlib.h>

#include "cutter.h"
#include "log.h"
#include "tap_dpdk.h"
#include "text.h"
#include "worker.h"

#define RETRY_S 1 /* between two attempts to write an interval */

struct live {
	struct meter *meter;
	struct tap_dpdk *dpdk;
	struct worker *worker;
	size_t n_workers;
	struct cutter *cutter;
	struct event *sigterm, *sigint, *ready, *retry;
	struct interval *stuck; /* taken from the cutter, not yet in the journal */
};

static void on_signal(evutil_socket_t number, short what, void *self)
{
	struct live *l = self;

	(void)what;
	log_info("signal %d: closing the last interval", (int)number);
	event_base_loopbreak(l->meter->base);
}

/* Writes what has been cut, oldest first. What the journal does not take waits, and is tried again. */
static bool write_all(struct live *l)
{
	struct meter *m = l->meter;

	while (l->stuck || (l->stuck = cutter_take(l->cutter))) {
		if (meter_append(m, l->stuck)) {
			const struct timeval later = { .tv_sec = RETRY_S };

			event_add(l->retry, &later);
			return false;
		}
		interval_free(l->stuck);
		l->stuck = NULL;
	}
	return true;
}

static void on_ready(evutil_socket_t fd, short what, void *self)
{
	struct live *l = self;

	(void)what;
	cutter_acknowledge(l->cutter, fd);
	if (!l->stuck)
		write_all(l);
}

static void on_retry(evutil_socket_t fd, short what, void *self)
{
	(void)fd;
	(void)what;
	write_all(self);
}

static int open_dpdk(struct live *l)
{
	const struct config *c = l->meter->config;
	struct tap_dpdk_port *port = mem_array(c->n_taps, sizeof(*port));
	const struct tap_dpdk_options options = {
		.meter = c->meter,
		.ports = port,
		.n_ports = c->n_taps,
		.n_workers = (unsigned)l->n_workers,
		.args = c->dpdk_args,
		.n_args = c->n_dpdk_args,
		.n_buffers = c->dpdk_buffers,
	};
	int error;

	for (size_t i = 0; i < c->n_taps; i++)
		port[i] = (struct tap_dpdk_port){ .tap = (uint32_t)i,
			.name = c->taps[i].name,
			.device = c->taps[i].device };
	error = tap_dpdk_open(&options, &l->dpdk);
	free(port);
	return error;
}

/* Queue q of a port goes to worker q; the queue of a port that has just one, to the workers in turn. */
static void deal_queues(struct live *l)
{
	size_t n_ports = l->meter->config->n_taps, turn = 0;

	for (size_t i = 0; i < l->n_workers; i++)
		l->worker[i].queue = mem_array(n_ports, sizeof(*l->worker[i].queue));
	for (size_t port = 0; port < n_ports; port++) {
		size_t n = tap_dpdk_n_queues(l->dpdk, port);

		for (size_t q = 0; q < n; q++) {
			struct worker *w = &l->worker[n == 1 ? turn++ % l->n_workers : q];

			w->queue[w->n_queues++] = tap_dpdk_queue(l->dpdk, port, q);
		}
	}
}

struct live *live_open(struct meter *m)
{
	const struct config *c = m->config;
	struct live *l = mem_alloc(sizeof(*l));

	l->meter = m;
	l->n_workers = c->n_worker_cpus ? c->n_worker_cpus : 1;
	l->worker = mem_array(l->n_workers, sizeof(*l->worker));
	if (open_dpdk(l)) {
		live_close(l);
		return NULL;
	}
	for (size_t i = 0; i < l->n_workers; i++) {
		l->worker[i].cpu = c->n_worker_cpus ? (int)c->worker_cpus[i] : -1;
		l->worker[i].idle_sleep = c->idle_sleep;
		l->worker[i].enter = tap_dpdk_enter;
		l->worker[i].leave = tap_dpdk_leave;
	}
	deal_queues(l);
	return l;
}

void live_close(struct live *l)
{
	if (!l)
		return;
	for (size_t i = 0; i < l->n_workers; i++)
		free(l->worker[i].queue);
	free(l->worker);
	tap_dpdk_close(l->dpdk);
	free(l);
}

static uint64_t missed(void *self, uint32_t tap)
{
	struct live *l = self;

	return tap_dpdk_missed(l->dpdk, tap);
}

static void events_up(struct live *l)
{
	struct event_base *base = l->meter->base;

	l->sigterm = evsignal_new(base, SIGTERM, on_signal, l);
	l->sigint = evsignal_new(base, SIGINT, on_signal, l);
	l->ready = event_new(base, cutter_fd(l->cutter), EV_READ | EV_PERSIST, on_ready, l);
	l->retry = evtimer_new(base, on_retry, l);
	event_add(l->sigterm, NULL);
	event_add(l->sigint, NULL);
	event_add(l->ready, NULL);
}

static void events_down(struct live *l)
{
	event_free(l->sigterm);
	event_free(l->sigint);
	event_free(l->ready);
	event_free(l->retry);
}

enum exit_status live_run(struct live *l)
{
	enum exit_status status = EXIT_DONE;

	l->cutter = cutter_start(l->meter, l->worker, l->n_workers, missed, l);
	if (!l->cutter)
		return EXIT_NOT_DONE;
	events_up(l);
	log_info("metering %zu taps with %zu workers, interval %u s", l->meter->config->n_taps, l->n_workers,
		l->meter->config->interval);
	event_base_dispatch(l->meter->base);
	cutter_stop(l->cutter);
	if (!write_all(l)) {
		log_error("the journal does not take the last intervals: they are lost");
		status = EXIT_NOT_DONE;
	}
	interval_free(l->stuck);
	events_down(l);
	cutter_free(l->cutter);
	return status;
}
