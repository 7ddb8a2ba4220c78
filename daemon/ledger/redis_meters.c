/* SPDX-License-Identifier: BSD-3-Clause */
#include "redis_meters.h"

#include <errno.h>
#include <hiredis/hiredis.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "redis_access.h"
#include "redis_args.h"
#include "redis_ask.h"
#include "redis_conn.h"
#include "text.h"

#define SLOTS 16384 /* of every Redis Cluster */
#define TRIES 5     /* while slots move from master to master */

static const char key_begins[] = "transit:{", key_ends[] = "}:cursor";

void redis_meters_free(struct redis_meters *m)
{
	free(m->name);
	*m = (struct redis_meters){ 0 };
}

static void meters_add(struct redis_meters *m, const char *key)
{
	const char *name = key + strlen(key_begins), *end = strstr(key, key_ends);
	size_t size = end && end > name ? (size_t)(end - name) : 0;

	if (strncmp(key, key_begins, strlen(key_begins)) || !size || size >= NAME_SIZE || end[strlen(key_ends)])
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
	redis_args_printf(&q, "%s*%s", key_begins, key_ends);
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

/* The masters that own slots; none if there is no cluster. */
struct masters {
	struct redis_server *server;
	size_t n;
	unsigned slots;	  /* that some master owns */
	struct text text; /* who owns what: another text, another division */
};

static void masters_free(struct masters *m)
{
	for (size_t i = 0; i < m->n; i++)
		free(m->server[i].host);
	free(m->server);
	text_free(&m->text);
	*m = (struct masters){ 0 };
}

static void masters_add(struct masters *m, const char *host, uint16_t port)
{
	for (size_t i = 0; i < m->n; i++)
		if (m->server[i].port == port && !strcmp(m->server[i].host, host))
			return;
	m->server = mem_grow(m->server, m->n + 1, sizeof(*m->server));
	m->server[m->n++] = (struct redis_server){ mem_dup(host), port };
}

/* [first slot, last slot, [host, port, id], [replica's host, port, id] ...]. A host that the node does not
 * know (nil or "") is the one that answered. */
static bool take_range(struct masters *m, const redisReply *range, const char *answered)
{
	const redisReply *node = range->elements > 2 ? range->element[2] : NULL;
	const char *host;

	if (!node || node->elements < 2 || node->element[1]->type != REDIS_REPLY_INTEGER)
		return false;
	host = node->element[0]->type == REDIS_REPLY_STRING && node->element[0]->len ?
		       node->element[0]->str :
		       answered;
	m->slots += (unsigned)(range->element[1]->integer - range->element[0]->integer + 1);
	text_printf(&m->text, "%lld-%lld %s:%lld\n", range->element[0]->integer, range->element[1]->integer, host,
		node->element[1]->integer);
	masters_add(m, host, (uint16_t)node->element[1]->integer);
	return true;
}

/* The answer to CLUSTER SLOTS. */
static int take_slots(struct masters *m, const redisReply *reply, const char *answered)
{
	if (reply->type == REDIS_REPLY_ERROR && strstr(reply->str, "cluster support disabled"))
		return 0;
	if (reply->type != REDIS_REPLY_ARRAY) {
		log_error("redis %s: CLUSTER SLOTS, to find every meter: %s", answered,
			reply->type == REDIS_REPLY_ERROR ? reply->str : "not understood");
		return -EIO;
	}
	for (size_t i = 0; i < reply->elements; i++)
		if (!take_range(m, reply->element[i], answered)) {
			log_error("redis %s: CLUSTER SLOTS was not understood", answered);
			return -EIO;
		}
	if (m->slots == SLOTS)
		return 0;
	log_error("redis %s: of the cluster's %d slots %u have no master: the meters in them cannot be read", answered,
		SLOTS, SLOTS - m->slots);
	return -EIO;
}

static int find_masters(struct redis_ask *ask, struct masters *out)
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
	err = take_slots(out, reply, redis_ask_host(ask));
	freeReplyObject(reply);
	return err;
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

/* All masters, one after the other; one that does not answer makes the answer worthless. */
static int scan_masters(
	const struct sink_options *o, const struct masters *masters, struct redis_meters *found)
{
	for (size_t i = 0; i < masters->n; i++) {
		int err = scan_master(o, &masters->server[i], found);
		char name[128];

		if (!err)
			continue;
		redis_server_name(&masters->server[i], name, sizeof(name));
		log_error("redis %s: a master of the cluster; without it not every meter is known", name);
		return err;
	}
	return 0;
}

/* Slots that have changed their master meanwhile may have been looked for where they no longer, or not
 * yet, were: -EAGAIN. */
static int scan_all(const struct sink_options *o, struct redis_ask *ask, struct redis_meters *found)
{
	struct masters before = { 0 }, after = { 0 };
	int err = find_masters(ask, &before);

	if (!err && !before.n)
		err = scan_server(ask, found);
	else if (!err)
		err = scan_masters(o, &before, found);
	if (!err && before.n)
		err = find_masters(ask, &after);
	if (!err && before.n && strcmp(before.text.data, after.text.data ? after.text.data : ""))
		err = -EAGAIN;
	masters_free(&before);
	masters_free(&after);
	return err;
}

int redis_meters_find(const struct sink_options *o, struct redis_meters *out)
{
	struct redis_meters found = { 0 };
	struct redis_ask *ask;
	int err = redis_ask_open(o, &ask);

	if (err)
		return err;
	for (int i = 0; i < TRIES && (i == 0 || err == -EAGAIN); i++) {
		redis_meters_free(&found);
		err = scan_all(o, ask, &found);
	}
	if (err == -EAGAIN)
		log_error("redis: the cluster's slots do not stay with their masters; not every meter is known");
	redis_ask_close(ask);
	if (err) {
		redis_meters_free(&found);
		return err;
	}
	meters_sort(&found);
	*out = found;
	return 0;
}
