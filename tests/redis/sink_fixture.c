/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "sink_fixture.h"

#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "redis_read.h"

static void open_journal(struct sink_fixture *f, const char *name)
{
	struct text path = { 0 };
	const char *config = make_config(&f->make.config);

	text_printf(&path, "%s/%s", f->folder, name);
	f->path = path.data;
	assert_int_equal(
		journal_open(f->path, JOURNAL_WRITE, f->make.meter, f->make.interval, f->book, &f->journal), 0);
	assert_int_equal(journal_put_config(f->journal, &f->make.config, config), 0);
	f->next = SINK_START;
}

void sink_fixture_meter(struct sink_fixture *f, const char *meter, struct event_base *base,
	const struct sink_server *servers, size_t n)
{
	*f = (struct sink_fixture){ .book = cellbook_new(), .base = base, .folder = make_folder(),
		.make = { .meter = meter, .interval = 10, .n_taps = 2, .n_cells = 60, .percent = 40 },
		.options = { .servers = servers, .n_servers = n, .meter = meter, .interval = 10 } };
	open_journal(f, "journal.db");
}

void sink_fixture_meter_close(struct sink_fixture *f)
{
	sink_fixture_halt(f);
	journal_close(f->journal);
	cellbook_free(f->book);
	remove_folder(f->folder);
	free(f->path);
}

void sink_fixture_open(struct sink_fixture *f)
{
	sink_fixture_meter(f, "aktau-1", event_base_new(), &f->server, 1);
	redis_fixture_open(&f->redis);
	redis_fixture_start(&f->redis, NULL);
	f->server.host = f->redis.socket;
}

void sink_fixture_close(struct sink_fixture *f)
{
	sink_fixture_meter_close(f);
	event_base_free(f->base);
	redis_fixture_close(&f->redis);
}

void sink_fixture_run(struct sink_fixture *f)
{
	assert_null(f->sink);
	f->sink = sink_redis_new(f->base, &f->options, f->journal);
	assert_non_null(f->sink);
}

void sink_fixture_halt(struct sink_fixture *f)
{
	sink_redis_free(f->sink);
	f->sink = NULL;
}

void sink_fixture_append(struct sink_fixture *f, unsigned n)
{
	for (; n; n--, f->next += f->make.interval) {
		struct interval *iv = make_interval(&f->make, f->book, f->next, (uint64_t)f->next);

		assert_int_equal(journal_append(f->journal, iv), 0);
		interval_free(iv);
	}
	if (f->sink)
		sink_redis_wake(f->sink);
}

void sink_fixture_other_journal(struct sink_fixture *f)
{
	journal_close(f->journal);
	free(f->path);
	f->make.percent += 7;
	open_journal(f, "other.db");
}

void sink_fixture_level(struct sink_fixture *f)
{
	struct sink_status status;
	int r = sink_redis_drain(f->sink, f->base, SINK_WAIT);

	sink_redis_status(f->sink, &status);
	if (r)
		fail_msg("not level: state %d, cursor %llu of %llu, %s", status.state,
			(unsigned long long)status.cursor, (unsigned long long)status.head, status.reason);
	assert_int_equal(status.cursor, status.head);
}

struct until {
	struct event *over;
	bool late;
};

static void on_late(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	((struct until *)arg)->late = true;
}

static void until_open(struct sink_fixture *f, struct until *u)
{
	const struct timeval tv = { .tv_sec = SINK_WAIT / 1000 };

	u->late = false;
	u->over = evtimer_new(f->base, on_late, u);
	evtimer_add(u->over, &tv);
}

enum sink_state sink_fixture_state(const struct sink_fixture *f)
{
	struct sink_status status;

	sink_redis_status(f->sink, &status);
	return status.state;
}

void sink_fixture_until(struct sink_fixture *f, enum sink_state state)
{
	struct until u;

	until_open(f, &u);
	while (sink_fixture_state(f) != state && !u.late)
		event_base_loop(f->base, EVLOOP_ONCE);
	event_free(u.over);
	assert_int_equal(sink_fixture_state(f), state);
}

void sink_fixture_until_reason(struct sink_fixture *f, const char *reason)
{
	struct sink_status status;
	struct until u;

	until_open(f, &u);
	do {
		event_base_loop(f->base, EVLOOP_ONCE);
		sink_redis_status(f->sink, &status);
	} while (!strstr(status.reason, reason) && !u.late);
	event_free(u.over);
	if (u.late)
		fail_msg("expected \"%s\", is \"%s\"", reason, status.reason);
}

/* --- the comparison: both sides as text --- */

static int add_interval(void *context, const struct interval *iv)
{
	char hex[DIGEST_HEX_SIZE];

	interval_encode(iv, context);
	text_printf(context, "chain %s\n", digest_hex(hex, &iv->chain));
	return 0;
}

static int add_usage(void *context, const struct usage_count *u)
{
	text_printf(context, "usage %lld %s %s %s %s %s %s %s %llu %llu %llu\n", (long long)u->start,
		u->cell->link, u->cell->partner, u->cell->peering, direction_name[u->cell->direction],
		u->cell->class, u->cell->cos, family_name[u->cell->family],
		(unsigned long long)u->count.packets, (unsigned long long)u->count.l2_bytes,
		(unsigned long long)u->count.l3_bytes);
	return 0;
}

static int add_bin(void *context, const struct usage_bin *b)
{
	char hex[DIGEST_HEX_SIZE];

	text_printf(context, "bin %lld %llu %llu %llu %llu %llu %llu %s\n", (long long)b->start,
		(unsigned long long)b->covered_ms, (unsigned long long)b->tap_packets,
		(unsigned long long)b->unknown_packets, (unsigned long long)b->malformed,
		(unsigned long long)b->late, (unsigned long long)b->missed_packets,
		digest_hex(hex, &b->config));
	return 0;
}

static void add_config(struct text *out, char *config)
{
	text_printf(out, "config %s", config ? config : "none");
	free(config);
}

static void add_span(struct text *out, int err, const struct journal_span *span)
{
	char hex[DIGEST_HEX_SIZE];

	assert_int_equal(err, 0);
	text_printf(out, "span %llu %llu %s\n", (unsigned long long)span->first_seq,
		(unsigned long long)span->last_seq, digest_hex(hex, &span->chain));
}

static void add_head(struct text *out, const struct journal_head *head)
{
	char hex[DIGEST_HEX_SIZE];

	text_printf(out, "head %llu %lld %lld %s\n", (unsigned long long)head->seq,
		(long long)head->start, (long long)head->end, digest_hex(hex, &head->chain));
}

static void of_journal(struct sink_fixture *f, struct text *out)
{
	const struct journal_range all = { .first_seq = 1 };
	struct journal_head head;
	struct journal_span span;

	assert_int_equal(journal_head(f->journal, &head), 0);
	add_head(out, &head);
	assert_int_equal(journal_walk(f->journal, &all, add_interval, out), 0);
	assert_int_equal(journal_usage(f->journal, 0, 0, add_usage, out), 0);
	assert_int_equal(journal_bins(f->journal, 0, 0, add_bin, out), 0);
	add_config(out, journal_config(f->journal, &f->make.config));
	add_span(out, journal_span(f->journal, SINK_START, SINK_START + 300, &span), &span);
	add_span(out, journal_span(f->journal, SINK_START + 10, SINK_START + 35, &span), &span);
}

static void complain(void *context, const char *what)
{
	(void)context;
	print_error("redis: %s\n", what);
}

static void of_redis(struct sink_fixture *f, struct text *out)
{
	const struct journal_range all = { .first_seq = 1 };
	struct redis_reader *r;
	struct journal_head head;
	struct journal_span span;

	assert_int_equal(redis_read_open(&f->options, f->book, &r), 0);
	redis_read_head(r, &head);
	add_head(out, &head);
	assert_int_equal(redis_read_walk(r, &all, add_interval, out), 0);
	assert_int_equal(redis_read_usage(r, 0, 0, add_usage, out), 0);
	assert_int_equal(redis_read_bins(r, 0, 0, add_bin, out), 0);
	add_config(out, redis_read_config(r, &f->make.config));
	add_span(out, redis_read_span(r, SINK_START, SINK_START + 300, &span), &span);
	add_span(out, redis_read_span(r, SINK_START + 10, SINK_START + 35, &span), &span);
	assert_int_equal(redis_read_verify(r, complain, NULL), 0);
	redis_read_close(r);
}

/* The first line that differs, because the whole is too long to look at. */
static void same_text(const char *ours, const char *theirs)
{
	size_t at = 0, line = 0;

	for (; ours[at] && ours[at] == theirs[at]; at++)
		if (ours[at] == '\n')
			line = at + 1;
	if (ours[at] != theirs[at])
		fail_msg("journal: %.*s\nredis:   %.*s", (int)strcspn(ours + line, "\n"), ours + line,
			(int)strcspn(theirs + line, "\n"), theirs + line);
}

void sink_fixture_same(struct sink_fixture *f)
{
	struct text ours = { 0 }, theirs = { 0 };

	of_journal(f, &ours);
	of_redis(f, &theirs);
	same_text(ours.data, theirs.data);
	text_free(&ours);
	text_free(&theirs);
}
