/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How fast an empty Redis catches up with a journal, in records a second, beside what the same server does
 * at the most for a bare script that applies 500 records a call (two HINCRBY each, one call after the
 * other). Both over the same Unix socket, in turns; medians and extremes. Client and server share the
 * machine's cores.
 *
 *   bench_redis_sink [INTERVALS [CELLS]]
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <hiredis/hiredis.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "sink_fixture.h"

#define ROUNDS	5
#define CALLS	100
#define RECORDS 500
#define FIELDS	262144

static const char bare[] =
	"if redis.call('GET',KEYS[3])==ARGV[1] then return 0 end for i=2,#ARGV,3 do "
	"redis.call('HINCRBY',KEYS[1],ARGV[i],ARGV[i+1]) redis.call('HINCRBY',KEYS[2],ARGV[i],ARGV[i+2]) end "
	"redis.call('SET',KEYS[3],ARGV[1]) return 1";

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + 1e-9 * (double)ts.tv_nsec;
}

/* One call's arguments as a command, made before the clock runs, as the reference does. */
static char *bare_call(int round, int call, uint64_t *seed, long long *size)
{
	static char word[3 * RECORDS + 7][24];
	const char *argv[3 * RECORDS + 7] = { "EVAL", bare, "3", "{t}p", "{t}b", "{t}s" };
	char *command;
	int n = 6;

	snprintf(word[n], sizeof(word[n]), "%d.%d", round, call);
	argv[n] = word[n];
	for (n++; n < 3 * RECORDS + 7; n++) {
		snprintf(word[n], sizeof(word[n]), "%llu",
			(unsigned long long)(make_random(seed) % ((n - 7) % 3 ? 1000000 : FIELDS)));
		argv[n] = word[n];
	}
	*size = redisFormatCommandArgv(&command, n, argv, NULL);
	return command;
}

/* Records a second of the server alone. */
static double ceiling(struct sink_fixture *f, int round)
{
	redisContext *c = redisConnectUnix(f->redis.socket);
	char *command[CALLS];
	long long size[CALLS];
	uint64_t seed = (uint64_t)round;
	double start;

	for (int i = 0; i < CALLS; i++)
		command[i] = bare_call(round, i, &seed, &size[i]);
	start = now();
	for (int i = 0; i < CALLS; i++) {
		redisReply *reply;

		assert_int_equal(redisAppendFormattedCommand(c, command[i], (size_t)size[i]), REDIS_OK);
		assert_int_equal(redisGetReply(c, (void **)&reply), REDIS_OK);
		assert_int_equal(reply->type, REDIS_REPLY_INTEGER);
		freeReplyObject(reply);
	}
	start = now() - start;
	for (int i = 0; i < CALLS; i++)
		redisFreeCommand(command[i]);
	redisFree(c);
	return CALLS * RECORDS / start;
}

static double catch_up(struct sink_fixture *f, uint64_t records)
{
	double start = now();

	sink_fixture_run(f);
	sink_fixture_level(f);
	start = now() - start;
	sink_fixture_halt(f);
	return (double)records / start;
}

static int count_records(void *context, const struct interval *iv)
{
	*(uint64_t *)context += iv->n_records;
	return 0;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void show(const char *name, double *v)
{
	qsort(v, ROUNDS, sizeof(*v), compare);
	printf("%-28s median %8.0f  min %8.0f  max %8.0f records/s\n", name, v[ROUNDS / 2], v[0],
		v[ROUNDS - 1]);
}

int main(int argc, char **argv)
{
	const struct journal_range all = { .first_seq = 1 };
	double ours[ROUNDS], bound[ROUNDS], ratio[ROUNDS];
	struct sink_fixture f;
	uint64_t records = 0;

	sink_fixture_open(&f);
	f.make.n_cells = argc > 2 ? (unsigned)atoi(argv[2]) : 768;
	f.make.percent = 65;
	sink_fixture_append(&f, argc > 1 ? (unsigned)atoi(argv[1]) : 300);
	journal_walk(f.journal, &all, count_records, &records);
	for (int i = 0; i < ROUNDS; i++) {
		redis_fixture_do(&f.redis, "FLUSHALL", NULL);
		bound[i] = ceiling(&f, i);
		redis_fixture_do(&f.redis, "FLUSHALL", NULL);
		ours[i] = catch_up(&f, records);
		ratio[i] = ours[i] / bound[i];
	}
	printf("%llu records\n", (unsigned long long)records);
	show("bare script, 500 a call", bound);
	show("catching up", ours);
	qsort(ratio, ROUNDS, sizeof(*ratio), compare);
	printf("ratio: median %.2f min %.2f max %.2f\n", ratio[ROUNDS / 2], ratio[0], ratio[ROUNDS - 1]);
	sink_fixture_close(&f);
	return 0;
}
