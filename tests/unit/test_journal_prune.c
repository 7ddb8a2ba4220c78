/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Retention: what is old goes slice by slice from the front, what is left is whole and can be verified
 * from the anchor on, and nothing beyond the limit is touched.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "journal_box.h"
#include "log.h"

static void complain(void *context, const char *what)
{
	(void)context;
	fail_msg("%s", what);
}

static void count_complaint(void *context, const char *what)
{
	(void)what;
	++*(unsigned *)context;
}

static int count_usage(void *context, const struct usage_count *u)
{
	*(uint64_t *)context += u->count.packets;
	return 0;
}

static int count_bin(void *context, const struct usage_bin *b)
{
	*(uint64_t *)context += b->tap_packets - b->unknown_packets;
	return 0;
}

/* The packets of the box's intervals that lie in five minutes from `kept` on. */
static uint64_t packets_from(const struct box *b, int64_t kept)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < b->n; i++)
		for (size_t k = 0; b->iv[i]->start >= kept && k < b->iv[i]->n_records; k++)
			sum += b->iv[i]->records[k].count.packets;
	return sum;
}

/* After every slice: what is left is the box's intervals behind the anchor, and all of it fits. */
static void fits(struct box *b, struct journal_anchor *anchor)
{
	uint64_t usage = 0, bins = 0, want;

	assert_int_equal(journal_anchor(b->journal, anchor), 0);
	assert_int_equal(journal_verify(b->journal, complain, NULL), 0);
	box_walk(b, b->journal, &(struct journal_range){ .first_seq = anchor->seq + 1 });
	assert_int_equal(journal_usage(b->journal, 0, 0, count_usage, &usage), 0);
	assert_int_equal(journal_bins(b->journal, 0, 0, count_bin, &bins), 0);
	want = packets_from(b, anchor->kept);
	assert_int_equal(usage, want);
	assert_int_equal(bins, want);
}

static void prune(struct box *b, int64_t before, uint64_t last_seq, struct journal_anchor *anchor)
{
	const struct journal_limit limit = { before, last_seq };
	unsigned slices = 0;
	int more;

	while ((more = journal_prune(b->journal, &limit)) > 0) {
		slices++;
		if (slices % 32 == 1)
			fits(b, anchor);
	}
	assert_int_equal(more, 0);
	fits(b, anchor);
}

static void what_is_old_goes_and_the_rest_is_whole(void **state)
{
	struct box *b = *state;
	struct journal_anchor anchor;
	int64_t before = BOX_FIRST + 72050; /* not the edge of five minutes: they stay */
	struct digest chain;

	box_fill(b, 600);
	prune(b, BOX_FIRST, UINT64_MAX, &anchor);
	assert_int_equal(anchor.seq, 0);
	prune(b, before, UINT64_MAX, &anchor);
	assert_in_range(anchor.seq, 50, 590);
	assert_int_equal(anchor.kept, BOX_FIRST + 72000);
	assert_true(b->iv[anchor.seq]->start >= anchor.kept); /* as many as may go went */
	chain = b->iv[anchor.seq - 1]->chain;
	assert_memory_equal(&anchor.chain, &chain, sizeof(chain));
	box_fill(b, 20); /* at the old times again, as a replay does: kept, but too old for sums */
	prune(b, before, UINT64_MAX, &anchor);
	box_close(b);
	assert_int_equal(box_open(b), 0);
	fits(b, &anchor);
}

static void nothing_beyond_the_limit_goes(void **state)
{
	struct box *b = *state;
	struct journal_anchor anchor;

	box_fill(b, 200);
	prune(b, BOX_FIRST + 86400 * 365, 77, &anchor);
	assert_int_equal(anchor.seq, 77);
	prune(b, INT64_MAX - 1000, 0, &anchor);
	assert_int_equal(anchor.seq, 77);
}

static void the_newest_interval_stays(void **state)
{
	struct box *b = *state;
	struct journal_anchor anchor;
	struct journal_head head;

	box_fill(b, 100);
	prune(b, BOX_FIRST + 86400 * 365, UINT64_MAX, &anchor);
	assert_int_equal(anchor.seq, 99);
	box_close(b);
	assert_int_equal(box_open(b), 0);
	assert_int_equal(journal_head(b->journal, &head), 0);
	assert_int_equal(head.seq, 100);
}

static void a_cell_that_comes_back_has_its_number(void **state)
{
	struct box *b = *state;
	struct journal_anchor anchor;

	b->make.n_cells = 60;
	box_fill(b, 40);
	b->make.n_cells = 2;
	box_fill(b, 1);
	prune(b, BOX_FIRST + 86400, UINT64_MAX, &anchor);
	b->make.n_cells = 60;
	box_fill(b, 10);
	fits(b, &anchor);
}

static void a_reader_keeps_what_it_holds(void **state)
{
	struct box *b = *state;
	struct journal *reader = NULL;
	struct cellbook *book = cellbook_new();
	struct journal_anchor anchor;

	box_fill(b, 300);
	assert_int_equal(journal_open(b->path, JOURNAL_READ, "aktau-1", 10, book, &reader), 0);
	assert_int_equal(journal_hold(reader), 0);
	prune(b, BOX_FIRST + 86400 * 365, 250, &anchor);
	box_walk(b, reader, &(struct journal_range){ 0 });
	assert_int_equal(journal_verify(reader, complain, NULL), 0);
	assert_int_equal(journal_prune(reader, &(struct journal_limit){ 0 }), -EROFS);
	journal_close(reader);
	cellbook_free(book);
}

static void run_sql(const char *path, const char *sql)
{
	sqlite3 *db;
	char *said = NULL;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	if (sqlite3_exec(db, sql, NULL, NULL, &said) != SQLITE_OK)
		fail_msg("%s: %s", sql, said);
	sqlite3_close(db);
}

/* Whoever cuts off more, or moves the anchor, is noticed as far as the journal alone can tell. */
static void another_anchor_is_noticed(void **state)
{
	static const char *const sql[] = {
		"UPDATE anchor SET seq = seq + 1",
		"UPDATE anchor SET seq = seq - 1",
		"UPDATE anchor SET chain = (SELECT chain FROM interval ORDER BY seq LIMIT 1)",
		"UPDATE anchor SET kept = (SELECT min(bin) + 300 FROM bin)",
		"UPDATE anchor SET kept = 0",
		"DELETE FROM record WHERE seq = (SELECT min(seq) FROM interval);"
		"DELETE FROM tap WHERE seq = (SELECT min(seq) FROM interval);"
		"DELETE FROM interval WHERE seq = (SELECT min(seq) FROM interval)",
		"UPDATE anchor SET seq = 0, chain = zeroblob(32)",
	};
	struct box *b = *state;
	struct journal_anchor anchor;
	char *good;
	size_t size;

	box_fill(b, 100);
	box_fill(b, 1); /* of the first five minutes, long behind them */
	prune(b, BOX_FIRST + 9000, UINT64_MAX, &anchor);
	assert_in_range(anchor.seq, 10, 90);
	box_close(b);
	good = box_read(b->path, &size);
	for (size_t i = 0; i < sizeof(sql) / sizeof(*sql); i++) {
		unsigned complaints = 0;

		run_sql(b->path, sql[i]);
		assert_int_equal(journal_open(b->path, JOURNAL_READ, "aktau-1", 10, b->book, &b->journal), 0);
		journal_verify(b->journal, count_complaint, &complaints);
		if (!complaints)
			fail_msg("%s: not noticed", sql[i]);
		box_close(b);
		box_write(b->path, good, size);
	}
	free(good);
}

static void a_day_must_have_been_metered_at_the_new_time(void **state)
{
	struct box *b = *state;
	struct cellbook *book = cellbook_new();
	struct journal_ages ages;
	struct journal *j = NULL;
	char path[220];
	int64_t start = BOX_FIRST;

	snprintf(path, sizeof(path), "%s/slow.db", b->folder);
	assert_int_equal(journal_open(path, JOURNAL_WRITE, "aktau-1", 300, book, &j), 0);
	assert_int_equal(journal_put_config(j, &b->make.config, make_config(&b->make.config)), 0);
	b->make.interval = 300;
	for (int i = 0; i < 600; i++, start += 300) {
		struct interval *iv = make_interval(&b->make, book, start, (uint64_t)i);

		if (i == 300) /* the clock jumps by ten years */
			start += INT64_C(3650) * 86400;
		iv->start = start;
		iv->end = start + 300;
		assert_int_equal(journal_append(j, iv), 0);
		interval_free(iv);
		assert_int_equal(journal_ages(j, &ages), 0);
		if (i < 288)
			assert_int_equal(ages.newest, 0);
		else if (i < 300)
			assert_int_equal(ages.newest, start + 300);
		else if (i < 588) /* not believed yet */
			assert_in_range(ages.newest, BOX_FIRST + 300 * 300, BOX_FIRST + 589 * 300);
		else
			assert_int_equal(ages.newest, start + 300);
		assert_true(!ages.newest || ages.oldest == BOX_FIRST);
	}
	journal_close(j);
	cellbook_free(book);
}

/* The file shrinks when much of it is free, and what is left can still be read. */
static void space_is_given_back(void **state)
{
	struct box *b = *state;
	struct journal_anchor anchor;
	struct stat before, after;

	b->make.n_cells = 3000;
	b->make.percent = 100;
	box_fill(b, 150);
	box_close(b);
	assert_int_equal(stat(b->path, &before), 0);
	assert_int_equal(box_open(b), 0);
	prune(b, BOX_FIRST + 86400 * 365, 130, &anchor);
	box_close(b);
	assert_int_equal(stat(b->path, &after), 0);
	assert_true(before.st_size > 8 * 1024 * 1024);
	assert_true(after.st_size < before.st_size * 3 / 4);
	assert_int_equal(box_open(b), 0);
	fits(b, &anchor);
}

int main(void)
{
#define boxed(f) cmocka_unit_test_setup_teardown(f, box_up, box_down)
	const struct CMUnitTest tests[] = {
		boxed(what_is_old_goes_and_the_rest_is_whole),
		boxed(nothing_beyond_the_limit_goes),
		boxed(the_newest_interval_stays),
		boxed(a_cell_that_comes_back_has_its_number),
		boxed(a_reader_keeps_what_it_holds),
		boxed(another_anchor_is_noticed),
		boxed(a_day_must_have_been_metered_at_the_new_time),
		boxed(space_is_given_back),
	};

	log_init("test_journal_prune", 0); /* refusals are wanted here, and told by their codes */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
