/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Redis as a projection of the journal: read from the journal, in order, pipelined, inside the daemon's
 * event loop. Nothing here blocks, and nothing that Redis does delays a cut. Keys and the server-side
 * step are documented in docs/redis.md. Main-loop thread only.
 */
#ifndef LEDGER_SINK_REDIS_H
#define LEDGER_SINK_REDIS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "journal.h"

struct event_base;
struct sink;

struct sink_server {
	const char *host; /* a name or address, or a path that starts with '/' (Unix socket) */
	uint16_t port;
};

struct sink_options {
	const struct sink_server *servers; /* copied */
	size_t n_servers;
	const char *meter;
	unsigned interval; /* seconds */
};

enum sink_state {
	SINK_WAITING,	 /* between two attempts to connect */
	SINK_CONNECTING, /* on the way to a cursor */
	SINK_PUSHING,	 /* Redis lacks intervals that the journal has */
	SINK_LEVEL,	 /* Redis holds all that the journal holds */
	SINK_STOPPED,	 /* Redis holds what this journal never wrote: a person must decide */
};

struct sink_status {
	enum sink_state state;
	uint64_t cursor;   /* the last seq that Redis has confirmed */
	uint64_t head;	   /* the journal's last seq */
	char reason[160];  /* why it is not level, or "" */
};

/* `journal` is borrowed and must outlive the sink; it is the writer's own handle (same thread). */
struct sink *sink_redis_new(
	struct event_base *base, const struct sink_options *o, struct journal *journal);
void sink_redis_free(struct sink *s); /* accepts NULL */

/* The journal has grown. */
void sink_redis_wake(struct sink *s);
void sink_redis_status(const struct sink *s, struct sink_status *out);

/* Runs the loop until Redis is level with the journal or `timeout_ms` is over. 0, or -ETIMEDOUT. */
int sink_redis_drain(struct sink *s, struct event_base *base, int timeout_ms);

#endif
