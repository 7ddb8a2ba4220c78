/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Bounds that evhttp lacks: how many connections stand, and how long a request may take to come,
 * however slowly its bytes do. evhttp tells of a connection when it asks for its bufferevent and
 * never of its end. So we keep a reference of our own: a bufferevent that evhttp has freed has lost
 * its callbacks, and the last reference, ours, closes the socket. When there are too many, the
 * listener rests and clients wait in the kernel's queue.
 */
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <stdlib.h>
#include <time.h>

#include "web_server.h"

#define TICK_MS     100
#define INPUT_BYTES (WEB_HEADER_BYTES + WEB_BODY_BYTES + 4096u)

struct connection {
	struct bufferevent *bev;
	int64_t since; /* monotonic ms: when we began to wait for its request */
	bool heard;    /* the request is here; its answer is on the way out */
};

struct web_bound {
	struct web *web;
	struct event *tick; /* pending while there are connections */
	struct connection *connection;
	size_t n;
};

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static bool is_freed(const struct connection *c)
{
	bufferevent_event_cb event;

	bufferevent_getcb(c->bev, NULL, NULL, &event, NULL);
	return !event;
}

/* While evhttp writes, it has no read callback; then it waits for the next request, if there is
 * one. */
static bool is_waiting(struct connection *c)
{
	bufferevent_data_cb read;

	bufferevent_getcb(c->bev, &read, NULL, NULL, NULL);
	if (!c->heard || !read)
		return !c->heard;
	c->heard = false;
	c->since = now_ms();
	return true;
}

static void reap(struct web_bound *b)
{
	for (size_t i = 0; i < b->n;) {
		if (is_freed(&b->connection[i])) {
			bufferevent_decref(b->connection[i].bev);
			b->connection[i] = b->connection[--b->n];
		} else {
			i++;
		}
	}
}

static void on_tick(evutil_socket_t fd, short what, void *self)
{
	struct web_bound *b = self;
	int64_t late = now_ms() - (int64_t)b->web->options.request_s * 1000;

	(void)fd;
	(void)what;
	for (size_t i = 0; i < b->n; i++) {
		struct connection *c = &b->connection[i];

		if (!is_freed(c) && is_waiting(c) && c->since < late)
			bufferevent_trigger_event(c->bev, BEV_EVENT_TIMEOUT | BEV_EVENT_READING, 0);
	}
	reap(b);
	if (b->n < b->web->options.connections)
		evconnlistener_enable(b->web->listener);
	if (!b->n)
		event_del(b->tick);
}

/* evhttp has accepted a connection. */
static struct bufferevent *on_accept(struct event_base *base, void *self)
{
	const struct timeval often = { .tv_usec = TICK_MS * 1000 };
	struct web_bound *b = self;
	struct bufferevent *bev = bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE);

	if (!bev)
		return NULL;
	reap(b);
	bufferevent_incref(bev);
	bufferevent_setwatermark(bev, EV_READ, 0, INPUT_BYTES);
	b->connection[b->n++] = (struct connection){ .bev = bev, .since = now_ms() };
	if (b->n == b->web->options.connections)
		evconnlistener_disable(b->web->listener);
	event_add(b->tick, &often);
	return bev;
}

struct web_bound *web_bound_new(struct web *w)
{
	struct web_bound *b = mem_alloc(sizeof(*b));

	b->web = w;
	b->connection = mem_array(w->options.connections, sizeof(*b->connection));
	b->tick = event_new(w->base, -1, EV_PERSIST, on_tick, b);
	evhttp_set_bevcb(w->http, on_accept, b);
	return b;
}

void web_bound_free(struct web_bound *b)
{
	if (!b)
		return;
	reap(b);
	event_free(b->tick);
	free(b->connection);
	free(b);
}

unsigned web_bound_count(const struct web_bound *b)
{
	unsigned n = 0;

	for (size_t i = 0; i < b->n; i++)
		n += !is_freed(&b->connection[i]);
	return n;
}

void web_bound_heard(struct web_bound *b, struct bufferevent *bev)
{
	for (size_t i = 0; i < b->n; i++)
		if (b->connection[i].bev == bev)
			b->connection[i].heard = true;
}
