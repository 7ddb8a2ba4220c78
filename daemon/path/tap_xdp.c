/* SPDX-License-Identifier: BSD-3-Clause */
#include "tap_xdp.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "text.h"
#include "xdp_ports.h"

#define SPARE 16 /* generations between those that were used and new ones: a dead daemon's bank file may hold some */

struct tap_xdp {
	char folder[XDP_PINS_SIZE];
	int hold; /* of the folder: keeps other daemons out */
	unsigned interval;
	struct digest config; /* of the first era */
	struct xdp_ports ports;
	bool is_up;
	bool is_new; /* the first era: nothing of a dead daemon's is in it */

	struct xdp_era *now;   /* counts; the cut's side alone changes it */
	struct xdp_era *ended; /* counted before the last cut, which began another; NULL: no other */
	struct xdp_era *left;  /* of a dead daemon, oldest first */
	uint64_t generation;   /* of the next interval that a dead daemon left */

	pthread_mutex_t lock;  /* of the rest */
	struct xdp_era *ready; /* by reloads, in whatever order */
	unsigned newest;       /* number of an era */
};

static int open_folder(struct tap_xdp *t, const char *meter)
{
	int error = xdp_pins_folder(t->folder, meter);

	if (error)
		return error;
	t->hold = xdp_pins_hold(t->folder);
	if (t->hold >= 0)
		return 0;
	log_error("bpf: pinned counters of meter %s: %s", meter,
		t->hold == -EWOULDBLOCK ? "another transitd works with them" : strerror(-t->hold));
	return t->hold == -EWOULDBLOCK ? -EBUSY : t->hold;
}

/* The newest era of a dead daemon goes on, if its cells are ours; all else in t->left is written as it was meant. */
static int open_eras(struct tap_xdp *t, const struct view *view)
{
	int error = xdp_era_open_all(t->folder, &t->left);
	struct xdp_era **last = &t->left;

	if (error)
		return error;
	while (*last && (*last)->next)
		last = &(*last)->next;
	t->newest = *last ? (*last)->number : 0;
	if (*last && xdp_state_fits(&(*last)->state, &view->layout, t->interval)) {
		log_info("bpf: going on with the pinned counters of meter %s", xdp_pins_name(t->folder));
		t->now = *last;
		*last = NULL;
		return xdp_era_give_view(t->now, view);
	}
	if (*last)
		log_info("bpf: the cells are other ones now: what was counted so far is written as it was meant");
	t->is_new = true;
	t->now = xdp_era_new(t->folder, ++t->newest, view, t->interval);
	return t->now ? 0 : -EIO;
}

int tap_xdp_open(const struct tap_xdp_options *o, struct tap_xdp **out)
{
	struct tap_xdp *t = mem_alloc(sizeof(*t));
	int error;

	t->config = o->config;
	t->interval = o->interval;
	t->hold = -1;
	pthread_mutex_init(&t->lock, NULL);
	error = open_folder(t, o->meter);
	if (!error)
		error = xdp_ports_init(&t->ports, t->folder, o->ports, o->n_ports);
	else
		xdp_ports_init(&t->ports, t->folder, NULL, 0);
	if (!error)
		error = open_eras(t, o->view);
	if (!error)
		*out = t;
	else
		tap_xdp_close(t);
	return error;
}

static bool is_ours(void *self, const char *name)
{
	const struct tap_xdp *t = self;

	for (size_t i = 0; i < t->ports.n * SIDES; i++) {
		const struct xdp_attach *a = &t->ports.port[i / SIDES].side[i % SIDES];

		if (a->on.mode && !strcmp(xdp_pins_name(a->pin), name))
			return true;
	}
	return false;
}

int tap_xdp_begin(struct tap_xdp *t, tap_xdp_safe_fn *is_safe, void *context, uint64_t newest)
{
	int error;

	t->generation = newest;
	xdp_state_sort(&t->now->state, is_safe, context, &t->generation);
	xdp_state_label_open(&t->now->state);
	xdp_state_set_config(&t->now->state, &t->config);
	error = xdp_ports_up(&t->ports, t->now);
	if (error && t->is_new)
		xdp_state_label(&t->now->state, 0, 0); /* the meter never ran: nothing is to be kept */
	if (error)
		return error;
	t->is_up = true;
	xdp_pins_unlink(t->folder, is_ours, t); /* a side that is not metered any more */
	for (struct xdp_era *e = t->left; e; e = e->next) {
		xdp_state_quiesce(&e->state);
		xdp_state_sort(&e->state, is_safe, context, &t->generation);
	}
	t->generation += SPARE;
	return 0;
}

static bool left_of(struct tap_xdp *t, struct xdp_state *s, bool and_current, struct tap_xdp_left *left)
{
	struct bank **bank = xdp_state_left(s, t->generation + 1, and_current, &left->n_banks, &left->start);

	if (!bank)
		return false;
	left->generation = ++t->generation;
	left->bank = bank;
	left->layout = &s->layout;
	left->config = xdp_state_config(s);
	left->interval = s->interval;
	return true;
}

bool tap_xdp_left(struct tap_xdp *t, struct tap_xdp_left *left)
{
	while (t->left && !left_of(t, &t->left->state, true, left)) { /* all of it is written down */
		struct xdp_era *e = t->left;

		t->left = e->next;
		xdp_era_remove(e);
	}
	return t->left || left_of(t, &t->now->state, false, left);
}

void tap_xdp_done(struct tap_xdp *t, uint64_t generation)
{
	for (struct xdp_era *e = t->left; e; e = e->next)
		xdp_state_done(&e->state, generation);
	xdp_state_done(&t->now->state, generation);
}

int tap_xdp_prepare(struct tap_xdp *t, const struct view *view, const struct digest *config)
{
	struct xdp_era *e = xdp_era_new(t->folder, ++t->newest, view, t->interval);
	int error = e ? xdp_ports_prepare(&t->ports, e) : -EIO;

	if (error) {
		xdp_era_remove(e);
		return error;
	}
	xdp_state_set_config(&e->state, config);
	pthread_mutex_lock(&t->lock);
	e->next = t->ready;
	t->ready = e;
	pthread_mutex_unlock(&t->lock);
	return 0;
}

/* The era that was prepared for the view, off the list; or NULL. */
static struct xdp_era *take_ready(struct tap_xdp *t, const struct view *view)
{
	struct xdp_era **at, *e;

	pthread_mutex_lock(&t->lock);
	for (at = &t->ready; *at && (*at)->view != view;)
		at = &(*at)->next;
	e = *at;
	if (e)
		*at = e->next;
	pthread_mutex_unlock(&t->lock);
	return e;
}

void tap_xdp_forget(struct tap_xdp *t, const struct view *view)
{
	xdp_era_remove(take_ready(t, view));
}

void tap_xdp_label(struct tap_xdp *t, uint64_t generation, int64_t start)
{
	xdp_state_label(&t->now->state, generation, start);
}

/* Each program counts in its own era's bank, so that nothing is counted by one configuration in the other's
 * interval, and a kill at any moment leaves both banks labelled. */
static void begin_era(struct tap_xdp *t, struct xdp_era *e, uint64_t generation, int64_t start)
{
	xdp_state_label(&e->state, generation, start);
	xdp_ports_switch(&t->ports, e);
	t->ended = t->now;
	t->now = e;
	xdp_state_stop(&t->ended->state);
}

void tap_xdp_cut(struct tap_xdp *t, const struct view *view, uint64_t generation, int64_t start)
{
	struct xdp_era *next = view == t->now->view ? NULL : take_ready(t, view);

	if (next)
		begin_era(t, next, generation, start);
	else
		xdp_state_next(&t->now->state, generation, start);
	xdp_ports_ask(&t->ports);
}

struct bank *const *tap_xdp_rest(const struct tap_xdp *t, size_t *n)
{
	const struct xdp_state *s = t->ended ? &t->ended->state : &t->now->state;

	*n = s->resting < 0 ? 0 : s->bank[s->resting].n_cpus;
	return s->resting < 0 ? NULL : s->bank[s->resting].list;
}

void tap_xdp_rest_done(struct tap_xdp *t)
{
	if (!t->ended) {
		xdp_state_rest_done(&t->now->state);
		return;
	}
	xdp_era_remove(t->ended);
	t->ended = NULL;
}

void tap_xdp_end(struct tap_xdp *t)
{
	xdp_ports_down(&t->ports);
	xdp_state_stop(&t->now->state);
}

static void free_list(struct xdp_era *e, void (*let_go)(struct xdp_era *))
{
	for (struct xdp_era *next; e; e = next) {
		next = e->next;
		let_go(e);
	}
}

void tap_xdp_close(struct tap_xdp *t)
{
	bool is_done = t && t->now && !t->left && xdp_state_empty(&t->now->state);

	if (!t)
		return;
	xdp_ports_leave(&t->ports);
	free_list(t->ready, xdp_era_remove);
	free_list(t->left, xdp_era_free);
	xdp_era_free(t->now);
	if (is_done)
		xdp_pins_remove(t->folder);
	else if (t->is_up)
		log_warn("bpf: what was not written down stays pinned for the next start");
	if (t->hold >= 0)
		close(t->hold);
	xdp_ports_free(&t->ports);
	pthread_mutex_destroy(&t->lock);
	free(t);
}

uint64_t tap_xdp_missed(struct tap_xdp *t, size_t port)
{
	return xdp_ports_missed(&t->ports, port);
}

void tap_xdp_state(struct tap_xdp *t, size_t port, struct tap_xdp_state *out)
{
	xdp_ports_state(&t->ports, port, out);
}
