/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Plays meters against servers that somebody else looks after: real journals with made intervals, the
 * daemon's own sink, all in one loop. Obeys lines on standard input and answers each with a line:
 *
 *   redis_player METERS CELLS SERVER...     SERVER: HOST:PORT
 *
 *   append N   every meter's journal gains N intervals            -> "appended RECORDS"
 *   level      run until Redis has all of it                      -> "level"
 *   run MS     run the loop for so long                           -> "ran"
 *   behind     how many intervals all the meters lack, and why    -> "behind N REASON"
 *   same       Redis equals the journals                          -> "same"
 *
 * Ends with status 0 at the end of input, at once and not with 0 when something does not hold.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "sink_fixture.h"

struct player {
	struct event_base *base;
	struct sink_fixture *meters;
	char (*names)[NAME_SIZE];
	size_t n;
	uint64_t records;
};

static int count_records(void *context, const struct interval *iv)
{
	*(uint64_t *)context += iv->n_records;
	return 0;
}

static void append(struct player *p, unsigned n)
{
	struct journal_head head;
	struct journal_range added = { 0 };
	uint64_t records = 0;

	for (size_t i = 0; i < p->n; i++) {
		assert_int_equal(journal_head(p->meters[i].journal, &head), 0);
		added.first_seq = head.seq + 1;
		sink_fixture_append(&p->meters[i], n);
		journal_walk(p->meters[i].journal, &added, count_records, &records);
	}
	printf("appended %llu\n", (unsigned long long)records);
}

static void level(struct player *p)
{
	for (size_t i = 0; i < p->n; i++)
		sink_fixture_level(&p->meters[i]);
	puts("level");
}

static void run(struct player *p, unsigned ms)
{
	const struct timeval tv = { .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };

	event_base_loopexit(p->base, &tv);
	event_base_loop(p->base, EVLOOP_NO_EXIT_ON_EMPTY);
	puts("ran");
}

static void behind(struct player *p)
{
	char reason[SINK_REASON_SIZE] = "";
	uint64_t sum = 0;

	for (size_t i = 0; i < p->n; i++) {
		struct sink_status status;

		sink_redis_status(p->meters[i].sink, &status);
		sum += status.head - status.cursor;
		if (*status.reason)
			memcpy(reason, status.reason, sizeof(reason));
	}
	printf("behind %llu %s\n", (unsigned long long)sum, reason);
}

static void same(struct player *p)
{
	for (size_t i = 0; i < p->n; i++)
		sink_fixture_same(&p->meters[i]);
	puts("same");
}

static void obey(struct player *p, const char *word, unsigned number)
{
	if (strcmp(word, "append") == 0)
		append(p, number);
	else if (strcmp(word, "level") == 0)
		level(p);
	else if (strcmp(word, "run") == 0)
		run(p, number);
	else if (strcmp(word, "behind") == 0)
		behind(p);
	else if (strcmp(word, "same") == 0)
		same(p);
	else
		fail_msg("unknown command %s", word);
	fflush(stdout);
}

static struct sink_server *read_servers(char **argv, size_t n)
{
	struct sink_server *servers = mem_array(n, sizeof(*servers));

	for (size_t i = 0; i < n; i++) {
		char *colon = strrchr(argv[i], ':');

		assert_non_null(colon);
		*colon = 0;
		servers[i] = (struct sink_server){ argv[i], (uint16_t)atoi(colon + 1) };
	}
	return servers;
}

int main(int argc, char **argv)
{
	struct player p = { 0 };
	struct sink_server *servers;
	char line[100], word[20];

	log_init("player", LOG_WARN);
	if (argc < 4)
		return 2;
	p.n = (size_t)atoi(argv[1]);
	p.base = event_base_new();
	p.meters = mem_array(p.n, sizeof(*p.meters));
	p.names = mem_array(p.n, sizeof(*p.names));
	servers = read_servers(argv + 3, (size_t)argc - 3);
	for (size_t i = 0; i < p.n; i++) {
		snprintf(p.names[i], NAME_SIZE, "meter-%zu", i);
		sink_fixture_meter(&p.meters[i], p.names[i], p.base, servers, (size_t)argc - 3);
		p.meters[i].make.n_cells = (unsigned)atoi(argv[2]);
		sink_fixture_run(&p.meters[i]);
	}
	while (fgets(line, sizeof(line), stdin)) {
		unsigned number = 0;

		if (sscanf(line, "%19s %u", word, &number) >= 1)
			obey(&p, word, number);
	}
	for (size_t i = 0; i < p.n; i++)
		sink_fixture_meter_close(&p.meters[i]);
	event_base_free(p.base);
	free(servers);
	free(p.names);
	free(p.meters);
	return 0;
}
