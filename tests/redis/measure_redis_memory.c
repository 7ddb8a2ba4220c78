/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a cell costs in Redis, measured on a real server: MEMORY USAGE of every key after an hour of
 * intervals, and the whole server's used memory before and after. The table of docs/redis.md is its output.
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

#include "sink_fixture.h"

#define INTERVALS 360 /* an hour of 10 s */

static long long used_memory(struct sink_fixture *f)
{
	redisReply *info = redis_fixture_ask(&f->redis, "INFO", "memory", NULL);
	const char *at = strstr(info->str, "used_memory:");
	long long n;

	assert_non_null(at);
	n = atoll(at + strlen("used_memory:"));
	freeReplyObject(info);
	return n;
}

static long long usage_of(struct sink_fixture *f, const char *key)
{
	return redis_fixture_int(&f->redis, "MEMORY", "USAGE", key, "SAMPLES", "0", NULL);
}

struct sums {
	uint64_t records, cells, bins;
};

static int count_records(void *context, const struct interval *iv)
{
	((struct sums *)context)->records += iv->n_records;
	return 0;
}

static int count_cells(void *context, const struct usage_count *u)
{
	(void)u;
	((struct sums *)context)->cells++;
	return 0;
}

static void measure(unsigned n_cells)
{
	const struct journal_range all = { .first_seq = 1 };
	struct sums sum = { .bins = INTERVALS / 30 };
	struct sink_fixture f;
	long long before, after, usage = 0, stream, rest;

	sink_fixture_open(&f);
	f.make.n_cells = n_cells;
	f.make.percent = 80;
	before = used_memory(&f);
	sink_fixture_append(&f, INTERVALS);
	sink_fixture_run(&f);
	sink_fixture_level(&f);
	sink_fixture_halt(&f);
	journal_walk(f.journal, &all, count_records, &sum);
	journal_usage(f.journal, 0, 0, count_cells, &sum);
	for (uint64_t i = 0; i < sum.bins; i++) {
		char key[80];

		snprintf(key, sizeof(key), "transit:{aktau-1}:usage:%lld",
			(long long)(SINK_START + 300 * (int64_t)i));
		usage += usage_of(&f, key);
	}
	stream = usage_of(&f, "transit:{aktau-1}:stream");
	rest = usage_of(&f, "transit:{aktau-1}:rates") + usage_of(&f, "transit:{aktau-1}:cursor") +
		usage_of(&f, "transit:{aktau-1}:bins") + usage_of(&f, "transit:{aktau-1}:configs");
	while (redis_fixture_int(&f.redis, "CLIENT", "KILL", "TYPE", "normal", NULL) > 0)
		;
	after = used_memory(&f);
	printf("| %u | %u | %.0f | %.0f | %.0f | %lld | %.2f |\n", (n_cells + 11) / 12,
		n_cells, (double)usage / (double)sum.bins, (double)usage / (double)sum.cells,
		(double)stream / (double)sum.records, rest, (double)(after - before) / 1e6);
	sink_fixture_close(&f);
}

int main(void)
{
	static const unsigned cells[] = { 12, 48, 192, 768, 3072 };

	puts("| peerings | cells | bytes a bin | bytes a cell and bin | stream: bytes a record | "
	     "all other keys, bytes | an hour of 10 s intervals, MB |");
	puts("|---|---|---|---|---|---|---|");
	for (size_t i = 0; i < sizeof(cells) / sizeof(*cells); i++)
		measure(cells[i]);
	return 0;
}
