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
	/* 0: the default of docs/redis.md. Ages are seconds before the newest interval, not before now. */
	uint64_t stream_max; /* intervals in the stream; 100,000 */
	int64_t stream_age;  /* how far the stream goes back; 400 days */
	int64_t usage_age;   /* how far five-minute usage goes back; 400 days */
	unsigned connect_ms; /* until a connection stands; 2,000 */
	unsigned reply_ms;   /* silence while a reply is due; 10,000 */
	/* NULL or false: not used. Files are PEM. */
	const char *user;	     /* with password_file; NULL: Redis' "default" */
	const char *password_file;   /* one line; or "credential:NAME", a systemd credential */
	bool tls;
	const char *tls_ca;	     /* NULL: the host's own store */
	const char *tls_certificate; /* of the client, with tls_key */
	const char *tls_key;
	const char *tls_name;	     /* whom the server's certificate names; NULL: the host asked for */
};

enum sink_state {
	SINK_WAITING,	 /* between two attempts to connect */
	SINK_CONNECTING, /* on the way to a cursor */
	SINK_PUSHING,	 /* Redis lacks intervals that the journal has */
	SINK_LEVEL,	 /* Redis holds all that the journal holds */
	SINK_STOPPED,	 /* Redis holds what this journal never wrote: a person must decide */
};

#define SINK_REASON_SIZE 240

struct sink_status {
	enum sink_state state;
	bool known;	   /* Redis has told where it is, and that belongs to this journal */
	uint64_t cursor;   /* the last seq that Redis has confirmed; 0 if it is not known */
	uint64_t head;	   /* the journal's last seq: head - cursor is the depth of the queue, in intervals */
	int64_t lag_s;	   /* from the end of the cursor's interval to that of the head's; 0 if not known */
	char reason[SINK_REASON_SIZE]; /* why it is not level, or "" */
};

/* `journal` is borrowed and must outlive the sink: a handle of the loop's thread, whose cellbook no other
 * thread uses; one for reading will do. NULL after one line in the log if a TLS file cannot be used. From
 * now on the process ignores SIGPIPE. */
struct sink *sink_redis_new(
	struct event_base *base, const struct sink_options *o, struct journal *journal);
void sink_redis_free(struct sink *s); /* accepts NULL */

/* The journal has grown. */
void sink_redis_wake(struct sink *s);
void sink_redis_status(const struct sink *s, struct sink_status *out);

/* Runs the loop until Redis is level with the journal or `timeout_ms` is over. 0, -ETIMEDOUT, or at once
 * -ESTALE when the sink is stopped. */
int sink_redis_drain(struct sink *s, struct event_base *base, int timeout_ms);

#endif
