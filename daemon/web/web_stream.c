/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A stream is an evhttp request that is never finished. However its connection ends, evhttp calls
 * on_close(): the one place where a stream is freed.
 */
#include "web_stream.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "web_server.h"

#define SOCKET_BYTES (64 << 10) /* of what waits, in the kernel; ours comes on top */

struct web_stream {
	struct web *web;
	struct evhttp_request *http;
	struct evhttp_connection *connection;
	struct web_token token; /* whose it is, where has_token */
	bool has_token;
	web_closed_fn *closed;
	void *context;
	unsigned quiet;  /* seconds since something was sent */
	unsigned stuck;  /* seconds for which something waits and the client took nothing */
	uint64_t queued; /* bytes, without the marks of chunks */
	uint64_t taken;  /* of these, when it was looked at last */
	TAILQ_ENTRY(web_stream) all;
	TAILQ_ENTRY(web_stream) mates; /* of its feed */
};

static void on_close(struct evhttp_connection *connection, void *self)
{
	struct web_stream *s = self;

	(void)connection;
	TAILQ_REMOVE(&s->web->streams, s, all);
	/* evhttp frees the request with the connection, unless a failed one left it to us. */
	if (!evhttp_request_get_connection(s->http))
		evhttp_request_free(s->http);
	s->closed(s, s->context);
	free(s);
}

/* The client says nothing more, so reading has no deadline. That of writing begins anew with all
 * that is sent: web_stream_beat() has one that does not. */
static void set_up(struct web_stream *s)
{
	struct bufferevent *bev = evhttp_connection_get_bufferevent(s->connection);
	const int size = SOCKET_BYTES;

	bufferevent_set_timeouts(bev, NULL, NULL);
	setsockopt(bufferevent_getfd(bev), SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	evhttp_connection_set_closecb(s->connection, on_close, s);
}

struct web_stream *web_stream_begin(struct web_request *r, web_closed_fn *closed, void *context)
{
	struct web_stream *s;

	web_reply_guard(r);
	r->answered = true;
	evhttp_add_header(
		evhttp_request_get_output_headers(r->http), "Content-Type", "text/event-stream");
	evhttp_add_header(evhttp_request_get_output_headers(r->http), "Connection", "close");
	evhttp_send_reply_start(r->http, 200, "OK");
	if (web_is_head(r)) {
		evhttp_send_reply_end(r->http);
		return NULL;
	}
	s = mem_alloc(sizeof(*s));
	s->web = r->web;
	s->http = r->http;
	s->connection = evhttp_request_get_connection(r->http);
	s->has_token = r->token != NULL;
	if (r->token)
		s->token = *r->token;
	s->closed = closed;
	s->context = context;
	TAILQ_INSERT_TAIL(&s->web->streams, s, all);
	set_up(s);
	return s;
}

size_t web_stream_waiting(const struct web_stream *s)
{
	struct bufferevent *bev = evhttp_connection_get_bufferevent(s->connection);

	return evbuffer_get_length(bufferevent_get_output(bev));
}

int web_stream_send(struct web_stream *s, const void *data, size_t size)
{
	struct evbuffer *chunk;

	if (web_stream_waiting(s) + size > s->web->options.stream_bytes) {
		web_stream_end(s);
		return -ENOBUFS;
	}
	s->quiet = 0;
	s->queued += size;
	chunk = evbuffer_new();
	evbuffer_add(chunk, data, size);
	evhttp_send_reply_chunk(s->http, chunk);
	evbuffer_free(chunk);
	return 0;
}

void web_stream_end(struct web_stream *s)
{
	evhttp_connection_free(s->connection);
}

static bool is_stuck(struct web_stream *s)
{
	size_t waiting = web_stream_waiting(s);
	uint64_t taken = s->queued - waiting;

	s->stuck = waiting && taken == s->taken ? s->stuck + 1 : 0;
	s->taken = taken;
	return s->stuck >= s->web->options.write_s;
}

/* A token that is no longer in the file, or has another scope there, takes its streams with it. */
static bool is_revoked(const struct web_stream *s)
{
	const struct web_token *now;

	if (!s->has_token)
		return false;
	now = web_tokens_know(web_token_file_now(s->web->tokens), &s->token.digest);
	return !now || strcmp(now->scope, s->token.scope);
}

void web_stream_beat(struct web *w)
{
	static const char comment[] = ":\n\n";
	struct web_stream *s, *next;

	for (s = TAILQ_FIRST(&w->streams); s; s = next) {
		next = TAILQ_NEXT(s, all);
		if (is_stuck(s) || is_revoked(s))
			web_stream_end(s);
		else if (++s->quiet >= w->options.beat_s && !web_stream_waiting(s))
			web_stream_send(s, comment, sizeof(comment) - 1);
	}
}

void web_event(struct text *out, const char *name, const char *data)
{
	if (name)
		text_printf(out, "event: %s\n", name);
	for (;;) {
		size_t n = strcspn(data, "\r\n");

		text_str(out, "data: ");
		text_add(out, data, n);
		text_str(out, "\n");
		data += n;
		if (!*data)
			break;
		data += 1 + (data[0] == '\r' && data[1] == '\n');
	}
	text_str(out, "\n");
}

struct web_feed {
	TAILQ_HEAD(, web_stream) streams;
	size_t n;
};

struct web_feed *web_feed_new(void)
{
	struct web_feed *f = mem_alloc(sizeof(*f));

	TAILQ_INIT(&f->streams);
	return f;
}

void web_feed_free(struct web_feed *f)
{
	if (!f)
		return;
	while (f->n)
		web_stream_end(TAILQ_FIRST(&f->streams));
	free(f);
}

static void leave(struct web_stream *s, void *self)
{
	struct web_feed *f = self;

	TAILQ_REMOVE(&f->streams, s, mates);
	f->n--;
}

struct web_stream *web_feed_join(struct web_feed *f, struct web_request *r)
{
	struct web_stream *s = web_stream_begin(r, leave, f);

	if (s) {
		TAILQ_INSERT_TAIL(&f->streams, s, mates);
		f->n++;
	}
	return s;
}

void web_feed_send(struct web_feed *f, const void *data, size_t size)
{
	struct web_stream *s, *next;

	for (s = TAILQ_FIRST(&f->streams); s; s = next) {
		next = TAILQ_NEXT(s, mates);
		web_stream_send(s, data, size);
	}
}

size_t web_feed_count(const struct web_feed *f)
{
	return f->n;
}

size_t web_feed_waiting(const struct web_feed *f)
{
	const struct web_stream *s;
	size_t sum = 0;

	TAILQ_FOREACH (s, &f->streams, mates)
		sum += web_stream_waiting(s);
	return sum;
}
