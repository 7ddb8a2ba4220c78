/* SPDX-License-Identifier: BSD-3-Clause */
#include "xdp_ports.h"

#include <errno.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "log.h"
#include "tap_xdp.h"
#include "text.h"

_Static_assert(XDP_PORT_NAME == IF_NAMESIZE, "as the kernel has it");
_Static_assert(TAP_XDP_WORDS == XDP_ATTACH_WORDS, "the same words");

static int read_device(struct xdp_ports_port *p, const struct tap_xdp_port *o)
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
	snprintf(p->tap, sizeof(p->tap), "%s", o->name);
	p->number = o->tap;
	memcpy(p->interface, o->device, size);
	p->consume = comma && !strcmp(comma, ",mode=consume");
	return 0;
}

int xdp_ports_init(struct xdp_ports *p, const char *folder, const struct tap_xdp_port *port, size_t n)
{
	static const char *const names[SIDES] = { "received", "sent" };
	int error;

	*p = (struct xdp_ports){ .n = n, .listen = -1, .stop = -1, .port = mem_array(n, sizeof(*p->port)) };
	pthread_mutex_init(&p->lock, NULL);
	error = xdp_lost_init(&p->lost, n);
	for (size_t i = 0; i < n && !error; i++) {
		struct xdp_ports_port *at = &p->port[i];

		error = read_device(at, &port[i]);
		for (enum xdp_side k = 0; k < SIDES; k++) {
			struct xdp_attach *a = &at->side[k];

			*a = (struct xdp_attach){ .interface = at->interface,
				.number = at->number,
				.sent = k == SIDE_SENT,
				.consume = at->consume };
			memcpy(a->tap, at->tap, sizeof(a->tap));
			snprintf(a->pin, sizeof(a->pin), "%s/%s-%s", folder, at->tap, names[k]);
		}
	}
	return error;
}

void xdp_ports_free(struct xdp_ports *p)
{
	if (p->listen >= 0)
		close(p->listen);
	if (p->stop >= 0)
		close(p->stop);
	xdp_lost_free(&p->lost);
	pthread_mutex_destroy(&p->lock);
	free(p->port);
}

/* A mirror port receives both directions. A router's own port receives what is ingress and sends what is egress. */
static bool is_metered(const struct xdp_ports_port *p, enum xdp_side side, const struct view *v)
{
	enum view_direction direction = v->tap[p->number].direction;

	if (side == SIDE_SENT)
		return !p->consume && direction != VIEW_INGRESS;
	return p->consume || direction != VIEW_EGRESS;
}

/* What the interface loses is asked for as long as a program is on it that counts the rest. */
static void mind(struct xdp_ports *p, struct xdp_ports_port *at, bool is_counted)
{
	size_t port = (size_t)(at - p->port);

	if (is_counted && !at->is_minded)
		xdp_lost_begin(&p->lost, port, at->tap, at->interface, at->index, at->consume);
	else if (!is_counted && at->is_minded)
		xdp_lost_end(&p->lost, port);
	at->is_minded = is_counted;
}

static int port_up(struct xdp_ports *p, struct xdp_ports_port *at, const struct xdp_era *era)
{
	int error = 0;

	for (enum xdp_side k = 0; k < SIDES && !error; k++)
		if (is_metered(at, k, era->view))
			error = xdp_attach_up(&at->side[k], &era->plan, &era->maps);
	at->index = error ? 0 : (int)if_nametoindex(at->interface);
	if (at->index)
		mind(p, at, is_metered(at, SIDE_RECEIVED, era->view));
	return error;
}

static void port_down(struct xdp_ports *p, struct xdp_ports_port *at)
{
	mind(p, at, false);
	for (enum xdp_side k = 0; k < SIDES; k++)
		xdp_attach_down(&at->side[k]);
	at->index = 0;
}

/* Interfaces by number: one that went and came back has another. */
static void look_at(struct xdp_ports *p, struct xdp_ports_port *at)
{
	int index = (int)if_nametoindex(at->interface);

	if (at->index && index != at->index) {
		log_warn("tap %s: interface %s is gone", at->tap, at->interface);
		port_down(p, at);
	}
	if (!at->index && index && !port_up(p, at, p->era))
		log_info("tap %s: interface %s is back", at->tap, at->interface);
}

static void *watch(void *self)
{
	struct xdp_ports *p = self;
	struct pollfd fds[] = { { .fd = p->listen, .events = POLLIN }, { .fd = p->stop, .events = POLLIN } };

	pthread_setname_np(pthread_self(), "interfaces");
	for (;;) {
		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			log_error("bpf: poll: %s", strerror(errno));
		if (fds[1].revents)
			return NULL;
		xdp_port_heard(p->listen);
		pthread_mutex_lock(&p->lock);
		for (size_t i = 0; i < p->n; i++)
			look_at(p, &p->port[i]);
		pthread_mutex_unlock(&p->lock);
	}
}

static int start_watch(struct xdp_ports *p)
{
	int error;

	p->stop = eventfd(0, EFD_CLOEXEC);
	p->listen = xdp_port_listen();
	if (p->listen < 0)
		return p->listen;
	error = -pthread_create(&p->watch, NULL, watch, p);
	p->watches = !error;
	return error;
}

static void stop_watch(struct xdp_ports *p)
{
	uint64_t one = 1;

	if (!p->watches)
		return;
	if (write(p->stop, &one, sizeof(one)) < 0)
		log_error("bpf: eventfd: %s", strerror(errno));
	pthread_join(p->watch, NULL);
	p->watches = false;
}

int xdp_ports_up(struct xdp_ports *p, const struct xdp_era *era)
{
	int error = 0;

	p->era = era;
	for (size_t i = 0; i < p->n && !error; i++)
		error = port_up(p, &p->port[i], era);
	if (!error)
		error = start_watch(p);
	if (error)
		xdp_ports_down(p);
	return error;
}

int xdp_ports_prepare(struct xdp_ports *p, struct xdp_era *era)
{
	int error = 0;

	era->n_ready = p->n * SIDES;
	era->ready = mem_array(era->n_ready, sizeof(*era->ready));
	for (size_t i = 0; i < era->n_ready && !error; i++) {
		const struct xdp_ports_port *at = &p->port[i / SIDES];
		struct xdp_attach now;
		bool is_there;

		pthread_mutex_lock(&p->lock); /* not while a program is loaded: a cut may wait for it */
		now = at->side[i % SIDES];
		is_there = at->index != 0;
		pthread_mutex_unlock(&p->lock);
		if (is_there && is_metered(at, i % SIDES, era->view))
			error = xdp_attach_prepare(&now, &era->plan, &era->maps, &era->ready[i]);
	}
	return error;
}

static void switch_port(struct xdp_ports *p, struct xdp_ports_port *at, struct xdp_era *era,
	struct xdp_ready ready[static SIDES])
{
	bool is_counted = is_metered(at, SIDE_RECEIVED, era->view);

	mind(p, at, at->is_minded && is_counted); /* the last look is while the program is there, the first one too */
	for (enum xdp_side k = 0; k < SIDES; k++) {
		struct xdp_attach *a = &at->side[k];

		if (!is_metered(at, k, era->view))
			xdp_attach_down(a);
		else if (xdp_attach_switch(a, &ready[k]) && xdp_attach_up(a, &era->plan, &era->maps))
			xdp_attach_down(a); /* better nothing than counts that nobody takes */
	}
	mind(p, at, is_counted);
}

void xdp_ports_switch(struct xdp_ports *p, struct xdp_era *era)
{
	pthread_mutex_lock(&p->lock);
	p->era = era;
	for (size_t i = 0; i < p->n; i++)
		if (p->port[i].index)
			switch_port(p, &p->port[i], era, &era->ready[i * SIDES]);
	pthread_mutex_unlock(&p->lock);
}

void xdp_ports_down(struct xdp_ports *p)
{
	stop_watch(p);
	for (size_t i = 0; i < p->n; i++)
		port_down(p, &p->port[i]);
}

void xdp_ports_leave(struct xdp_ports *p)
{
	stop_watch(p);
	for (size_t i = 0; i < p->n; i++) {
		mind(p, &p->port[i], false);
		for (enum xdp_side k = 0; k < SIDES; k++)
			xdp_attach_leave(&p->port[i].side[k]);
	}
}

void xdp_ports_ask(struct xdp_ports *p)
{
	xdp_lost_ask(&p->lost);
}

uint64_t xdp_ports_missed(struct xdp_ports *p, size_t port)
{
	return xdp_lost_take(&p->lost, port);
}

void xdp_ports_state(struct xdp_ports *p, size_t port, struct tap_xdp_state *out)
{
	const struct xdp_ports_port *at = &p->port[port];

	pthread_mutex_lock(&p->lock);
	out->interface = at->interface;
	out->is_there = at->index != 0;
	xdp_attach_words(&at->side[SIDE_RECEIVED], out->received);
	xdp_attach_words(&at->side[SIDE_SENT], out->sent);
	pthread_mutex_unlock(&p->lock);
}
