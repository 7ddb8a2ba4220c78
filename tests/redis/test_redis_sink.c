/* SPDX-License-Identifier: BSD-3-Clause */
/* The journal arrives in Redis whole, in order and once, whatever the two hold when they meet. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <event2/event.h>
#include <hiredis/hiredis.h>
#include <stdlib.h>
#include <string.h>

#include "sink_fixture.h"

static int setup(void **state)
{
	static struct sink_fixture f;

	sink_fixture_open(&f);
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	sink_fixture_close(*state);
	return 0;
}

static void an_empty_journal_is_level_and_writes_nothing(void **state)
{
	struct sink_fixture *f = *state;

	sink_fixture_run(f);
	sink_fixture_level(f);
	assert_int_equal(redis_fixture_int(&f->redis, "DBSIZE", NULL), 0);
}

static void every_interval_arrives_as_it_is_written(void **state)
{
	struct sink_fixture *f = *state;

	sink_fixture_run(f);
	for (int i = 0; i < 65; i++) {
		sink_fixture_append(f, 1);
		sink_fixture_level(f);
		if (i < 3 || i > 60)
			sink_fixture_same(f);
	}
}

static void a_long_journal_is_caught_up_with(void **state)
{
	struct sink_fixture *f = *state;

	sink_fixture_append(f, 500);
	sink_fixture_run(f);
	sink_fixture_level(f);
	sink_fixture_same(f);
}

static void a_sink_goes_on_where_the_last_one_ended(void **state)
{
	struct sink_fixture *f = *state;

	for (int i = 0; i < 5; i++) { /* starts within a bin */
		sink_fixture_append(f, 17);
		sink_fixture_run(f);
		sink_fixture_level(f);
		sink_fixture_halt(f);
	}
	sink_fixture_same(f);
	assert_int_equal(redis_fixture_int(&f->redis, "XLEN", "transit:{aktau-1}:stream", NULL), 85);
}

static void an_interval_that_counted_nothing_arrives_too(void **state)
{
	struct sink_fixture *f = *state;

	f->make.percent = 0;
	sink_fixture_append(f, 40);
	f->make.n_taps = 0;
	sink_fixture_append(f, 40);
	sink_fixture_run(f);
	sink_fixture_level(f);
	sink_fixture_same(f);
}

static void a_clock_that_went_back_adds_to_the_old_bin(void **state)
{
	struct sink_fixture *f = *state;

	sink_fixture_run(f);
	sink_fixture_append(f, 70);
	f->next = SINK_START + 100;
	sink_fixture_append(f, 40);
	sink_fixture_level(f);
	sink_fixture_append(f, 1);
	f->next = SINK_START;
	sink_fixture_append(f, 1);
	sink_fixture_level(f);
	sink_fixture_same(f);
}

static void long_intervals_take_a_bin_each(void **state)
{
	struct sink_fixture *f = *state;

	journal_close(f->journal);
	free(f->path);
	f->make.interval = f->options.interval = 300;
	{
		struct text path = { 0 };

		text_printf(&path, "%s/long.db", f->folder);
		f->path = path.data;
	}
	assert_int_equal(journal_open(f->path, JOURNAL_WRITE, "aktau-1", 300, f->book, &f->journal), 0);
	assert_int_equal(
		journal_put_config(f->journal, &f->make.config, make_config(&f->make.config)), 0);
	sink_fixture_append(f, 100);
	sink_fixture_run(f);
	sink_fixture_level(f);
	sink_fixture_same(f);
}

static void big_intervals_arrive_whole(void **state)
{
	struct sink_fixture *f = *state;

	f->make.n_cells = 20000; /* 1,667 peerings: more than one HSET takes */
	f->make.percent = 90;
	sink_fixture_append(f, 3);
	sink_fixture_run(f);
	sink_fixture_level(f);
	sink_fixture_same(f);
}

/* Retention, as the daemon would do it: five minutes before `before`, intervals up to `last_seq`. */
static void prune(struct sink_fixture *f, int64_t before, uint64_t last_seq)
{
	const struct journal_limit limit = { before, last_seq };
	int more;

	while ((more = journal_prune(f->journal, &limit)) > 0)
		;
	assert_int_equal(more, 0);
}

static void a_wiped_redis_gets_what_the_journal_still_has(void **state)
{
	struct sink_fixture *f = *state;

	sink_fixture_append(f, 200);
	sink_fixture_run(f);
	sink_fixture_level(f);
	prune(f, SINK_START + 1000, UINT64_MAX); /* 900: whole five minutes */
	redis_fixture_do(&f->redis, "FLUSHALL", NULL);
	sink_fixture_append(f, 1);
	sink_fixture_level(f);
	sink_fixture_same(f);
	assert_int_equal(
		redis_fixture_int(&f->redis, "HGET", "transit:{aktau-1}:cursor", "anchor_seq", NULL), 90);
	assert_int_equal(redis_fixture_int(&f->redis, "XLEN", "transit:{aktau-1}:stream", NULL), 111);
}

static void what_comes_late_for_deleted_usage_has_none_in_redis_either(void **state)
{
	struct sink_fixture *f = *state;

	sink_fixture_append(f, 200);
	prune(f, SINK_START + 1000, UINT64_MAX);
	f->next = SINK_START;
	sink_fixture_append(f, 40);
	f->next = SINK_START + 2000;
	sink_fixture_append(f, 3);
	sink_fixture_run(f);
	sink_fixture_level(f);
	sink_fixture_same(f);
}

static void a_redis_at_the_anchor_goes_on(void **state)
{
	struct sink_fixture *f = *state;

	sink_fixture_append(f, 60);
	sink_fixture_run(f);
	sink_fixture_level(f);
	sink_fixture_halt(f);
	sink_fixture_append(f, 60);
	prune(f, SINK_START + 600, 60);
	sink_fixture_run(f);
	sink_fixture_level(f);
	assert_int_equal(redis_fixture_int(&f->redis, "HGET", "transit:{aktau-1}:cursor", "seq", NULL), 120);
	assert_int_equal(redis_fixture_int(&f->redis, "ZCARD", "transit:{aktau-1}:bins", NULL), 4);
}

static void a_redis_behind_the_anchor_is_not_guessed_at(void **state)
{
	struct sink_fixture *f = *state;
	struct sink_status status;

	sink_fixture_append(f, 50);
	sink_fixture_run(f);
	sink_fixture_level(f);
	sink_fixture_halt(f);
	sink_fixture_append(f, 100);
	prune(f, SINK_START + 900, UINT64_MAX);
	sink_fixture_run(f);
	sink_fixture_until(f, SINK_STOPPED);
	sink_redis_status(f->sink, &status);
	assert_non_null(strstr(status.reason, "deleted what follows"));
	assert_false(status.known);
	assert_int_equal(redis_fixture_int(&f->redis, "HGET", "transit:{aktau-1}:cursor", "seq", NULL), 50);
}

static void the_stream_keeps_the_newest_and_usage_all(void **state)
{
	struct sink_fixture *f = *state;
	redisReply *first;

	f->options.stream_max = 50;
	sink_fixture_append(f, 200);
	sink_fixture_run(f);
	sink_fixture_level(f);
	sink_fixture_append(f, 10);
	sink_fixture_level(f);
	assert_int_equal(redis_fixture_int(&f->redis, "XLEN", "transit:{aktau-1}:stream", NULL), 50);
	first = redis_fixture_ask(
		&f->redis, "XRANGE", "transit:{aktau-1}:stream", "-", "+", "COUNT", "1", NULL);
	assert_string_equal(first->element[0]->element[0]->str, "161-0");
	freeReplyObject(first);
	assert_int_equal(redis_fixture_int(&f->redis, "ZCARD", "transit:{aktau-1}:bins", NULL), 7);
}

static void what_is_too_old_goes(void **state)
{
	struct sink_fixture *f = *state;

	f->options.stream_age = 600;
	f->options.usage_age = 900;
	sink_fixture_run(f);
	for (int i = 0; i < 200; i += 10) { /* 6 2/3 bins, the newest from 1,800 s on */
		sink_fixture_append(f, 10);
		sink_fixture_level(f);
	}
	while (redis_fixture_int(&f->redis, "ZCARD", "transit:{aktau-1}:bins", NULL) > 4)
		event_base_loop(f->base, EVLOOP_ONCE);
	assert_int_equal(redis_fixture_int(&f->redis, "ZCARD", "transit:{aktau-1}:bins", NULL), 4);
	assert_int_equal(redis_fixture_int(&f->redis, "EXISTS", "transit:{aktau-1}:usage:1767226200", NULL), 0);
	assert_int_equal(redis_fixture_int(&f->redis, "EXISTS", "transit:{aktau-1}:usage:1767226500", NULL), 1);
	assert_int_equal(redis_fixture_int(&f->redis, "XLEN", "transit:{aktau-1}:stream", NULL), 80);
	assert_int_equal(redis_fixture_int(&f->redis, "DBSIZE", NULL), 4 + 5);

	/* The same from nothing: no more is built than is kept. */
	sink_fixture_halt(f);
	redis_fixture_do(&f->redis, "FLUSHALL", NULL);
	sink_fixture_run(f);
	sink_fixture_level(f);
	assert_int_equal(redis_fixture_int(&f->redis, "ZCARD", "transit:{aktau-1}:bins", NULL), 4);
	assert_int_equal(redis_fixture_int(&f->redis, "XLEN", "transit:{aktau-1}:stream", NULL), 80);
}

static void rates_are_those_of_the_newest_interval(void **state)
{
	struct sink_fixture *f = *state;
	struct interval *iv = make_interval(&f->make, f->book, f->next, 1);
	redisReply *rate;

	sink_fixture_append(f, 3);
	iv->start = f->next;
	iv->end = f->next + 10;
	iv->covered_ms = 4000;
	iv->n_records = 2;
	iv->records[0] = (struct record){ make_cell(f->book, 0), { 8, 1000, 900 } };
	iv->records[1] = (struct record){ make_cell(f->book, 1), { 12, 3000, 2900 } };
	iv->n_taps = 1;
	iv->taps[0] = (struct tap_count){ .name = "t0", .packets = 20, .l2_bytes = 4000 };
	interval_sort(iv);
	assert_int_equal(journal_append(f->journal, iv), 0);
	interval_free(iv);
	sink_fixture_run(f);
	sink_fixture_level(f);
	rate = redis_fixture_ask(&f->redis, "HGETALL", "transit:{aktau-1}:rates", NULL);
	assert_int_equal(rate->elements, 8);
	freeReplyObject(rate);
	rate = redis_fixture_ask(&f->redis, "HGET", "transit:{aktau-1}:rates", "peering-0 ingress", NULL);
	assert_string_equal(rate->str, "8000 5");
	freeReplyObject(rate);
	sink_fixture_same(f);
}

static void a_cursor_of_another_journal_stops_it(void **state)
{
	struct sink_fixture *f = *state;
	struct sink_status status;

	sink_fixture_append(f, 20);
	sink_fixture_run(f);
	sink_fixture_level(f);
	sink_fixture_halt(f);
	sink_fixture_other_journal(f);
	sink_fixture_append(f, 30);
	sink_fixture_run(f);
	sink_fixture_until(f, SINK_STOPPED);
	sink_redis_status(f->sink, &status);
	assert_non_null(strstr(status.reason, "the journal's chain there is another"));
	assert_int_equal(sink_redis_drain(f->sink, f->base, 1000), -ESTALE);
	assert_int_equal(redis_fixture_int(&f->redis, "HGET", "transit:{aktau-1}:cursor", "seq", NULL), 20);
	assert_int_equal(redis_fixture_int(&f->redis, "XLEN", "transit:{aktau-1}:stream", NULL), 20);
}

static void a_cursor_ahead_of_the_journal_stops_it(void **state)
{
	struct sink_fixture *f = *state;
	struct sink_status status;

	sink_fixture_append(f, 20);
	sink_fixture_run(f);
	sink_fixture_level(f);
	sink_fixture_halt(f);
	sink_fixture_other_journal(f);
	sink_fixture_append(f, 19);
	sink_fixture_run(f);
	sink_fixture_until(f, SINK_STOPPED);
	sink_redis_status(f->sink, &status);
	assert_non_null(strstr(status.reason, "does not hold that interval"));
	assert_int_equal(redis_fixture_int(&f->redis, "HGET", "transit:{aktau-1}:cursor", "seq", NULL), 20);
}

static void what_is_left_without_a_cursor_is_cleared_first(void **state)
{
	struct sink_fixture *f = *state;

	sink_fixture_append(f, 100);
	sink_fixture_run(f);
	sink_fixture_level(f);
	sink_fixture_halt(f);
	sink_fixture_other_journal(f);
	redis_fixture_do(&f->redis, "DEL", "transit:{aktau-1}:cursor", NULL);
	sink_fixture_append(f, 10);
	sink_fixture_run(f);
	sink_fixture_level(f);
	sink_fixture_same(f);
	assert_int_equal(redis_fixture_int(&f->redis, "DBSIZE", NULL), 1 + 5);
}

/* Another daemon with the same meter's name and the same Redis, but a journal of its own. */
static void open_other(const struct sink_fixture *f, struct sink_fixture *other)
{
	*other = *f;
	other->journal = NULL;
	other->sink = NULL;
	other->path = NULL;
	sink_fixture_other_journal(other);
}

static void close_other(struct sink_fixture *other)
{
	sink_fixture_halt(other);
	journal_close(other->journal);
	free(other->path);
}

static void a_second_writer_of_the_same_meter_is_fenced(void **state)
{
	struct sink_fixture *f = *state, other;

	sink_fixture_append(f, 5);
	sink_fixture_run(f);
	sink_fixture_level(f);
	open_other(f, &other);
	sink_fixture_append(&other, 8);
	sink_fixture_run(&other);
	sink_fixture_until(&other, SINK_STOPPED);
	sink_fixture_append(f, 5);
	sink_fixture_level(f);
	sink_fixture_same(f);
	close_other(&other);
}

static void of_two_writers_that_find_redis_empty_one_wins(void **state)
{
	struct sink_fixture *f = *state, other, *winner, *loser;

	open_other(f, &other);
	sink_fixture_run(f);
	sink_fixture_run(&other);
	sink_fixture_level(f);
	sink_fixture_level(&other);
	sink_fixture_append(f, 1);
	sink_fixture_append(&other, 1);
	while (sink_fixture_state(f) != SINK_STOPPED && sink_fixture_state(&other) != SINK_STOPPED)
		event_base_loop(f->base, EVLOOP_ONCE);
	winner = sink_fixture_state(f) == SINK_STOPPED ? &other : f;
	loser = winner == f ? &other : f;
	sink_fixture_level(winner);
	sink_fixture_same(winner); /* the loser has changed nothing */
	sink_fixture_append(winner, 40);
	sink_fixture_append(loser, 60);
	sink_fixture_level(winner);
	sink_fixture_same(winner);
	assert_int_equal(sink_fixture_state(loser), SINK_STOPPED);
	close_other(&other);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(an_empty_journal_is_level_and_writes_nothing),
		TEST(every_interval_arrives_as_it_is_written),
		TEST(a_long_journal_is_caught_up_with),
		TEST(a_sink_goes_on_where_the_last_one_ended),
		TEST(an_interval_that_counted_nothing_arrives_too),
		TEST(a_clock_that_went_back_adds_to_the_old_bin),
		TEST(long_intervals_take_a_bin_each),
		TEST(big_intervals_arrive_whole),
		TEST(a_wiped_redis_gets_what_the_journal_still_has),
		TEST(what_comes_late_for_deleted_usage_has_none_in_redis_either),
		TEST(a_redis_at_the_anchor_goes_on),
		TEST(a_redis_behind_the_anchor_is_not_guessed_at),
		TEST(the_stream_keeps_the_newest_and_usage_all),
		TEST(what_is_too_old_goes),
		TEST(rates_are_those_of_the_newest_interval),
		TEST(a_cursor_of_another_journal_stops_it),
		TEST(a_cursor_ahead_of_the_journal_stops_it),
		TEST(what_is_left_without_a_cursor_is_cleared_first),
		TEST(a_second_writer_of_the_same_meter_is_fenced),
		TEST(of_two_writers_that_find_redis_empty_one_wins),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
