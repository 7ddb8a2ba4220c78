/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * kill -9 of the writer at random moments, a hundred times on one journal: what was acknowledged is
 * there, what was under way is there whole or not at all, the sequence has no gap and the chain no
 * break. And the same again while the writer deletes what is old: what is left is whole behind its anchor.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "journal.h"
#include "make_interval.h"

#define KILLS 100
#define KEPT  20 /* intervals that are too young to be deleted */
#define FIRST INT64_C(1795305600)

static struct make make = {
	.meter = "m", .interval = 10, .n_taps = 2, .n_cells = 400, .percent = 50
};
static char path[200];
static bool deleting;
static uint64_t deleted; /* intervals, at the last check */
static int64_t step = 10; /* seconds from one interval's start to the next one's */

/* What the interval of that number holds, in whichever process it was written. */
static struct interval *expected(struct cellbook *book, uint64_t seq)
{
	struct interval *iv;

	make.n_cells = 100 + (unsigned)seq % 300; /* new cells turn up now and then */
	iv = make_interval(&make, book, FIRST + (int64_t)seq * step, seq);
	return iv;
}

/* Every append lets five minutes and an interval go: two slices. */
static int delete_old(struct journal *j, uint64_t seq)
{
	const struct journal_limit limit = { FIRST + ((int64_t)seq - KEPT) * step, UINT64_MAX };
	int more = deleting;

	while (more > 0)
		more = journal_prune(j, &limit);
	return more;
}

/* The child: appends for ever, and tells each number that was acknowledged. */
static void write_for_ever(int tell)
{
	struct cellbook *book = cellbook_new();
	struct journal_head head;
	struct journal *j;
	struct digest digest;
	const char *text = make_config(&digest);

	if (journal_open(path, JOURNAL_WRITE, "m", 10, book, &j) ||
		journal_put_config(j, &digest, text) || journal_head(j, &head))
		_exit(1);
	for (;;) {
		struct interval *iv = expected(book, ++head.seq);

		if (journal_append(j, iv) || iv->seq != head.seq ||
			write(tell, &iv->seq, sizeof(iv->seq)) != sizeof(iv->seq) ||
			delete_old(j, head.seq))
			_exit(1);
		interval_free(iv);
	}
}

struct check {
	struct cellbook *book;
	uint64_t next;
};

static int same_as_expected(void *context, const struct interval *iv)
{
	struct check *c = context;
	struct interval *own = expected(c->book, c->next);
	struct text is = { 0 }, should = { 0 };

	assert_int_equal(iv->seq, c->next++);
	own->seq = iv->seq;
	interval_encode(iv, &is);
	interval_encode(own, &should);
	assert_string_equal(is.data, should.data);
	text_free(&is);
	text_free(&should);
	interval_free(own);
	return 0;
}

static void complain(void *context, const char *what)
{
	(void)context;
	fail_msg("%s", what);
}

/* The last number in the journal, after holding all of it against what it should be. */
static uint64_t check_all(uint64_t from)
{
	struct check c = { .book = cellbook_new() };
	struct journal_anchor anchor;
	struct journal_head head;
	struct journal *j = NULL;

	assert_int_equal(journal_open(path, JOURNAL_READ, "m", 10, c.book, &j), 0);
	assert_int_equal(journal_head(j, &head), 0);
	assert_int_equal(journal_anchor(j, &anchor), 0);
	assert_true(anchor.seq == 0 || anchor.seq + KEPT <= head.seq);
	deleted = anchor.seq;
	c.next = from > anchor.seq ? from : anchor.seq + 1;
	assert_int_equal(
		journal_walk(j, &(struct journal_range){ .first_seq = c.next }, same_as_expected, &c),
		0);
	assert_int_equal(c.next, head.seq + 1);
	assert_int_equal(journal_verify(j, complain, NULL), 0);
	journal_close(j);
	cellbook_free(c.book);
	return head.seq;
}

static void nothing_acknowledged_is_lost_and_nothing_is_half(void **state)
{
	uint64_t seed = 20261122, acknowledged = 0, head = 0, beyond = 0;

	(void)state;
	for (int i = 0; i < KILLS; i++) {
		uint64_t acks = make_random(&seed) % 6, seq, checked = head;
		int ends[2], status;
		pid_t child;

		assert_int_equal(pipe(ends), 0);
		child = fork();
		assert_true(child >= 0);
		if (!child) {
			close(ends[0]);
			write_for_ever(ends[1]);
		}
		close(ends[1]);
		while (acks-- && read(ends[0], &seq, sizeof(seq)) == sizeof(seq))
			acknowledged = seq;
		usleep((useconds_t)(make_random(&seed) %
				    6000)); /* anywhere in an append, or in opening */
		assert_int_equal(kill(child, SIGKILL), 0);
		while (read(ends[0], &seq, sizeof(seq)) == sizeof(seq))
			acknowledged = seq;
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
		close(ends[0]);
		if (!acknowledged)
			continue; /* perhaps killed before it was a journal */
		head = check_all(checked + 1);
		assert_in_range(head, acknowledged, acknowledged + 1);
		beyond += head > acknowledged;
		acknowledged = head; /* the next writer goes on from there */
	}
	assert_true(head > KILLS);
	head = check_all(1);
	print_message("%llu intervals, %d kills, %llu of them between commit and acknowledgement\n",
		(unsigned long long)head, KILLS, (unsigned long long)beyond);
}

static void deleting_loses_nothing_else(void **state)
{
	assert_int_equal(unlink(path), 0);
	deleting = true;
	step = 300;
	nothing_acknowledged_is_lost_and_nothing_is_half(state);
	assert_true(deleted > KILLS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_acknowledged_is_lost_and_nothing_is_half),
		cmocka_unit_test(deleting_loses_nothing_else),
	};
	char *folder = make_folder();
	int failed;

	make_config(&make.config);
	snprintf(path, sizeof(path), "%s/a.db", folder);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	remove_folder(folder);
	return failed;
}
