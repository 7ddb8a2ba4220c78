/* SPDX-License-Identifier: BSD-3-Clause */
#include "redis_ask.h"

#include <errno.h>
#include <event2/event.h>
#include <hiredis/hiredis.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "redis_access.h"
#include "redis_args.h"
#include "redis_conn.h"
#include "redis_error.h"

#define TRIES 6 /* servers that are down, redirections */

struct redis_ask {
	struct event_base *base;
	struct redis_access access;
	struct redis_servers servers;
	struct redis_server moved;
	bool use_moved, asking;
	struct redis_conn *conn;
	bool up, down;
	char reason[200];
	/* The questions being asked. */
	redisReply **replies;
	size_t n, got;
};

static const struct redis_server *ask_server(const struct redis_ask *a)
{
	return a->use_moved ? &a->moved : redis_servers_at(&a->servers);
}

const char *redis_ask_host(const struct redis_ask *a)
{
	return ask_server(a)->host;
}

int redis_ask_open(const struct sink_options *o, struct redis_ask **out)
{
	struct redis_ask *a = mem_alloc(sizeof(*a));
	char reason[160];
	int r = redis_access_from(&a->access, o, reason, sizeof(reason));

	if (r) {
		log_error("redis: %s", reason);
		free(a);
		return r;
	}
	redis_servers_copy(&a->servers, o);
	a->base = event_base_new();
	if (!a->base)
		abort(); /* out of memory, as in base/text.c */
	*out = a;
	return 0;
}

static void ask_hang_up(struct redis_ask *a)
{
	redis_conn_free(a->conn);
	a->conn = NULL;
	a->up = a->down = false;
}

void redis_ask_close(struct redis_ask *a)
{
	if (!a)
		return;
	ask_hang_up(a);
	event_base_free(a->base);
	redis_servers_free(&a->servers);
	redis_access_free(&a->access);
	free(a->moved.host);
	free(a);
}

static void on_up(void *context)
{
	((struct redis_ask *)context)->up = true;
}

static void on_reply(void *context, struct redisReply *reply)
{
	struct redis_ask *a = context;

	a->replies[a->got++] = reply;
}

static void on_down(void *context, const char *reason)
{
	struct redis_ask *a = context;

	a->down = true;
	snprintf(a->reason, sizeof(a->reason), "%s", reason);
}

static void ask_drop(struct redis_ask *a)
{
	for (size_t i = 0; i < a->got; i++)
		freeReplyObject(a->replies[i]);
	a->got = 0;
}

/* Connected and all answered, or down. */
static bool ask_round(struct redis_ask *a, const struct redis_args *question)
{
	static const struct redis_conn_ops ops = { .up = on_up, .reply = on_reply, .down = on_down };

	if (!a->conn)
		a->conn = redis_conn_open(a->base, ask_server(a), &a->access, a->asking, &ops, a);
	while (!a->up && !a->down)
		event_base_loop(a->base, EVLOOP_ONCE);
	for (size_t i = 0; i < a->n && !a->down; i++)
		redis_conn_send(a->conn, (const struct redis_args *const[]){ &question[i] }, 1);
	while (a->got < a->n && !a->down)
		event_base_loop(a->base, EVLOOP_ONCE);
	return a->got == a->n;
}

static const redisReply *ask_error(const struct redis_ask *a)
{
	for (size_t i = 0; i < a->got; i++)
		if (a->replies[i]->type == REDIS_REPLY_ERROR)
			return a->replies[i];
	return NULL;
}

/* Another server is to be asked; false if nothing of that kind happened. */
static bool ask_redirect(struct redis_ask *a, const char *error)
{
	struct redis_server target;

	if (!redis_error_target(error, ask_server(a), &target))
		return false;
	free(a->moved.host);
	a->moved = target;
	a->use_moved = true;
	a->asking = redis_error_is(error, "ASK");
	return true;
}

static int ask_errno(const struct redis_ask *a)
{
	static const char *const denied[] = { "NOAUTH", "WRONGPASS", "NOPERM" };

	for (size_t i = 0; i < sizeof(denied) / sizeof(*denied); i++)
		if (redis_error_is(a->reason, denied[i]))
			return -EACCES;
	return -EIO;
}

static void ask_next_server(struct redis_ask *a)
{
	if (!a->use_moved)
		a->servers.turn++;
	a->use_moved = a->asking = false;
}

static int ask_until_answered(struct redis_ask *a, const struct redis_args *question, size_t n,
	struct redisReply **replies, bool errors_too)
{
	char name[128];

	a->replies = replies;
	a->n = n;
	a->got = 0;
	for (int i = 0; i < TRIES; i++) {
		const redisReply *error;

		redis_server_name(ask_server(a), name, sizeof(name));
		if (ask_round(a, question)) {
			error = errors_too ? NULL : ask_error(a);
			if (!error)
				return 0;
			snprintf(a->reason, sizeof(a->reason), "%s", error->str);
		} else {
			error = NULL;
		}
		ask_hang_up(a);
		if (!error || !ask_redirect(a, error->str))
			ask_next_server(a);
		ask_drop(a);
		if (ask_errno(a) == -EACCES)
			break;
	}
	log_error("redis %s: %s", name, a->reason);
	return ask_errno(a);
}

int redis_ask_many(struct redis_ask *a, const struct redis_args *question, size_t n,
	struct redisReply **replies)
{
	return ask_until_answered(a, question, n, replies, false);
}

int redis_ask_any(struct redis_ask *a, const struct redis_args *question, struct redisReply **reply)
{
	return ask_until_answered(a, question, 1, reply, true);
}

int redis_ask_one(struct redis_ask *a, const struct redis_args *question, struct redisReply **reply)
{
	return redis_ask_many(a, question, 1, reply);
}
