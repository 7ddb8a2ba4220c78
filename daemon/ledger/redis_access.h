/* SPDX-License-Identifier: BSD-3-Clause */
/* From sink_options to what a connection needs: own copies, TLS files read. */
#ifndef LEDGER_REDIS_ACCESS_H
#define LEDGER_REDIS_ACCESS_H

#include <stddef.h>

#include "redis_conn.h"
#include "sink_redis.h"

struct redis_servers {
	struct redis_server *server;
	size_t n, turn; /* whose turn it is, counted without end */
};

void redis_servers_copy(struct redis_servers *s, const struct sink_options *o);
void redis_servers_free(struct redis_servers *s);
/* Adds a server that a cluster told of; what is known already, and more than 64, is left out. */
void redis_servers_learn(struct redis_servers *s, const char *host, uint16_t port);
const struct redis_server *redis_servers_at(const struct redis_servers *s);

/* "host:port", or the path. */
void redis_server_name(const struct redis_server *server, char *out, size_t size);

/* 0, or -EINVAL and why. */
int redis_access_from(
	struct redis_access *a, const struct sink_options *o, char *reason, size_t size);
void redis_access_free(struct redis_access *a);

#endif
