/* SPDX-License-Identifier: BSD-3-Clause */
#include "tap_xdp.h"

#include <errno.h>
#include <net/if.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "log.h"
#include "text.h"
#include "xdp_attach.h"
#include "xdp_state.h"

#define SPARE 16 /* generations between those that were used and new ones: a dead daemon's bank file may hold some */

struct port {
	const char *name; /* of the tap, borrowed */
	char interface[IF_NAMESIZE];
	bool consume;
	bool gone;	 /* the watch alone */
	uint64_t missed; /* as last read */
	struct xdp_attach side[2];
	size_t n_sides;
};

struct tap_xdp {
	char folder[XDP_PINS_SIZE], old_folder[XDP_PINS_SIZE];
	const struct view *view;
	struct digest config;
	unsigned interval;
	struct xdp_view plan;
	struct xdp_maps maps;
	struct xdp_state state, old; /* `old`: of another layout */
	bool has_old, running;
	uint64_t generation; /* of the next interval that a dead daemon left */
	struct port *port;
	size_t n_ports;

	pthread_t watch; /* re-attaches to interfaces that come back */
	int listen, stop;
};

static int read_device(struct port *p, const struct tap_xdp_port *o, enum view_direction direction)
{
	const char *comma = strchr(o->device, ',');
	size_t size = comma ? (size_t)(comma - o->device) : strlen(o->device);

	if (!size || size >= sizeof(p->interface) ||
		(comma && strcmp(comma, ",mode=observe") && strcmp(comma, ",mode=consume"))) {
		log_error("tap %s: \"%s\" is no interface; allowed: INTERFACE, INTERFACE,mode=observe, "
			  "INTERFACE,mode=consume",
			o->name, o->device);
		return -EINVAL;
	}
	p->name = o->name;
	memcpy(p->interface, o->device, size);
	p->consume = comma && !strcmp(comma, ",mode=consume");
	/* A mirror port receives both directions. A router's own port receives what is ingress and sends
	 * what is egress. */
	if (p->consume || direction != VIEW_EGRESS)
		p->side[p->n_sides++].sent = false;
	if (!p->consume && direction != VIEW_INGRESS)
		p->side[p->n_sides++].sent = true;
	return 0;
}

static int add_port(struct tap_xdp *t, const struct tap_xdp_port *o)
{
	struct port *p = &t->port[t->n_ports];
	int error = read_device(p, o, t->view->tap[o->tap].direction);

	if (error)
		return error;
	for (size_t i = 0; i < p->n_sides; i++) {
		struct xdp_attach *a = &p->side[i];

		a->tap = p->name;
		a->interface = p->interface;
		a->number = o->tap;
		a->consume = p->consume;
		snprintf(a->pin, sizeof(a->pin), "%s/%s-%s", t->folder, p->name, a->sent ? "sent" : "received");
	}
	p->missed = xdp_port_missed(p->interface, p->consume);
	t->n_ports++;
	return 0;
}

/* The tables, copied for the kernel. */
static int make_view(struct tap_xdp *t)
{
	int error = xdp_view_plan(&t->plan, t->view), fd;
	size_t size = (size_t)t->plan.n_pages * METER_PAGE;
	void *pages;

	if (error) {
		log_error("bpf: the peerings of one link are too many for a program");
		return error;
	}
	fd = xdp_array_create("meter_view", METER_PAGE, t->plan.n_pages);
	if (fd < 0) {
		log_error("bpf: %zu MiB for prefixes: %s", size >> 20, strerror(-fd));
		return fd;
	}
	t->maps.view = fd;
	pages = xdp_array_map(fd, size);
	if (!pages)
		return -errno;
	xdp_view_write(&t->plan, pages);
	munmap(pages, size);
	return 0;
}

/* Counters of another layout, or of a daemon that could not finish with such: aside, for tap_xdp_left(). */
static int set_aside(struct tap_xdp *t)
{
	if (!access(t->old_folder, F_OK)) {
		log_error("bpf: counters of two earlier configurations of meter %s are pinned; start once with the "
			  "last one, or give them up with `transitctl detach`",
			xdp_pins_name(t->folder));
		return -EEXIST;
	}
	xdp_state_close(&t->state);
	if (!rename(t->folder, t->old_folder))
		return 0;
	log_error("bpf: setting the counters of meter %s aside: %s", xdp_pins_name(t->folder), strerror(errno));
	return -EIO;
}

static int open_state(struct tap_xdp *t)
{
	const struct layout *l = &t->view->layout;
	int error = xdp_state_open(&t->state, t->folder);

	if (!error && xdp_state_fits(&t->state, l, t->interval)) {
		log_info("bpf: going on with the pinned counters of meter %s", xdp_pins_name(t->folder));
	} else if (!error) {
		log_info("bpf: the cells are other ones now: what was counted so far is written as it was meant");
		error = set_aside(t);
		if (!error)
			error = -ENOENT;
	}
	if (error == -ENOENT) {
		xdp_pins_remove(t->folder); /* what a start that was killed may have left */
		error = xdp_state_create(&t->state, t->folder, l, t->interval);
	}
	if (error)
		return error;
	error = xdp_state_open(&t->old, t->old_folder);
	t->has_old = !error;
	return error == -ENOENT ? 0 : error;
}

static int prepare(struct tap_xdp *t, const struct tap_xdp_options *o)
{
	int error = xdp_pins_folder(t->folder, o->meter, "");

	if (!error)
		error = xdp_pins_folder(t->old_folder, o->meter, "_old");
	for (size_t i = 0; i < o->n_ports && !error; i++)
		error = add_port(t, &o->ports[i]);
	if (!error)
		error = make_view(t);
	if (!error)
		error = open_state(t);
	if (error)
		return error;
	t->maps.banks = t->state.current_fd;
	return 0;
}

int tap_xdp_open(const struct tap_xdp_options *o, struct tap_xdp **out)
{
	struct tap_xdp *t = mem_alloc(sizeof(*t));
	int error;

	t->view = o->view;
	t->config = o->config;
	t->interval = o->interval;
	t->listen = t->stop = t->maps.view = -1;
	t->state.hold = t->state.record_fd = t->state.current_fd = -1;
	t->old.hold = t->old.record_fd = t->old.current_fd = -1;
	t->port = mem_array(o->n_ports, sizeof(*t->port));
	error = prepare(t, o);
	if (error) {
		tap_xdp_close(t);
		return error;
	}
	*out = t;
	return 0;
}

/* Interfaces by number: one that went and came back has another. */
static void look_at(struct tap_xdp *t, struct port *p)
{
	int index = (int)if_nametoindex(p->interface);

	if (!p->gone && index != p->side[0].index) {
		log_warn("tap %s: interface %s is gone", p->name, p->interface);
		for (size_t i = 0; i < p->n_sides; i++)
			xdp_attach_down(&p->side[i]);
		p->gone = true;
	}
	if (!p->gone || !index)
		return;
	p->gone = false;
	for (size_t i = 0; i < p->n_sides; i++)
		if (xdp_attach_up(&p->side[i], &t->plan, &t->maps))
			p->gone = true;
	if (!p->gone)
		log_info("tap %s: interface %s is back", p->name, p->interface);
}

static void *watch(void *self)
{
	struct tap_xdp *t = self;
	struct pollfd fds[] = { { .fd = t->listen, .events = POLLIN }, { .fd = t->stop, .events = POLLIN } };

	for (;;) {
		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			log_error("bpf: poll: %s", strerror(errno));
		if (fds[1].revents)
			return NULL;
		xdp_port_heard(t->listen);
		for (size_t i = 0; i < t->n_ports; i++)
			look_at(t, &t->port[i]);
	}
}

static int start_watch(struct tap_xdp *t)
{
	t->stop = eventfd(0, EFD_CLOEXEC);
	t->listen = xdp_port_listen();
	if (t->listen < 0)
		return t->listen;
	t->running = true;
	return -pthread_create(&t->watch, NULL, watch, t);
}

static void stop_watch(struct tap_xdp *t)
{
	uint64_t one = 1;

	if (!t->running)
		return;
	if (write(t->stop, &one, sizeof(one)) < 0)
		log_error("bpf: eventfd: %s", strerror(errno));
	pthread_join(t->watch, NULL);
	t->running = false;
}

/* The old layout's links become ours, so that no frame passes between the old program and the new. */
static void take_over(struct tap_xdp *t, const struct xdp_attach *a)
{
	char from[sizeof(a->pin) + 8];

	if (!t->has_old)
		return;
	snprintf(from, sizeof(from), "%s/%s-%s", t->old_folder, a->tap, a->sent ? "sent" : "received");
	rename(from, a->pin); /* may well not be there */
}

static int attach_all(struct tap_xdp *t)
{
	for (size_t i = 0; i < t->n_ports; i++)
		for (size_t k = 0; k < t->port[i].n_sides; k++) {
			struct xdp_attach *a = &t->port[i].side[k];
			int error;

			take_over(t, a);
			error = xdp_attach_up(a, &t->plan, &t->maps);
			if (error)
				return error;
		}
	return 0;
}

static bool is_ours(void *self, const char *name)
{
	const struct tap_xdp *t = self;

	for (size_t i = 0; i < t->n_ports; i++)
		for (size_t k = 0; k < t->port[i].n_sides; k++)
			if (!strcmp(strrchr(t->port[i].side[k].pin, '/') + 1, name))
				return true;
	return false;
}

static bool is_nobodys(void *self, const char *name)
{
	(void)self;
	(void)name;
	return false;
}

static void detach_all(struct tap_xdp *t)
{
	for (size_t i = 0; i < t->n_ports; i++)
		for (size_t k = 0; k < t->port[i].n_sides; k++)
			xdp_attach_down(&t->port[i].side[k]);
}

int tap_xdp_begin(struct tap_xdp *t, tap_xdp_safe_fn *is_safe, void *context, uint64_t newest)
{
	int error;

	t->generation = newest;
	xdp_state_sort(&t->state, is_safe, context, &t->generation);
	xdp_state_label_open(&t->state);
	xdp_state_set_config(&t->state, &t->config);
	error = attach_all(t);
	xdp_pins_unlink(t->folder, is_ours, t); /* a side that is not metered any more */
	if (!error && t->has_old) {
		xdp_pins_unlink(t->old_folder, is_nobodys, NULL);
		xdp_state_quiesce(&t->old);
		xdp_state_sort(&t->old, is_safe, context, &t->generation);
	}
	t->generation += SPARE;
	if (!error)
		error = start_watch(t);
	if (error)
		detach_all(t);
	return error;
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
	if (t->has_old && left_of(t, &t->old, true, left))
		return true;
	if (t->has_old) { /* all of it is written down */
		xdp_state_close(&t->old);
		xdp_pins_remove(t->old_folder);
		t->has_old = false;
	}
	return left_of(t, &t->state, false, left);
}

void tap_xdp_done(struct tap_xdp *t, uint64_t generation)
{
	if (t->has_old)
		xdp_state_done(&t->old, generation);
	xdp_state_done(&t->state, generation);
}

void tap_xdp_label(struct tap_xdp *t, uint64_t generation, int64_t start)
{
	xdp_state_label(&t->state, generation, start);
}

void tap_xdp_cut(struct tap_xdp *t, uint64_t generation, int64_t start)
{
	xdp_state_next(&t->state, generation, start);
}

struct bank *const *tap_xdp_rest(const struct tap_xdp *t, size_t *n)
{
	const struct xdp_state *s = &t->state;

	*n = s->resting < 0 ? 0 : s->bank[s->resting].n_cpus;
	return s->resting < 0 ? NULL : s->bank[s->resting].list;
}

void tap_xdp_rest_done(struct tap_xdp *t)
{
	xdp_state_rest_done(&t->state);
}

void tap_xdp_end(struct tap_xdp *t)
{
	stop_watch(t);
	detach_all(t);
	xdp_state_quiesce(&t->state);
	t->state.resting = (int)t->state.current;
}

static void close_state(struct tap_xdp *t)
{
	bool ours = t->state.record, empty = ours && xdp_state_empty(&t->state);

	xdp_state_close(&t->state);
	xdp_state_close(&t->old);
	if (empty)
		xdp_pins_remove(t->folder);
	else if (ours)
		log_warn("bpf: what was not written down stays pinned for the next start");
}

void tap_xdp_close(struct tap_xdp *t)
{
	if (!t)
		return;
	stop_watch(t);
	for (size_t i = 0; i < t->n_ports; i++)
		for (size_t k = 0; k < t->port[i].n_sides; k++)
			xdp_attach_leave(&t->port[i].side[k]);
	close_state(t);
	if (t->maps.view >= 0)
		close(t->maps.view);
	if (t->listen >= 0)
		close(t->listen);
	if (t->stop >= 0)
		close(t->stop);
	xdp_view_free(&t->plan);
	free(t->port);
	free(t);
}

uint64_t tap_xdp_missed(struct tap_xdp *t, size_t port)
{
	struct port *p = &t->port[port];
	uint64_t now = xdp_port_missed(p->interface, p->consume), since;

	since = now >= p->missed ? now - p->missed : now; /* an interface that came back counts from 0 */
	p->missed = now;
	return since;
}
