/* SPDX-License-Identifier: BSD-3-Clause */
/* What the files of this folder share; for nobody else. */
#ifndef WEB_WEB_SERVER_H
#define WEB_WEB_SERVER_H

#include <event2/http.h>
#include <event2/keyvalq_struct.h>
#include <sys/queue.h>

#include "web.h"
#include "web_stream.h"
#include "web_token.h"

struct evconnlistener;
struct bufferevent;
struct event;

/* The connections that stand, and the bounds that evhttp does not know (web_bound.c). */
struct web_bound;
struct web_bound *web_bound_new(struct web *w);
void web_bound_free(struct web_bound *b); /* after evhttp_free(); accepts NULL */
unsigned web_bound_count(const struct web_bound *b);
/* This connection's request is here, so no deadline holds until its answer is out. */
void web_bound_heard(struct web_bound *b, struct bufferevent *bev);

struct web {
	struct event_base *base;
	struct evhttp *http;
	struct evconnlistener *listener; /* evhttp's */
	struct web_options options;      /* with defaults; strings are ours */
	struct web_token_file *tokens;   /* NULL: none */
	struct web_bound *bound;
	struct event *beat;
	TAILQ_HEAD(web_streams, web_stream) streams;
};

struct web_request {
	struct web *web;
	struct evhttp_request *http;
	const struct web_token *token; /* NULL: the server has none, or the route is open */
	struct text path;
	struct evkeyvalq query;
	bool answered;
};

bool web_is_head(const struct web_request *r);
/* The headers that every reply has. */
void web_reply_guard(struct web_request *r);
/* Once a second, by the server's timer. */
void web_stream_beat(struct web *w);

#endif
