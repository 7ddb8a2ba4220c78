/* SPDX-License-Identifier: BSD-3-Clause */
#include "sink_config.h"

#include <errno.h>
#include <stdlib.h>

#include "text.h"

int sink_config_from(const struct config *c, struct sink_config *out)
{
	struct sink_server *servers;

	if (!c->n_servers)
		return -ENOENT;
	servers = mem_array(c->n_servers, sizeof(*servers));
	for (size_t i = 0; i < c->n_servers; i++)
		servers[i] = (struct sink_server){ c->servers[i].host, c->servers[i].port };
	*out = (struct sink_config){ .servers = servers,
		.options = { .servers = servers, .n_servers = c->n_servers, .meter = c->meter,
			.interval = c->interval, .user = c->redis.user,
			.password_file = c->redis.password_file, .tls = c->redis.tls,
			.tls_ca = c->redis.ca, .tls_certificate = c->redis.certificate,
			.tls_key = c->redis.key, .tls_name = c->redis.name,
			.stream_max = c->redis.stream_max, .stream_age = c->redis.stream_age,
			.usage_age = c->redis.usage_age } };
	return 0;
}

void sink_config_free(struct sink_config *s)
{
	free(s->servers);
	*s = (struct sink_config){ 0 };
}
