/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Questions to Redis that wait for their answers, for programs that have nothing else to do meanwhile
 * (transitctl, tests). The same connection code as the sink's, in an event loop of its own. Questions only
 * read, so one whose connection breaks, or that belongs to another server of the cluster, is asked again.
 * One thread. What cannot be had is logged once, with the server's name.
 */
#ifndef LEDGER_REDIS_ASK_H
#define LEDGER_REDIS_ASK_H

#include <stddef.h>

#include "sink_redis.h"

struct redis_args;
struct redis_ask;
struct redisReply;

/* 0, or -EINVAL if the options cannot be used (TLS files). Connects with the first question. */
int redis_ask_open(const struct sink_options *o, struct redis_ask **out);
void redis_ask_close(struct redis_ask *a); /* accepts NULL */

/* Asks `n` questions in one go. 0 and replies[0..n), none of them an error, the caller's to free; or
 * -EACCES (not let in, not allowed), -EIO, and no replies. */
int redis_ask_many(struct redis_ask *a, const struct redis_args *question, size_t n,
	struct redisReply **replies);
int redis_ask_one(struct redis_ask *a, const struct redis_args *question, struct redisReply **reply);

/* The host, or path, that answered last. */
const char *redis_ask_host(const struct redis_ask *a);

/* The same, but an error is an answer like others. */
int redis_ask_any(struct redis_ask *a, const struct redis_args *question, struct redisReply **reply);

#endif
