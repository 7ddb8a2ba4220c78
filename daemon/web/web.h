/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A small HTTP/1.1 server on libevent's evhttp: a table of routes, bearer tokens, replies from
 * memory and event streams (web_stream.h). It lives on an event base that the caller runs; all is
 * called by that base's thread. No globals: a process may have several.
 *
 * What holds for every server: beyond loopback nothing is served without tokens; connections,
 * headers, bodies, waiting and what a slow client makes us keep are bounded; a handler answers
 * before it returns. Without tokens a request must name this host as an address or as "localhost",
 * so that no web page can reach it by a DNS name of its own (rebinding).
 */
#ifndef WEB_WEB_H
#define WEB_WEB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "text.h"

struct event_base;
struct web;
struct web_request;

enum web_method {
	WEB_GET, /* answers HEAD too */
	WEB_POST,
};

/* Who may ask, when the server has tokens. */
enum web_access {
	WEB_OPEN,   /* anybody */
	WEB_WHOLE,  /* who has a token without a scope; others get 401 or 403 */
	WEB_SCOPED, /* who has any token; the handler keeps to web_scope() */
};

/* Must reply (web_reply.h) or begin a stream before it returns; else the client gets status 500. */
typedef void web_answer_fn(struct web_request *r, void *context);

struct web_route {
	enum web_method method;
	const char *path; /* whole, or its beginning when it ends in '*' */
	enum web_access access;
	web_answer_fn *answer;
};

struct web_options {
	const char *listen;     /* "127.0.0.1:9469", "[::1]:9469"; port 0: any that is free */
	const char *token_file; /* web_token.h; read again when it changes. NULL: no tokens */
	const char *cookie;     /* a cookie that may carry the token too, for pages. NULL: none */
	const char *policy;     /* Content-Security-Policy. NULL: nothing may be loaded */
	const struct web_route *routes; /* ends with a NULL path; the first that fits; borrowed */
	void *context;                  /* of the handlers */
	/* 0: the default below. */
	unsigned connections; /* at a time; more wait in the kernel's queue */
	unsigned request_s; /* until a request has come whole, also between two on one connection */
	unsigned write_s;   /* a client that takes nothing for so long is dropped */
	unsigned beat_s;    /* an idle stream gets a comment after so long */
	size_t stream_bytes; /* what may wait for a stream's client; with more it is dropped */
};

#define WEB_CONNECTIONS  64
#define WEB_REQUEST_S    15
#define WEB_WRITE_S      20
#define WEB_BEAT_S       15
#define WEB_STREAM_BYTES (256u << 10)
#define WEB_HEADER_BYTES (16u << 10)
#define WEB_BODY_BYTES   (16u << 10)

/* Listens. 0 and *out; or, logged: -EINVAL (not an address, a bad token file), -EPERM (beyond
 * loopback without tokens), -errno (a file or an address that cannot be had). Strings are copied.
 */
int web_open(struct event_base *base, const struct web_options *o, struct web **out);
/* Ends all connections; streams are told. Accepts NULL. */
void web_close(struct web *w);

uint16_t web_port(const struct web *w);
unsigned web_connections(const struct web *w); /* that stand now */

/* The question. What is returned lives as long as the handler runs. */
const char *web_path(const struct web_request *r);                    /* decoded, without query */
const char *web_query(const struct web_request *r, const char *name); /* decoded; NULL: not there */
const char *web_header(const struct web_request *r, const char *name); /* NULL: not there */
const char *web_body(struct web_request *r, size_t *size);
const char *web_user(const struct web_request *r);  /* the token's name; "" without tokens */
const char *web_scope(const struct web_request *r); /* the token's scope; NULL: the whole */

#endif
