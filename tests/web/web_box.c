/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A server for tests/web/test_web.py: web_box LISTEN [TOKEN_FILE]. Small bounds, routes of every access, a
 * feed. Prints its port, and ends on SIGTERM with all that it had freed.
 */
#include <event2/event.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "exit.h"
#include "log.h"
#include "web.h"
#include "web_reply.h"
#include "web_stream.h"

struct box {
	struct event_base *base;
	struct web *web;
	struct web_feed *feed;
};

static void say(struct web_request *r, struct text *t)
{
	web_reply_text(r, 200, "text/plain", t);
	text_free(t);
}

/* Who asked what. */
static void who(struct web_request *r, void *self)
{
	const char *scope = web_scope(r), *name = web_query(r, "name");
	struct text t = { 0 };

	(void)self;
	text_printf(&t, "%s %s %s %s", web_path(r), web_user(r), scope ? scope : "-", name ? name : "-");
	say(r, &t);
}

static void echo(struct web_request *r, void *self)
{
	size_t size;
	const char *body = web_body(r, &size);

	(void)self;
	web_reply_header(r, "Cache-Control", "max-age=60");
	web_reply(r, 200, "application/octet-stream", body, size);
}

/* More than the kernel's buffers take. */
static void big(struct web_request *r, void *self)
{
	static const char zeros[16 << 20];

	(void)self;
	web_reply(r, 200, "application/octet-stream", zeros, sizeof(zeros));
}

static void silent(struct web_request *r, void *self)
{
	(void)r;
	(void)self;
}

static void counts(struct web_request *r, void *self)
{
	struct box *b = self;
	struct text t = { 0 };

	text_printf(&t, "%u %zu %zu", web_connections(b->web), web_feed_count(b->feed), web_feed_waiting(b->feed));
	say(r, &t);
}

static void events(struct web_request *r, void *self)
{
	struct box *b = self;
	struct web_stream *s = web_feed_join(b->feed, r);
	struct text t = { 0 };

	if (!s)
		return;
	web_event(&t, "hello", "two\nlines");
	web_stream_send(s, t.data, t.size);
	text_free(&t);
}

/* /send?bytes=N: an event of so many bytes to all; the body says how many streams are left. */
static void send_all(struct web_request *r, void *self)
{
	const char *bytes = web_query(r, "bytes");
	struct box *b = self;
	struct text data = { 0 }, event = { 0 }, t = { 0 };

	for (long n = bytes ? atol(bytes) : 0; n > 0; n--)
		text_add(&data, "x", 1);
	web_event(&event, NULL, data.size ? data.data : "");
	web_feed_send(b->feed, event.data, event.size);
	text_free(&data);
	text_free(&event);
	text_printf(&t, "%zu", web_feed_count(b->feed));
	say(r, &t);
}

static void stop(evutil_socket_t number, short what, void *base)
{
	(void)number;
	(void)what;
	event_base_loopbreak(base);
}

static const struct web_route routes[] = {
	{ WEB_GET, "/open", WEB_OPEN, who },
	{ WEB_GET, "/whole", WEB_WHOLE, who },
	{ WEB_GET, "/part/*", WEB_SCOPED, who },
	{ WEB_POST, "/echo", WEB_SCOPED, echo },
	{ WEB_GET, "/big", WEB_OPEN, big },
	{ WEB_GET, "/silent", WEB_OPEN, silent },
	{ WEB_GET, "/counts", WEB_OPEN, counts },
	{ WEB_GET, "/events", WEB_SCOPED, events },
	{ WEB_POST, "/send", WEB_OPEN, send_all },
	{ 0 },
};

int main(int argc, char **argv)
{
	struct box b = { .base = event_base_new(), .feed = web_feed_new() };
	const struct web_options options = {
		.listen = argc > 1 ? argv[1] : "",
		.token_file = argc > 2 ? argv[2] : NULL,
		.cookie = "token",
		.routes = routes,
		.context = &b,
		.connections = 60,
		.request_s = 1,
		.write_s = 3,
		.beat_s = 1,
		.stream_bytes = 64 << 10,
	};
	struct event *term = evsignal_new(b.base, SIGTERM, stop, b.base);
	int error;

	log_init("web_box", LOG_INFO);
	signal(SIGPIPE, SIG_IGN);
	event_add(term, NULL);
	error = web_open(b.base, &options, &b.web);
	if (!error) {
		printf("%u\n", web_port(b.web));
		fflush(stdout);
		event_base_dispatch(b.base);
	}
	web_close(b.web);
	web_feed_free(b.feed);
	event_free(term);
	event_base_free(b.base);
	return error ? EXIT_BAD_INPUT : EXIT_DONE;
}
