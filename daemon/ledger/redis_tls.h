/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * TLS to Redis, by OpenSSL under libevent: 1.2 or newer, the server's certificate is always checked
 * against a CA and against the name (or address) that was asked for; a client certificate where the
 * server wants one. One context per sink or reader; one thread.
 */
#ifndef LEDGER_REDIS_TLS_H
#define LEDGER_REDIS_TLS_H

#include <stdbool.h>
#include <stddef.h>

struct bufferevent;
struct event_base;
struct redis_tls;

struct redis_tls_files {
	const char *ca;		 /* PEM file; NULL: the host's own store */
	const char *certificate; /* PEM chain of the client, NULL: none; then no key either */
	const char *key;	 /* PEM key of the client */
	const char *name;	 /* what the server's certificate must be for; NULL: the host asked for */
};

/* 0, or -EINVAL with the file and what is wrong with it in `reason`. */
int redis_tls_new(
	const struct redis_tls_files *files, char *reason, size_t size, struct redis_tls **out);
void redis_tls_free(struct redis_tls *t); /* accepts NULL */

/* For one connection to `host`, not yet connected; NULL when memory ends. */
struct bufferevent *redis_tls_bufferevent(
	struct redis_tls *t, struct event_base *base, const char *host);

/* Why the connection failed, if TLS is to blame. */
bool redis_tls_error(struct bufferevent *bev, char *out, size_t size);

#endif
