/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Who may open a journal, beside whom, and what is not one.
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
#include <sys/stat.h>
#include <unistd.h>

#include "journal_box.h"
#include "log.h"

static void one_writer_and_readers_beside_it(void **state)
{
	struct box *b = *state;
	struct journal *second = NULL;
	char other[220];

	box_fill(b, 2);
	assert_int_equal(
		journal_open(b->path, JOURNAL_WRITE, "aktau-1", 10, b->book, &second), -EBUSY);
	snprintf(other, sizeof(other), "%s/link.db", b->folder);
	assert_int_equal(symlink("a.db", other), 0);
	assert_int_equal(
		journal_open(other, JOURNAL_WRITE, "aktau-1", 10, b->book, &second), -EBUSY);
	assert_null(second);
	assert_int_equal(journal_open(b->path, JOURNAL_READ, "aktau-1", 0, b->book, &second), 0);
	box_fill(b, 2); /* while it reads */
	box_walk(b, second, &(struct journal_range){ 0 });
	assert_int_equal(journal_append(second, b->iv[0]), -EROFS);
	journal_close(second);
	journal_close(b->journal);
	assert_int_equal(box_open(b), 0);
	box_fill(b, 1);
}

static int count_one(void *context, const struct interval *iv)
{
	(void)iv;
	++*(unsigned *)context;
	return 0;
}

static void a_held_reader_sees_one_state(void **state)
{
	struct box *b = *state;
	const struct journal_range all = { 0 };
	struct cellbook *book = cellbook_new();
	struct journal *reader = NULL;
	unsigned n = 0;

	box_fill(b, 5);
	assert_int_equal(journal_open(b->path, JOURNAL_READ, "aktau-1", 10, book, &reader), 0);
	assert_int_equal(journal_hold(reader), 0);
	b->make.n_cells = 30; /* with cells that the reader has never seen */
	box_fill(b, 5);
	b->make.n_cells = 8;
	assert_int_equal(journal_walk(reader, &all, count_one, &n), 0);
	assert_int_equal(n, 5);
	journal_release(reader);
	n = 0;
	assert_int_equal(journal_walk(reader, &all, count_one, &n), 0);
	assert_int_equal(n, 10);
	journal_close(reader);
	cellbook_free(book);
}

static int try_open(
	struct box *b, const char *name, enum journal_mode mode, const char *meter, unsigned s)
{
	char path[220];
	struct journal *j = NULL;
	int err;

	snprintf(path, sizeof(path), "%s/%s", b->folder, name);
	err = journal_open(path, mode, meter, s, b->book, &j);
	journal_close(j);
	return err;
}

static void opens_only_its_own(void **state)
{
	struct box *b = *state;
	char path[220], *before, *after;
	size_t size[2];
	sqlite3 *db;

	box_fill(b, 1);
	assert_int_equal(try_open(b, "none.db", JOURNAL_READ, "aktau-1", 10), -ENOENT);
	assert_int_equal(try_open(b, "none/none.db", JOURNAL_WRITE, "aktau-1", 10), -ENOENT);
	assert_int_equal(try_open(b, "a.db", JOURNAL_READ, "aktau-2", 10), -EINVAL);
	assert_int_equal(try_open(b, "a.db", JOURNAL_READ, "aktau-1", 30), -EINVAL);
	box_close(b);
	assert_int_equal(try_open(b, "a.db", JOURNAL_WRITE, "aktau-2", 10), -EINVAL);
	assert_int_equal(try_open(b, "a.db", JOURNAL_WRITE, "aktau-1", 30), -EINVAL);
	assert_int_equal(try_open(b, "a.db", JOURNAL_WRITE, "aktau-1", 10), 0);

	snprintf(path, sizeof(path), "%s/text.db", b->folder);
	box_write(path, "this is no database, whatever its name says", 43);
	assert_int_equal(try_open(b, "text.db", JOURNAL_READ, "aktau-1", 10), -EINVAL);
	assert_int_equal(try_open(b, "text.db", JOURNAL_WRITE, "aktau-1", 10), -EINVAL);
	snprintf(path, sizeof(path), "%s/empty.db", b->folder);
	box_write(path, "", 0);
	assert_int_equal(try_open(b, "empty.db", JOURNAL_READ, "aktau-1", 10), -ENOENT);

	snprintf(path, sizeof(path), "%s/other.db", b->folder);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "CREATE TABLE t (a)", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
	before = box_read(path, &size[0]);
	assert_int_equal(try_open(b, "other.db", JOURNAL_READ, "aktau-1", 10), -EINVAL);
	assert_int_equal(try_open(b, "other.db", JOURNAL_WRITE, "aktau-1", 10), -EINVAL);
	after = box_read(path, &size[1]);
	assert_int_equal(size[0], size[1]);
	assert_memory_equal(before, after, size[0]); /* not so much as a journal mode */
	free(before);
	free(after);
}

/* Names that SQLite would take for something else. */
static void odd_names_are_just_names(void **state)
{
	static const char *const name[] = { "file:x?mode=memory", ":memory:", "a%41b.db",
		"q?x#y.db" };
	struct box *b = *state;
	char here[500];

	assert_non_null(getcwd(here, sizeof(here)));
	assert_int_equal(chdir(b->folder), 0);
	for (size_t i = 0; i < sizeof(name) / sizeof(*name); i++) {
		struct journal *j = NULL;

		assert_int_equal(
			journal_open(name[i], JOURNAL_WRITE, "aktau-1", 10, b->book, &j), 0);
		journal_close(j);
		assert_int_equal(access(name[i], F_OK), 0);
		assert_int_equal(
			journal_open(name[i], JOURNAL_READ, "aktau-1", 10, b->book, &j), 0);
		journal_close(j);
	}
	assert_int_equal(chdir(here), 0);
}

/* An archive: the file alone, on media that cannot be written. */
static void reads_where_nothing_may_be_written(void **state)
{
	struct box *b = *state;
	char path[300], *data;
	struct journal *j = NULL;
	size_t size;

	box_fill(b, 10);
	box_close(b);
	data = box_read(b->path, &size);
	snprintf(path, sizeof(path), "%s/100%%?.db", b->folder);
	box_write(path, data, size);
	free(data);
	assert_int_equal(chmod(path, 0444) | chmod(b->folder, 0555), 0);
	if (getuid() == 0) /* root may write anywhere */
		assert_int_equal(seteuid(65534), 0);
	assert_int_equal(journal_open(path, JOURNAL_READ, "aktau-1", 10, b->book, &j), 0);
	box_walk(b, j, &(struct journal_range){ 0 });
	journal_close(j);
	assert_int_equal(seteuid(getuid()), 0);
	assert_int_equal(chmod(b->folder, 0755), 0);
}

int main(void)
{
#define boxed(f) cmocka_unit_test_setup_teardown(f, box_up, box_down)
	const struct CMUnitTest tests[] = {
		boxed(one_writer_and_readers_beside_it),
		boxed(a_held_reader_sees_one_state),
		boxed(opens_only_its_own),
		boxed(odd_names_are_just_names),
		boxed(reads_where_nothing_may_be_written),
	};

	log_init("test_journal_open", 0); /* refusals are wanted here, and told by their codes */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
