/* SPDX-License-Identifier: BSD-3-Clause */
#include "redis_meters.h"

#include <errno.h>
#include <hiredis/hiredis.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "redis_access.h"
#include "redis_args.h"
#include "redis_ask.h"
#include "text.h"

static const char before[] = "transit:{", after[] = "}:cursor";

void redis_meters_free(struct redis_meters *m)
{
	free(m->name);
	*m = (struct redis_meters){ 0 };
}

static void meters_add(struct redis_meters *m, const char *key)
{
	const char *name = key + strlen(before), *end = strstr(key, after);
	size_t size = end && end > name ? (size_t)(end - name) : 0;

	if (strncmp(key, before, strlen(before)) || !size || size >= NAME_SIZE || end[strlen(after)])
		return; /* somebody else's key */
	m->name = mem_grow(m->name, m->n + 1, sizeof(*m->name));
	memset(m->name[m->n], 0, NAME_SIZE);
	memcpy(m->name[m->n++], name, size);
}

static int name_compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* SCAN may give a key twice. */
static void meters_sort(struct redis_meters *m)
{
	size_t kept = 0;

	if (m->n)
		qsort(m->name, m->n, sizeof(*m->name), name_compare);
	for (size_t i = 0; i < m->n; i++)
		if (!kept || strcmp(m->name[kept - 1], m->name[i]))
			memmove(m->name[kept++], m->name[i], NAME_SIZE);
	m->n = kept;
}

/* One page; the place to go on from stays in `place`, "0" at the end. */
static int scan_page(struct redis_ask *ask, struct text *place, struct redis_meters *out)
{
	struct redis_args q = { 0 };
	redisReply *reply;
	int err;

	redis_args_str(&q, "SCAN");
	redis_args_str(&q, place->data);
	redis_args_str(&q, "MATCH");
	redis_args_printf(&q, "%s*%s", before, after);
	redis_args_str(&q, "COUNT");
	redis_args_u64(&q, 1000);
	err = redis_ask_one(ask, &q, &reply);
	redis_args_free(&q);
	if (err)
		return err;
	text_clear(place);
	text_str(place, reply->elements == 2 ? reply->element[0]->str : "0");
	for (size_t i = 0; reply->elements == 2 && i < reply->element[1]->elements; i++)
		meters_add(out, reply->element[1]->element[i]->str);
	freeReplyObject(reply);
	return 0;
}

static int scan_server(struct redis_ask *ask, struct redis_meters *out)
{
	struct text place = { 0 };
	int err;

	text_str(&place, "0");
	do
		err = scan_page(ask, &place, out);
	while (!err && strcmp(place.data, "0"));
	text_free(&place);
	return err;
}

/* The masters that own slots, out of the answer to CLUSTER SLOTS; none if there is no cluster. */
static int find_masters(struct redis_ask *ask, struct redis_servers *masters)
{
	struct redis_args q = { 0 };
	redisReply *reply;
	int err;

	redis_args_str(&q, "CLUSTER");
	redis_args_str(&q, "SLOTS");
	err = redis_ask_any(ask, &q, &reply);
	redis_args_free(&q);
	if (err)
		return err;
	for (size_t i = 0; reply->type == REDIS_REPLY_ARRAY && i < reply->elements; i++) {
		const redisReply *range = reply->element[i], *node;

		node = range->elements > 2 ? range->element[2] : NULL;
		if (node && node->elements >= 2 && node->element[0]->type == REDIS_REPLY_STRING)
			redis_servers_learn(
				masters, node->element[0]->str, (uint16_t)node->element[1]->integer);
	}
	freeReplyObject(reply);
	return 0;
}

static int scan_master(
	const struct sink_options *o, const struct redis_server *server, struct redis_meters *out)
{
	const struct sink_server one = { server->host, server->port };
	struct sink_options options = *o;
	struct redis_ask *ask;
	int err;

	options.servers = &one;
	options.n_servers = 1;
	err = redis_ask_open(&options, &ask);
	if (err)
		return err;
	err = scan_server(ask, out);
	redis_ask_close(ask);
	return err;
}

int redis_meters_find(const struct sink_options *o, struct redis_meters *out)
{
	struct redis_servers masters = { 0 };
	struct redis_meters found = { 0 };
	struct redis_ask *ask;
	int err = redis_ask_open(o, &ask);

	if (err)
		return err;
	err = find_masters(ask, &masters);
	if (!err && !masters.n)
		err = scan_server(ask, &found);
	for (size_t i = 0; i < masters.n && !err; i++)
		err = scan_master(o, &masters.server[i], &found);
	redis_servers_free(&masters);
	redis_ask_close(ask);
	if (err) {
		redis_meters_free(&found);
		return err;
	}
	meters_sort(&found);
	*out = found;
	return 0;
}
