/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One connection to one Redis server: libevent moves the bytes, hiredis formats commands and reads
 * replies. TCP, Unix sockets and TLS differ only in how the connection is made. Commands may be
 * pipelined; replies come in the order of the commands. Nothing blocks, name look-up included.
 * One thread. The owner frees the connection, also after `down`, also inside a callback.
 */
#ifndef LEDGER_REDIS_CONN_H
#define LEDGER_REDIS_CONN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct event_base;
struct redis_args;
struct redis_conn;
struct redis_tls;
struct redisReply;

struct redis_server {
	char *host; /* a name or address, or a path that starts with '/' (Unix socket) */
	uint16_t port;
};

/* How to reach and to be let in. Borrowed; outlives the connection. */
struct redis_access {
	char *user;	       /* NULL: Redis' "default" */
	char *password_file;   /* NULL: no AUTH. Read at each connect, so a new password is picked up */
	struct redis_tls *tls; /* NULL: plain */
	unsigned connect_ms;   /* until the connection stands, TLS included; 0: 2,000 */
	unsigned reply_ms;     /* without a byte while a reply is due; 0: 10,000 */
};

struct redis_conn_ops {
	/* Connected, and let in where a password is set. */
	void (*up)(void *context);
	/* The reply to the oldest command without one; the callee's from now on (freeReplyObject()). */
	void (*reply)(void *context, struct redisReply *reply);
	/* It is over: refused, closed, timed out, not let in. Called once, and nothing after it. */
	void (*down)(void *context, const char *reason);
};

/* Never NULL: what fails at once is told through `down` from the loop. `asking`: every command is sent
 * with ASKING before it (a cluster slot on its way to this server). */
struct redis_conn *redis_conn_open(struct event_base *base, const struct redis_server *server,
	const struct redis_access *access, bool asking, const struct redis_conn_ops *ops,
	void *context);
void redis_conn_free(struct redis_conn *c); /* accepts NULL */

/* Sends one command: the arguments of all lists, one after the other. */
void redis_conn_send(struct redis_conn *c, const struct redis_args *const *list, size_t n_lists);

/* Sends one command of strings, ended by NULL. */
void redis_conn_command(struct redis_conn *c, const char *const *argv);

/* Bytes given to redis_conn_send() that the kernel has not taken yet. */
size_t redis_conn_unsent(const struct redis_conn *c);

#endif
