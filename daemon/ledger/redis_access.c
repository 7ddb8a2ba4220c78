/* SPDX-License-Identifier: BSD-3-Clause */
#include "redis_access.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "redis_tls.h"
#include "text.h"

#define SERVERS_MOST 64

void redis_servers_copy(struct redis_servers *s, const struct sink_options *o)
{
	*s = (struct redis_servers){ .n = o->n_servers };
	s->server = mem_array(o->n_servers, sizeof(*s->server));
	for (size_t i = 0; i < o->n_servers; i++)
		s->server[i] = (struct redis_server){ mem_dup(o->servers[i].host), o->servers[i].port };
}

void redis_servers_free(struct redis_servers *s)
{
	for (size_t i = 0; i < s->n; i++)
		free(s->server[i].host);
	free(s->server);
	*s = (struct redis_servers){ 0 };
}

void redis_servers_learn(struct redis_servers *s, const char *host, uint16_t port)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->server[i].port == port && strcmp(s->server[i].host, host) == 0)
			return;
	if (s->n >= SERVERS_MOST)
		return;
	s->server = mem_grow(s->server, s->n + 1, sizeof(*s->server));
	s->server[s->n++] = (struct redis_server){ mem_dup(host), port };
}

const struct redis_server *redis_servers_at(const struct redis_servers *s)
{
	return &s->server[s->turn % s->n];
}

void redis_server_name(const struct redis_server *server, char *out, size_t size)
{
	if (*server->host == '/')
		snprintf(out, size, "%s", server->host);
	else
		snprintf(out, size, strchr(server->host, ':') ? "[%s]:%u" : "%s:%u", server->host,
			(unsigned)server->port);
}

int redis_access_from(
	struct redis_access *a, const struct sink_options *o, char *reason, size_t size)
{
	const struct redis_tls_files files = { .ca = o->tls_ca, .certificate = o->tls_certificate,
		.key = o->tls_key, .name = o->tls_name };

	*a = (struct redis_access){ .connect_ms = o->connect_ms, .reply_ms = o->reply_ms };
	if (o->tls) {
		int r = redis_tls_new(&files, reason, size, &a->tls);

		if (r)
			return r;
	}
	a->user = o->user ? mem_dup(o->user) : NULL;
	a->password_file = o->password_file ? mem_dup(o->password_file) : NULL;
	return 0;
}

void redis_access_free(struct redis_access *a)
{
	redis_tls_free(a->tls);
	free(a->user);
	free(a->password_file);
	*a = (struct redis_access){ 0 };
}
