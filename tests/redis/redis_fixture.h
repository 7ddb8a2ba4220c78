/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A real redis-server for one test: started on a Unix socket (and a loopback port if asked) in a folder of
 * its own, gone with the test however that ends. Needs <cmocka.h>'s headers before it.
 */
#ifndef REDIS_REDIS_FIXTURE_H
#define REDIS_REDIS_FIXTURE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct redisReply;

struct redis_fixture {
	char dir[64];
	char socket[80];
	uint16_t port; /* 0: the Unix socket alone */
	pid_t pid;     /* 0: not running */
};

/* Makes the folder, starts nothing. */
void redis_fixture_open(struct redis_fixture *f);
void redis_fixture_close(struct redis_fixture *f);

/* Starts the server, empty, with further arguments (ended by NULL, or NULL), and waits until it answers. */
void redis_fixture_start(struct redis_fixture *f, const char *const *arguments);
void redis_fixture_stop(struct redis_fixture *f); /* SIGKILL; nothing is kept */
void redis_fixture_freeze(struct redis_fixture *f);
void redis_fixture_thaw(struct redis_fixture *f);

/* One command of words, ended by NULL; the reply is the caller's. Never NULL. */
struct redisReply *redis_fixture_ask(struct redis_fixture *f, ...) __attribute__((sentinel));
/* The same, where only success counts. */
void redis_fixture_do(struct redis_fixture *f, ...) __attribute__((sentinel));
long long redis_fixture_int(struct redis_fixture *f, ...) __attribute__((sentinel));

/* A loopback port that was free a moment ago. */
uint16_t redis_fixture_port(void);

#endif
