/* SPDX-License-Identifier: BSD-3-Clause */
#include "live_taps.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "live_drift.h"
#include "live_xdp.h"
#include "log.h"
#include "tap_dpdk.h"
#include "text.h"

#define NO_PORT SIZE_MAX

struct live_taps {
	/* Not the era's, which the main thread changes while the cutter asks: */
	size_t n_taps;
	char (*name)[NAME_SIZE]; /* [n_taps] */
	size_t *port;		 /* [n_taps]: the port of a DPDK tap, else NO_PORT */
	struct tap_dpdk *dpdk;
	size_t n_ports;
	struct live_xdp *xdp;
	struct live_drift *drift;
};

static int open_dpdk(struct live_taps *t, const struct config *c, size_t n_workers)
{
	struct tap_dpdk_port *port = mem_array(c->n_taps, sizeof(*port));
	struct tap_dpdk_options options = {
		.meter = c->meter,
		.ports = port,
		.n_workers = (unsigned)n_workers,
		.args = c->dpdk_args,
		.n_args = c->n_dpdk_args,
		.n_buffers = c->dpdk_buffers,
	};
	int error;

	for (size_t i = 0; i < c->n_taps; i++) {
		t->port[i] = NO_PORT;
		if (c->taps[i].kind != TAP_DPDK)
			continue;
		t->port[i] = t->n_ports;
		port[t->n_ports++] = (struct tap_dpdk_port){ .tap = (uint32_t)i,
			.name = c->taps[i].name,
			.device = c->taps[i].device };
	}
	options.n_ports = t->n_ports;
	error = t->n_ports ? tap_dpdk_open(&options, &t->dpdk) : 0;
	free(port);
	return error;
}

int live_taps_open(struct meter *m, const char *folder, size_t n_workers, struct live_taps **out)
{
	const struct config *c = m->era->config;
	struct live_taps *t = mem_alloc(sizeof(*t));
	int error;

	t->n_taps = c->n_taps;
	t->name = mem_array(c->n_taps, NAME_SIZE);
	t->port = mem_array(c->n_taps, sizeof(*t->port));
	t->drift = live_drift_new(c->n_taps);
	for (size_t i = 0; i < c->n_taps; i++)
		memcpy(t->name[i], c->taps[i].name, NAME_SIZE);
	error = open_dpdk(t, c, n_workers);
	error = error ? error : live_xdp_open(m, folder, &t->xdp);
	if (error)
		live_taps_close(t);
	else
		*out = t;
	return error;
}

void live_taps_close(struct live_taps *t)
{
	if (!t)
		return;
	live_xdp_close(t->xdp);
	tap_dpdk_close(t->dpdk);
	live_drift_free(t->drift);
	free(t->port);
	free(t->name);
	free(t);
}

bool live_taps_are_polled(const struct live_taps *t)
{
	return t->n_ports != 0;
}

int live_taps_prepare(struct live_taps *t, const struct era *next)
{
	return t->xdp ? live_xdp_prepare(t->xdp, next) : 0;
}

/* Queue q of a port goes to worker q, or begins with the first one again; the queue of a port that has just one, to
 * the workers in turn. */
void live_taps_deal(struct live_taps *t, struct worker *worker, size_t n_workers)
{
	size_t turn = 0, n_queues = 0;

	for (size_t port = 0; port < t->n_ports; port++)
		n_queues += tap_dpdk_n_queues(t->dpdk, port);
	for (size_t i = 0; i < n_workers; i++) {
		worker[i].queue = mem_array(n_queues, sizeof(*worker[i].queue));
		worker[i].enter = tap_dpdk_enter;
		worker[i].leave = tap_dpdk_leave;
	}
	for (size_t port = 0; port < t->n_ports; port++) {
		size_t n = tap_dpdk_n_queues(t->dpdk, port);

		for (size_t q = 0; q < n; q++) {
			struct worker *w = &worker[(n == 1 ? turn++ : q) % n_workers];

			w->queue[w->n_queues++] = tap_dpdk_queue(t->dpdk, port, q);
		}
	}
}

int live_taps_attach(struct live_taps *t, uint64_t in_journal)
{
	return t->xdp ? live_xdp_attach(t->xdp, in_journal) : 0;
}

struct cut_source live_taps_source(const struct live_taps *t)
{
	return t->xdp ? live_xdp_source(t->xdp) : (struct cut_source){ 0 };
}

uint64_t live_taps_missed(void *self, uint32_t tap)
{
	struct live_taps *t = self;

	if (t->port[tap] == NO_PORT)
		return live_xdp_missed(t->xdp, tap);
	return tap_dpdk_missed(t->dpdk, t->port[tap]);
}

/* The taps of an interval are sorted by name. */
static const struct tap_count *count_of(const struct interval *iv, const char *name)
{
	size_t i = 0;

	while (strcmp(iv->taps[i].name, name))
		i++;
	return &iv->taps[i];
}

void live_taps_seen(void *self, const struct interval *iv)
{
	struct live_taps *t = self;

	for (size_t tap = 0; tap < t->n_taps; tap++) {
		struct tap_dpdk_counters port;

		if (t->port[tap] == NO_PORT)
			continue;
		port = tap_dpdk_counters(t->dpdk, t->port[tap]);
		live_drift_port(t->drift, tap, port.packets, port.bytes);
		live_drift_counted(t->drift, tap, count_of(iv, t->name[tap]));
	}
}

bool live_taps_interface(const struct live_taps *t, uint32_t tap, struct tap_xdp_state *out)
{
	if (t->port[tap] != NO_PORT)
		return false;
	live_xdp_state(t->xdp, tap, out);
	return true;
}

struct live_drift *live_taps_drift(const struct live_taps *t)
{
	return t->drift;
}

void live_taps_tell_drift(const struct live_taps *t)
{
	for (size_t tap = 0; tap < t->n_taps; tap++) {
		struct drift d = live_drift_get(t->drift, tap);

		if (d.known)
			log_info("tap %s: %" PRIu64 " packets counted, %" PRIu64 " by the port: drift %" PRId64,
				t->name[tap], d.counted_packets, d.port_packets,
				(int64_t)(d.port_packets - d.counted_packets));
	}
}
