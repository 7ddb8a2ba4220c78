/* SPDX-License-Identifier: BSD-3-Clause */
#include "restart.h"

#include <string.h>

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && !strcmp(a, b));
}

static bool same_texts(char *const *a, size_t n_a, char *const *b, size_t n_b)
{
	if (n_a != n_b)
		return false;
	for (size_t i = 0; i < n_a; i++)
		if (strcmp(a[i], b[i]))
			return false;
	return true;
}

/* Workers know their taps by number: list and sources stay, direction and link may change. */
static bool same_taps(const struct config *a, const struct config *b)
{
	if (a->n_taps != b->n_taps)
		return false;
	for (size_t i = 0; i < a->n_taps; i++) {
		const struct config_tap *x = &a->taps[i], *y = &b->taps[i];

		if (strcmp(x->name, y->name) || x->kind != y->kind || strcmp(x->device, y->device))
			return false;
	}
	return true;
}

static bool same_servers(const struct config *a, const struct config *b)
{
	if (a->n_servers != b->n_servers)
		return false;
	for (size_t i = 0; i < a->n_servers; i++)
		if (strcmp(a->servers[i].host, b->servers[i].host) ||
			a->servers[i].port != b->servers[i].port)
			return false;
	return true;
}

static bool same_metrics(const struct config_metrics *a, const struct config_metrics *b)
{
	return same_text(a->listen, b->listen) && same_text(a->token_file, b->token_file);
}

static bool same_redis(const struct config_redis *a, const struct config_redis *b)
{
	return same_text(a->user, b->user) && same_text(a->password_file, b->password_file) &&
	       a->tls == b->tls && same_text(a->ca, b->ca) && same_text(a->certificate, b->certificate) &&
	       same_text(a->key, b->key) && same_text(a->name, b->name) &&
	       a->stream_max == b->stream_max && a->stream_age == b->stream_age &&
	       a->usage_age == b->usage_age;
}

const char *restart_needed(const struct config *a, const struct config *b)
{
	const struct {
		const char *key;
		bool same;
	} fixed[] = {
		{ "meter", !strcmp(a->meter, b->meter) },
		{ "interval", a->interval == b->interval },
		{ "journal", same_text(a->journal, b->journal) },
		{ "state", same_text(a->state, b->state) },
		{ "redis", same_servers(a, b) && same_redis(&a->redis, &b->redis) },
		{ "metrics", same_metrics(&a->metrics, &b->metrics) },
		{ "taps", same_taps(a, b) },
		{ "workers", a->n_worker_cpus == b->n_worker_cpus &&
				     !memcmp(a->worker_cpus, b->worker_cpus, sizeof(a->worker_cpus)) },
		{ "idle", a->idle_sleep == b->idle_sleep },
		{ "dpdk", same_texts(a->dpdk_args, a->n_dpdk_args, b->dpdk_args, b->n_dpdk_args) &&
				  a->dpdk_buffers == b->dpdk_buffers },
	};

	for (size_t i = 0; i < sizeof(fixed) / sizeof(*fixed); i++)
		if (!fixed[i].same)
			return fixed[i].key;
	return NULL;
}
