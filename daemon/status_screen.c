/* SPDX-License-Identifier: BSD-3-Clause */
#include "status_screen.h"

#include <inttypes.h>
#include <string.h>

#include "clock.h"
#include "format.h"
#include "reply.h"

static void print_time(FILE *out, const char *before, const char *instant, int64_t now)
{
	char age[CLOCK_AGE_SIZE];
	int64_t at;

	if (!clock_parse(instant, &at))
		fprintf(out, "%s%s (%s ago)", before, instant, clock_age(age, now - at));
}

static void print_prefixes(FILE *out, const struct yaml_node *p, int64_t now)
{
	fprintf(out, "prefixes       %s IPv4, %s IPv6", reply_word(p, "ipv4"), reply_word(p, "ipv6"));
	print_time(out, "; written ", reply_word(p, "changed"), now);
	fputc('\n', out);
}

/* A further line of the same matter, if there is anything to say. */
static void print_line(FILE *out, const char *before, const char *what)
{
	if (strcmp(what, "-"))
		fprintf(out, "               %s%s\n", before, what);
}

/* Intervals that are over and not in the journal; one may just be on its way. */
static void print_journal(FILE *out, const struct yaml_node *r, int64_t now)
{
	const struct yaml_node *j = reply_member(r, "journal");
	int64_t end, interval = (int64_t)reply_count(r, "interval");

	fprintf(out, "journal        %s intervals", reply_word(j, "seq"));
	print_time(out, ", to ", reply_word(j, "end"), now);
	if (interval && !clock_parse(reply_word(j, "end"), &end))
		fprintf(out, "; %" PRId64 " waiting", now > end ? (now - end) / interval : 0);
	if (reply_count(j, "anchor"))
		fprintf(out, "; deleted by age: the first %s", reply_word(j, "anchor"));
	fputc('\n', out);
	print_line(out, "kept beyond its age: ", reply_word(j, "keeps_more"));
}

static void print_redis(FILE *out, const struct yaml_node *redis)
{
	if (redis->kind != YAML_MAP) {
		fputs("redis          not configured\n", out);
		return;
	}
	fprintf(out, "redis          %s at %s, %s intervals behind (%s s)\n", reply_word(redis, "state"),
		reply_word(redis, "cursor"), reply_word(redis, "lag"), reply_word(redis, "lag_seconds"));
	print_line(out, "", reply_word(redis, "reason"));
}

struct tap_row {
	const char *link, *tap, *drift;
	uint64_t packets, l2_bytes, unknown, malformed, missed;
};

/* The taps come link by link, in the configuration's order. */
static void print_taps(FILE *out, const struct yaml_node *taps)
{
	static const struct column columns[] = {
		{ "link", COLUMN_WORD, offsetof(struct tap_row, link) },
		{ "tap", COLUMN_WORD, offsetof(struct tap_row, tap) },
		{ "packets", COLUMN_COUNT, offsetof(struct tap_row, packets) },
		{ "bytes", COLUMN_COUNT, offsetof(struct tap_row, l2_bytes) },
		{ "unknown", COLUMN_COUNT, offsetof(struct tap_row, unknown) },
		{ "malformed", COLUMN_COUNT, offsetof(struct tap_row, malformed) },
		{ "missed", COLUMN_COUNT, offsetof(struct tap_row, missed) },
		{ "drift", COLUMN_WORD, offsetof(struct tap_row, drift) },
	};
	struct table *t = table_new(out, FORMAT_TEXT, columns, sizeof(columns) / sizeof(*columns));

	for (const struct yaml_item *i = taps->first; i; i = i->next) {
		const struct yaml_node *tap = i->value;
		const struct tap_row row = { reply_word(tap, "link"), reply_word(tap, "name"),
			reply_word(tap, "drift"), reply_count(tap, "packets"), reply_count(tap, "l2_bytes"),
			reply_count(tap, "unknown_packets"), reply_count(tap, "malformed"),
			reply_count(tap, "missed") };

		(void)table_row(t, &row); /* errors of writing are told at the end */
	}
	(void)table_end(t);
}

/* Kernel interfaces: which sides are counted, and how. */
static void print_interfaces(FILE *out, const struct yaml_node *taps)
{
	for (const struct yaml_item *i = taps->first; i; i = i->next) {
		const struct yaml_node *tap = i->value;
		const char *received = reply_word(tap, "received"), *sent = reply_word(tap, "sent");

		if (*reply_word(tap, "interface") == '-') /* it has none */
			continue;
		fprintf(out, "tap %s: interface %s", reply_word(tap, "name"), reply_word(tap, "interface"));
		if (strcmp(reply_word(tap, "is_there"), "true")) {
			fputs(" is gone\n", out);
			continue;
		}
		if (*received != '-')
			fprintf(out, "; what it receives is counted %s", received);
		if (*sent != '-')
			fprintf(out, "; what it sends is counted %s", sent);
		fputc('\n', out);
	}
}

static void print_workers(FILE *out, const struct yaml_node *workers)
{
	unsigned number = 0;

	for (const struct yaml_item *i = workers->first; i; i = i->next) {
		const char *cpu = reply_word(i->value, "cpu");
		unsigned busy = reply_busy(i->value);

		fprintf(out, "worker %-7u %s %s, %u.%u %% busy, %s packets\n", ++number, *cpu == '-' ? "any" : "CPU",
			*cpu == '-' ? "CPU" : cpu, busy / 10, busy % 10, reply_word(i->value, "packets"));
	}
}

void status_screen(FILE *out, const struct yaml_node *r, int64_t now)
{
	fprintf(out, "meter %s: %s (transitd %s)\n", reply_word(r, "meter"), reply_word(r, "status"),
		reply_word(r, "version"));
	for (const struct yaml_item *i = reply_member(r, "reasons")->first; i; i = i->next)
		fprintf(out, "  ! %s\n", i->value->text);
	fprintf(out, "configuration  %s\n", reply_word(r, "config"));
	fprintf(out, "               intervals of %s s, %s cells\n", reply_word(r, "interval"),
		reply_word(r, "cells"));
	print_prefixes(out, reply_member(r, "prefixes"), now);
	print_journal(out, r, now);
	print_redis(out, reply_member(r, "redis"));
	print_workers(out, reply_member(r, "workers"));
	fputs("\nsince the start of the meter:\n", out);
	print_taps(out, reply_member(r, "taps"));
	print_interfaces(out, reply_member(r, "taps"));
}
