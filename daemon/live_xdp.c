/* SPDX-License-Identifier: BSD-3-Clause */
#include "live_xdp.h"

#include <stdbool.h>
#include <stdlib.h>

#include "spill.h"
#include "text.h"

struct live_xdp {
	struct meter *meter;
	const char *folder; /* of the state */
	struct tap_xdp *tap;
	size_t *port; /* [n_taps]: the port of an XDP tap */
};

int live_xdp_open(struct meter *m, const char *folder, struct live_xdp **out)
{
	const struct config *c = m->era->config;
	struct tap_xdp_port *port = mem_array(c->n_taps, sizeof(*port));
	struct live_xdp *x = mem_alloc(sizeof(*x));
	struct tap_xdp_options options = {
		.meter = c->meter,
		.interval = c->interval,
		.config = c->digest,
		.view = m->era->view,
		.ports = port,
	};
	int error = 0;

	x->meter = m;
	x->folder = folder;
	x->port = mem_array(c->n_taps, sizeof(*x->port));
	for (size_t i = 0; i < c->n_taps; i++) {
		if (c->taps[i].kind != TAP_XDP)
			continue;
		x->port[i] = options.n_ports;
		port[options.n_ports++] = (struct tap_xdp_port){ .tap = (uint32_t)i,
			.name = c->taps[i].name,
			.device = c->taps[i].device };
	}
	if (options.n_ports)
		error = tap_xdp_open(&options, &x->tap);
	free(port);
	if (x->tap)
		*out = x;
	else
		live_xdp_close(x);
	return error;
}

void live_xdp_close(struct live_xdp *x)
{
	if (!x)
		return;
	tap_xdp_close(x->tap);
	free(x->port);
	free(x);
}

/* The generations whose intervals are safe: in the journal or in the spill. */
struct safe {
	uint64_t in_journal, newest;
	uint64_t *spilled;
	size_t n;
};

static int note(void *context, struct interval *iv)
{
	struct safe *s = context;

	s->spilled = mem_grow(s->spilled, s->n + 1, sizeof(*s->spilled));
	s->spilled[s->n++] = iv->generation;
	if (iv->generation > s->newest)
		s->newest = iv->generation;
	interval_free(iv);
	return 0;
}

static bool is_safe(void *context, uint64_t generation)
{
	const struct safe *s = context;

	if (generation > 0 && generation <= s->in_journal)
		return true;
	for (size_t i = 0; i < s->n; i++)
		if (s->spilled[i] == generation)
			return true;
	return false;
}

/* Puts what a dead daemon had cut into the spill, under the names that its cells had then. */
static int spill_left(struct live_xdp *x, const struct tap_xdp_left *left)
{
	struct meter *m = x->meter;
	struct snapshot *snapshot = snapshot_new(left->layout, m->cut_book);
	struct interval *iv = snapshot_take(snapshot, left->bank, left->n_banks, NULL);
	int error;

	era_stamp(m->era, iv, left->start, left->interval * 1000, ORIGIN_RECOVERED);
	iv->end = left->start + left->interval;
	iv->config = left->config;
	iv->generation = left->generation;
	error = spill_put(x->folder, iv);
	interval_free(iv);
	snapshot_free(snapshot);
	return error;
}

int live_xdp_attach(struct live_xdp *x, uint64_t in_journal)
{
	struct safe safe = { .in_journal = in_journal, .newest = in_journal };
	struct tap_xdp_left left;
	int error = spill_each(x->folder, x->meter->cut_book, note, &safe);

	if (!error)
		error = tap_xdp_begin(x->tap, is_safe, &safe, safe.newest);
	free(safe.spilled);
	while (!error && tap_xdp_left(x->tap, &left)) {
		error = spill_left(x, &left);
		if (!error)
			tap_xdp_done(x->tap, left.generation);
	}
	return error;
}

static void begin(void *self, uint64_t generation, int64_t start)
{
	struct live_xdp *x = self;

	tap_xdp_label(x->tap, generation, start);
}

static void ask(void *self, const struct view *view, uint64_t generation, int64_t start)
{
	struct live_xdp *x = self;

	tap_xdp_cut(x->tap, view, generation, start);
}

static void forget(void *self, const struct view *view)
{
	struct live_xdp *x = self;

	tap_xdp_forget(x->tap, view);
}

static struct bank *const *rest(void *self, size_t *n)
{
	const struct live_xdp *x = self;

	return tap_xdp_rest(x->tap, n);
}

static void done(void *self)
{
	struct live_xdp *x = self;

	tap_xdp_rest_done(x->tap);
}

static void end(void *self)
{
	struct live_xdp *x = self;

	tap_xdp_end(x->tap);
}

struct cut_source live_xdp_source(struct live_xdp *x)
{
	static const struct cut_source_ops ops = {
		.begin = begin,
		.ask = ask,
		.rest = rest,
		.done = done,
		.forget = forget,
		.end = end,
	};

	return (struct cut_source){ .ops = &ops, .self = x };
}

int live_xdp_prepare(struct live_xdp *x, const struct era *next)
{
	return tap_xdp_prepare(x->tap, next->view, &next->config->digest);
}

uint64_t live_xdp_missed(struct live_xdp *x, uint32_t tap)
{
	return tap_xdp_missed(x->tap, x->port[tap]);
}

void live_xdp_state(struct live_xdp *x, uint32_t tap, struct tap_xdp_state *out)
{
	tap_xdp_state(x->tap, x->port[tap], out);
}
