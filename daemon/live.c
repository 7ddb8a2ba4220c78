/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Start: what a dead daemon left, banks, workers, cutter. Stop, in the order of the frames' way: the cutter
 * stops the workers and takes the last interval; then the journal gets what waits.
 */
#include "live.h"

#include <errno.h>
#include <event2/event.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "control_socket.h"
#include "cutter.h"
#include "live_drift.h"
#include "live_status.h"
#include "live_xdp.h"
#include "log.h"
#include "recover.h"
#include "restart.h"
#include "spill.h"
#include "state.h"
#include "tap_dpdk.h"

#define NO_PORT SIZE_MAX
#define RETRY_S 1 /* between two attempts to write an interval */

struct live {
	struct meter *meter;
	const struct live_source *source;
	char *folder; /* of the state */
	struct tap_dpdk *dpdk;
	size_t *dpdk_port; /* [n_taps]: the port of a DPDK tap, else NO_PORT */
	size_t n_dpdk;
	char (*tap_name)[NAME_SIZE]; /* [n_taps] */
	struct live_drift *drift;
	struct live_xdp *xdp;
	struct worker *worker;
	size_t n_workers;
	struct cutter *cutter;
	struct control_socket *control;
	struct event *sigterm, *sigint, *sighup, *ready, *retry;
	struct recovered recovered; /* written before anything that the cutter takes */
	size_t n_rewritten;	    /* of these, in the journal */
	struct interval *waiting;   /* taken, and not yet in the journal */
	uint64_t n_banks;	    /* bank files made */
	struct live_totals totals;
};

/* The oldest interval that is not in the journal, or NULL. */
static struct interval *next_interval(struct live *l)
{
	struct recovered *r = &l->recovered;

	if (l->n_rewritten < r->n) {
		struct interval *iv = r->iv[l->n_rewritten];

		r->iv[l->n_rewritten++] = NULL;
		return iv;
	}
	return l->cutter ? cutter_take(l->cutter) : NULL;
}

/* An interval that the journal will never take must not keep the others waiting; its spill stays. */
static bool is_final(int error)
{
	return error == -EBADMSG || error == -EINVAL || error == -EOVERFLOW;
}

/* Writes all that has been cut, oldest first. What the journal does not take now is tried again. */
static bool write_all(struct live *l)
{
	while (l->waiting || (l->waiting = next_interval(l))) {
		int error = meter_append(l->meter, l->waiting);

		if (error && !is_final(error)) {
			event_add(l->retry, &(const struct timeval){ .tv_sec = RETRY_S });
			return false;
		}
		if (error)
			spill_refuse(l->folder, l->waiting->generation);
		else if (l->waiting->generation)
			spill_drop(l->folder, l->waiting->generation);
		if (!error)
			live_totals_add(&l->totals, l->waiting);
		interval_free(l->waiting);
		l->waiting = NULL;
	}
	return true;
}

static void on_stop(evutil_socket_t number, short what, void *self)
{
	struct live *l = self;

	(void)what;
	log_info("signal %d: closing the last interval", (int)number);
	event_base_loopbreak(l->meter->base);
}

static void on_ready(evutil_socket_t fd, short what, void *self)
{
	struct live *l = self;

	(void)fd;
	(void)what;
	cutter_acknowledge(l->cutter);
	if (!l->waiting)
		write_all(l);
}

static void on_retry(evutil_socket_t fd, short what, void *self)
{
	(void)fd;
	(void)what;
	write_all(self);
}

static int make_banks(struct live *l, struct era *e)
{
	char *path = recover_bankfile_path(l->folder, ++l->n_banks);
	int error = era_make_banks(e, path, l->n_workers);

	free(path);
	return error;
}

/* A new configuration, or why it cannot be in force, as lines in `why`. */
static const struct config *read_again(const struct live *l, FILE *why)
{
	struct diag diag = { .out = why };
	const struct config *next;
	const char *key;

	if (config_load(l->source->file, l->source->taps, l->source->n_taps, &diag, &next)) {
		diag_end(&diag);
		return NULL;
	}
	key = l->xdp ? "xdp taps: a reload" : restart_needed(l->meter->era->config, next);
	if (!key)
		return next;
	fprintf(why, "%s: %s: changed; needs a restart of the meter\n", l->source->file, key);
	config_free(next);
	return NULL;
}

/* Builds the next era aside and hands it to the cutter. Returns it, or NULL and nothing has changed. */
static const struct era *reload(struct live *l, FILE *why)
{
	const struct config *config = read_again(l, why);
	struct era *next = config ? era_new(config, l->meter->cut_book) : NULL;

	if (!next) {
		if (config)
			fputs("no memory for its tables, or too many cells\n", why);
		return NULL;
	}
	if (journal_put_config(l->meter->journal, &config->digest, config->canonical) ||
		make_banks(l, next)) {
		fputs("the journal or the state folder does not take it\n", why);
		era_free(next);
		return NULL;
	}
	cutter_publish(l->cutter, next);
	l->meter->era = next;
	return next;
}

static void answer_reload(void *self, struct text *reply)
{
	struct live *l = self;
	char *why = NULL, hex[DIGEST_HEX_SIZE];
	size_t size;
	FILE *out = open_memstream(&why, &size);
	const struct era *next = reload(l, out);

	fclose(out);
	if (next) {
		log_info("reload: configuration %s begins with the next interval",
			digest_hex(hex, &next->config->digest));
		text_printf(reply, "{\"status\":\"ok\",\"config\":\"%s\"}",
			digest_hex(hex, &next->config->digest));
	} else {
		log_error("reload refused, nothing has changed: %s", why);
		text_str(reply, "{\"status\":\"refused\",\"reason\":");
		text_json(reply, why);
		text_str(reply, "}");
	}
	free(why);
}

static void on_hangup(evutil_socket_t number, short what, void *self)
{
	struct text reply = { 0 };

	(void)number;
	(void)what;
	answer_reload(self, &reply);
	text_free(&reply);
}

static void answer_status(void *self, struct text *reply)
{
	const struct live *l = self;
	const struct live_view view = {
		.meter = l->meter,
		.totals = &l->totals,
		.drift = l->drift,
		.worker = l->worker,
		.n_workers = l->n_workers,
		.is_waiting = l->waiting != NULL,
	};

	live_status(&view, reply);
}

static const struct control_command commands[] = {
	{ "status", answer_status },
	{ "reload", answer_reload },
	{ 0 },
};

static int open_dpdk(struct live *l)
{
	const struct config *c = l->meter->era->config;
	struct tap_dpdk_port *port = mem_array(c->n_taps, sizeof(*port));
	struct tap_dpdk_options options = {
		.meter = c->meter,
		.ports = port,
		.n_workers = (unsigned)l->n_workers,
		.args = c->dpdk_args,
		.n_args = c->n_dpdk_args,
		.n_buffers = c->dpdk_buffers,
	};
	int error;

	l->dpdk_port = mem_array(c->n_taps, sizeof(*l->dpdk_port));
	for (size_t i = 0; i < c->n_taps; i++) {
		l->dpdk_port[i] = NO_PORT;
		if (c->taps[i].kind != TAP_DPDK)
			continue;
		l->dpdk_port[i] = l->n_dpdk;
		port[l->n_dpdk++] = (struct tap_dpdk_port){ .tap = (uint32_t)i,
			.name = c->taps[i].name,
			.device = c->taps[i].device };
	}
	options.n_ports = l->n_dpdk;
	error = l->n_dpdk ? tap_dpdk_open(&options, &l->dpdk) : 0;
	free(port);
	return error;
}

/* Queue q of a port goes to worker q; the queue of a port that has just one, to the workers in turn. */
static void deal_queues(struct live *l)
{
	size_t n_ports = l->n_dpdk, turn = 0;

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

struct live *live_open(struct meter *m, const struct live_source *source)
{
	const struct config *c = m->era->config;
	struct live *l = mem_alloc(sizeof(*l));

	l->meter = m;
	l->source = source;
	l->n_workers = c->n_worker_cpus ? c->n_worker_cpus : 1;
	l->worker = mem_array(l->n_workers, sizeof(*l->worker));
	l->folder = state_folder(c);
	l->drift = live_drift_new(c->n_taps);
	l->tap_name = mem_array(c->n_taps, NAME_SIZE);
	for (size_t i = 0; i < c->n_taps; i++)
		memcpy(l->tap_name[i], c->taps[i].name, NAME_SIZE);
	if (open_dpdk(l) || live_xdp_open(m, l->folder, &l->xdp)) {
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
	if (!l->n_dpdk)
		l->n_workers = 0; /* nothing to poll */
	return l;
}

void live_close(struct live *l)
{
	if (!l)
		return;
	for (size_t i = 0; i < l->n_workers; i++)
		free(l->worker[i].queue);
	free(l->worker);
	free(l->dpdk_port);
	free(l->tap_name);
	live_drift_free(l->drift);
	live_xdp_close(l->xdp);
	tap_dpdk_close(l->dpdk);
	live_totals_free(&l->totals);
	recover_free(&l->recovered);
	free(l->folder);
	free(l);
}

static uint64_t missed(void *self, uint32_t tap)
{
	struct live *l = self;

	/* Not by the era, which is the main thread's to change. */
	if (l->dpdk_port[tap] == NO_PORT)
		return live_xdp_missed(l->xdp, tap);
	return tap_dpdk_missed(l->dpdk, l->dpdk_port[tap]);
}

/* The taps of an interval are sorted by name. */
static const struct tap_count *count_of(const struct interval *iv, const char *name)
{
	size_t i = 0;

	while (strcmp(iv->taps[i].name, name))
		i++;
	return &iv->taps[i];
}

static void seen(void *self, const struct interval *iv)
{
	struct live *l = self;

	for (size_t tap = 0; tap < iv->n_taps; tap++) {
		struct tap_dpdk_counters port;

		if (l->dpdk_port[tap] == NO_PORT)
			continue;
		port = tap_dpdk_counters(l->dpdk, l->dpdk_port[tap]);
		live_drift_port(l->drift, tap, port.packets, port.bytes);
		live_drift_counted(l->drift, tap, count_of(iv, l->tap_name[tap]));
	}
}

/* Nothing moves any more: what the port and we say should be one number. */
static void tell_drift(struct live *l)
{
	for (size_t tap = 0; tap < l->meter->era->view->layout.n_taps; tap++) {
		struct drift d = live_drift_get(l->drift, tap);

		if (d.known)
			log_info("tap %s: %" PRIu64 " packets counted, %" PRIu64 " by the port: drift %" PRId64,
				l->tap_name[tap], d.counted_packets, d.port_packets,
				(int64_t)(d.port_packets - d.counted_packets));
	}
}

/* What the daemon before left, before a single frame is counted. */
static int state_up(struct live *l)
{
	uint64_t in_journal;
	int error = state_make(l->folder);

	error = error ? error : journal_generation(l->meter->journal, &in_journal);
	if (!error && l->xdp) /* puts into the spill what the next line reads */
		error = live_xdp_attach(l->xdp, in_journal);
	error = error ? error : recover_run(l->folder, in_journal, l->meter->book, &l->recovered);
	if (!error && l->recovered.n)
		log_info("%zu intervals of the daemon before are written first", l->recovered.n);
	return error ? error : make_banks(l, l->meter->era);
}

static int cutter_up(struct live *l)
{
	const struct cutter_options options = {
		.era = l->meter->era,
		.folder = l->folder,
		.generation = l->recovered.generation,
		.worker = l->worker,
		.n_workers = l->n_workers,
		.source = l->xdp ? live_xdp_source(l->xdp) : (struct cut_source){ 0 },
		.missed = missed,
		.seen = seen,
		.context = l,
	};

	l->cutter = cutter_start(&options);
	if (l->cutter)
		return 0;
	era_remove_banks(l->meter->era);
	return -EIO;
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
	l->ready = event_new(base, cutter_fd(l->cutter), EV_READ | EV_PERSIST, on_ready, l);
	event_add(l->ready, NULL);
	l->retry = evtimer_new(base, on_retry, l);
	l->control = control_socket_new(base, l->folder, commands, l);
	return l->control ? 0 : -EIO;
}

static void events_down(struct live *l)
{
	struct event *const events[] = { l->sigterm, l->sigint, l->sighup, l->ready, l->retry };

	control_socket_free(l->control);
	for (size_t i = 0; i < sizeof(events) / sizeof(*events); i++)
		event_free(events[i]);
}

enum exit_status live_run(struct live *l)
{
	enum exit_status status = EXIT_DONE;

	if (state_up(l) || cutter_up(l))
		return EXIT_NOT_DONE;
	if (events_up(l)) {
		status = EXIT_NOT_DONE;
	} else {
		log_info("metering %zu taps with %zu workers, interval %u s", l->meter->era->config->n_taps,
			l->n_workers, l->meter->era->config->interval);
		write_all(l);
		event_base_dispatch(l->meter->base);
	}
	cutter_stop(l->cutter);
	tell_drift(l);
	if (!write_all(l)) {
		log_error("the journal does not take the last intervals: they wait in %s", l->folder);
		status = EXIT_NOT_DONE;
	}
	interval_free(l->waiting);
	l->waiting = NULL;
	events_down(l);
	cutter_free(l->cutter);
	l->meter->era = NULL; /* was the cutter's */
	return status;
}
