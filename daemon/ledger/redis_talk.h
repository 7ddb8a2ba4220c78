/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the sink says to Redis, and what of it has no answer yet. Answers come in the order of the
 * commands: each command leaves a flight in a ring, and each answer takes the oldest one out. Knows how
 * commands are written (docs/redis.md) and nothing of what follows from their answers. Main-loop thread.
 */
#ifndef LEDGER_REDIS_TALK_H
#define LEDGER_REDIS_TALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "redis_feed.h"

struct redis_conn;

#define REDIS_TALK_STEPS       32 /* steps may be on their way, */
#define REDIS_TALK_BYTES       (4 * 1024 * 1024) /* and so many bytes of them */
#define REDIS_TALK_EXPIRE_BINS 100 /* removed in one call */

enum redis_script { SCRIPT_APPLY, SCRIPT_CLEAR, SCRIPT_EXPIRE, SCRIPTS };

enum redis_want { WANT_SCRIPT, WANT_CURSOR, WANT_STEP, WANT_CLEAR, WANT_EXPIRE, WANT_SLOTS };

/* A command without an answer yet. */
struct redis_flight {
	enum redis_want want;
	enum redis_script script; /* WANT_SCRIPT */
	struct redis_mark after;  /* WANT_STEP: where Redis is when it has taken it */
	size_t bytes;		  /* WANT_STEP */
};

/* The ring holds all steps, an expiry after each of them, and what begins a connection. */
#define REDIS_TALK_FLIGHTS (REDIS_TALK_STEPS * 2 + 8)

/* The caller sets the first three; zero is the rest's beginning. */
struct redis_talk {
	const char *meter;
	int64_t usage_age;	 /* seconds; 0: no limit */
	struct redis_conn *conn; /* borrowed; NULL between two connections */
	char sha[SCRIPTS][41];	 /* what Redis calls the scripts */
	struct redis_flight flight[REDIS_TALK_FLIGHTS];
	unsigned first, n, steps; /* `steps` of the n flights are steps, */
	size_t bytes;		  /* of so many bytes */
	bool expire_sent;
};

/* The connection is gone, and with it every flight. */
void redis_talk_drop(struct redis_talk *t);

/* The oldest flight, which its answer takes out of the ring. */
struct redis_flight redis_talk_land(struct redis_talk *t);

/* Whether one more step may be sent. */
bool redis_talk_has_room(const struct redis_talk *t);

void redis_talk_scripts(struct redis_talk *t); /* load them; the answers belong into `sha` */
void redis_talk_cursor(struct redis_talk *t);  /* HMGET cursor seq chain writer */
void redis_talk_slots(struct redis_talk *t);   /* CLUSTER SLOTS */
void redis_talk_clear(struct redis_talk *t);   /* remove a piece of what is left without a cursor */
void redis_talk_expire(struct redis_talk *t);  /* remove usage that is too old, unless that is on its way */
void redis_talk_step(struct redis_talk *t, const struct redis_step *step);

#endif
