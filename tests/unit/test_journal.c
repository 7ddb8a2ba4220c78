/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The journal keeps what it was given, adds up its five minutes, refuses what it must not keep, and
 * knows when one bit of it has changed. Real SQLite, real files.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "journal.h"
#include "log.h"
#include "make_interval.h"

#define FIRST INT64_C(1795305600) /* 2026-11-22T00:00:00Z */

static struct make make = { .meter = "aktau-1", .interval = 10, .n_taps = 2, .n_cells = 8, .percent = 60 };

/* A folder with a journal in it, and the intervals that were put there. */
struct box {
	char *folder, path[200];
	struct cellbook *book;
	struct journal *journal;
	struct interval *iv[2000];
	size_t n;
};

static int box_open(struct box *b)
{
	return journal_open(b->path, JOURNAL_WRITE, "aktau-1", 10, b->book, &b->journal);
}

static int box_up(void **state)
{
	struct box *b = calloc(1, sizeof(*b));
	const char *text = make_config(&make.config);

	b->folder = make_folder();
	snprintf(b->path, sizeof(b->path), "%s/a.db", b->folder);
	b->book = cellbook_new();
	*state = b;
	return box_open(b) || journal_put_config(b->journal, &make.config, text);
}

static int box_down(void **state)
{
	struct box *b = *state;

	journal_close(b->journal);
	for (size_t i = 0; i < b->n; i++)
		interval_free(b->iv[i]);
	cellbook_free(b->book);
	remove_folder(b->folder);
	free(b);
	return 0;
}

/* Appends `n` intervals; some times stand still or go back, as after a restart or a corrected clock. */
static void box_fill(struct box *b, size_t n)
{
	int64_t start = FIRST;
	uint64_t seed = 42;

	for (size_t i = 0; i < n; i++) {
		uint64_t step = make_random(&seed) % 20;

		b->iv[b->n] = make_interval(&make, b->book, start, i + 1);
		assert_int_equal(journal_append(b->journal, b->iv[b->n]), 0);
		assert_int_equal(b->iv[b->n]->seq, b->n + 1);
		b->n++;
		start += step == 0 ? 0 : step == 1 ? -40 : step == 2 ? 3600 : 10;
	}
}

static void assert_same(const struct interval *a, const struct interval *b)
{
	struct text x = { 0 }, y = { 0 };

	interval_encode(a, &x);
	interval_encode(b, &y);
	assert_string_equal(x.data, y.data);
	assert_memory_equal(&a->chain, &b->chain, sizeof(a->chain));
	text_free(&x);
	text_free(&y);
}

struct expect {
	struct box *b;
	size_t next;
	int64_t from, to;
	uint64_t first, last;
};

static int expect_next(void *context, const struct interval *iv)
{
	struct expect *e = context;

	for (;; e->next++) {
		const struct interval *own = e->next < e->b->n ? e->b->iv[e->next] : NULL;

		assert_non_null(own);
		if (own->start >= e->from && own->start < e->to && own->seq >= e->first && own->seq <= e->last)
			break;
	}
	assert_same(iv, e->b->iv[e->next++]);
	return 0;
}

static void walk_all(struct box *b, struct journal *j, const struct journal_range *range)
{
	struct expect e = { b, 0, range->from, range->to ? range->to : INT64_MAX, range->first_seq,
		range->last_seq ? range->last_seq : UINT64_MAX };

	assert_int_equal(journal_walk(j, range, expect_next, &e), 0);
	for (; e.next < b->n; e.next++) {
		const struct interval *own = b->iv[e.next];

		assert_false(own->start >= e.from && own->start < e.to && own->seq >= e.first &&
			own->seq <= e.last);
	}
}

static void walks_what_was_appended(void **state)
{
	struct box *b = *state;

	box_fill(b, 500);
	walk_all(b, b->journal, &(struct journal_range){ 0 });
	walk_all(b, b->journal, &(struct journal_range){ .first_seq = 100 });
	walk_all(b, b->journal, &(struct journal_range){ .first_seq = 100, .last_seq = 100 });
	walk_all(b, b->journal, &(struct journal_range){ .first_seq = 501 });
	walk_all(b, b->journal, &(struct journal_range){ .first_seq = UINT64_MAX });
	for (int64_t at = FIRST; at < FIRST + 90000; at += 7003) {
		walk_all(b, b->journal, &(struct journal_range){ .from = at });
		walk_all(b, b->journal, &(struct journal_range){ .to = at });
		walk_all(b, b->journal, &(struct journal_range){ .from = at, .to = at + 3000 });
		walk_all(b, b->journal, &(struct journal_range){ 50, 400, at, at + 30000 });
	}
}

static void goes_on_where_it_stopped(void **state)
{
	struct box *b = *state;
	struct journal_head head;

	assert_int_equal(journal_head(b->journal, &head), 0);
	assert_int_equal(head.seq, 0);
	box_fill(b, 3);
	for (int i = 0; i < 3; i++) {
		journal_close(b->journal);
		cellbook_free(b->book); /* b->iv point into it: not read below */
		b->book = cellbook_new();
		assert_int_equal(box_open(b), 0);
		assert_int_equal(journal_head(b->journal, &head), 0);
		assert_int_equal(head.seq, b->n);
		assert_memory_equal(&head.chain, &b->iv[b->n - 1]->chain, sizeof(head.chain));
		assert_int_equal(head.end, b->iv[b->n - 1]->end);
		box_fill(b, 2);
	}
}

/* The chain as docs/journal.md describes it, computed apart from the journal. */
static void chains_every_interval_to_the_one_before(void **state)
{
	struct box *b = *state;
	struct digest chain = { { 0 } };

	box_fill(b, 20);
	for (size_t i = 0; i < b->n; i++) {
		char hex[DIGEST_HEX_SIZE];
		struct text text = { 0 };
		struct digest_piece piece;

		text_str(&text, digest_hex(hex, &chain));
		text_str(&text, "\n");
		interval_encode(b->iv[i], &text);
		piece = (struct digest_piece){ text.data, text.size };
		chain = digest_of(&piece, 1);
		assert_memory_equal(&chain, &b->iv[i]->chain, sizeof(chain));
		text_free(&text);
	}
}

/* Usage, the slow way: for each printed row, add up all that belongs to it. */

struct sums {
	struct box *b;
	int64_t from, to, last_bin;
	const struct cell_name *last_cell;
	uint64_t packets, bins;
};

static int check_usage(void *context, const struct usage_count *u)
{
	struct sums *s = context;
	struct counters want = { 0 };

	assert_true(u->start % 300 == 0 && u->start >= s->from && u->start < s->to);
	assert_true(u->start > s->last_bin ||
		(u->start == s->last_bin && cell_name_compare(s->last_cell, u->cell) < 0));
	s->last_bin = u->start;
	s->last_cell = u->cell;
	for (size_t i = 0; i < s->b->n; i++)
		for (size_t k = 0; s->b->iv[i]->start / 300 * 300 == u->start && k < s->b->iv[i]->n_records; k++)
			if (s->b->iv[i]->records[k].cell == u->cell) {
				want.packets += s->b->iv[i]->records[k].count.packets;
				want.l2_bytes += s->b->iv[i]->records[k].count.l2_bytes;
				want.l3_bytes += s->b->iv[i]->records[k].count.l3_bytes;
			}
	assert_memory_equal(&u->count, &want, sizeof(want));
	s->packets += u->count.packets;
	return 0;
}

static int check_bin(void *context, const struct usage_bin *bin)
{
	struct sums *s = context;
	struct usage_bin want = { .start = bin->start };

	for (size_t i = 0; i < s->b->n; i++) {
		const struct interval *iv = s->b->iv[i];

		if (iv->start / 300 * 300 != bin->start)
			continue;
		want.covered_ms += iv->covered_ms;
		want.config = iv->config;
		for (size_t k = 0; k < iv->n_taps; k++) {
			want.tap_packets += iv->taps[k].packets;
			want.unknown_packets += iv->taps[k].unknown_packets;
			want.malformed += iv->taps[k].malformed;
			want.late += iv->taps[k].late;
			want.missed_packets += iv->taps[k].missed;
		}
	}
	assert_memory_equal(bin, &want, sizeof(want));
	s->packets += bin->tap_packets - bin->unknown_packets;
	s->bins++;
	return 0;
}

static void usage_is_the_sum_of_its_intervals(void **state)
{
	struct box *b = *state;
	struct sums rows = { .b = b, .to = INT64_MAX, .last_bin = -1 }, bins = rows;
	uint64_t packets = 0, seen = 0;

	make.n_cells = 60;
	box_fill(b, 400);
	make.n_cells = 8;
	for (size_t i = 0; i < b->n; i++)
		for (size_t k = 0; k < b->iv[i]->n_records; k++)
			packets += b->iv[i]->records[k].count.packets;
	assert_int_equal(journal_usage(b->journal, 0, 0, check_usage, &rows), 0);
	assert_int_equal(journal_bins(b->journal, 0, 0, check_bin, &bins), 0);
	assert_int_equal(rows.packets, packets); /* no row is missing */
	assert_int_equal(bins.packets, packets);
	for (int64_t at = FIRST - 300; at < FIRST + 100000; at += 300) {
		struct sums one = { .b = b, .from = at, .to = at + 300, .last_bin = -1 };

		assert_int_equal(journal_bins(b->journal, at, at + 300, check_bin, &one), 0);
		one.packets = 0;
		assert_int_equal(journal_usage(b->journal, at, at + 300, check_usage, &one), 0);
		seen += one.packets;
	}
	assert_int_equal(seen, packets);
}

static void span_names_the_intervals_of_a_time(void **state)
{
	struct box *b = *state;
	struct journal_span span;

	box_fill(b, 300);
	for (int64_t from = FIRST - 1000; from < FIRST + 60000; from += 4001) {
		uint64_t first = 0, last = 0;

		for (size_t i = 0; i < b->n; i++)
			if (b->iv[i]->start >= from && b->iv[i]->start < from + 9000) {
				first = first ? first : b->iv[i]->seq;
				last = b->iv[i]->seq;
			}
		assert_int_equal(journal_span(b->journal, from, from + 9000, &span), 0);
		assert_int_equal(span.first_seq, first);
		assert_int_equal(span.last_seq, last);
		if (last)
			assert_memory_equal(&span.chain, &b->iv[last - 1]->chain, sizeof(span.chain));
	}
}

static int stop_at_third(void *context, const struct interval *iv)
{
	(void)context;
	return iv->seq == 3 ? -ECANCELED : 0;
}

static int ask_again(void *context, const struct interval *iv)
{
	struct box *b = context;
	struct sums s = { .b = b, .to = INT64_MAX, .last_bin = -1 };
	char *text = journal_config(b->journal, &iv->config);

	assert_string_equal(text, make_config(&make.config));
	free(text);
	assert_int_equal(journal_usage(b->journal, 0, 0, check_usage, &s), 0);
	walk_all(b, b->journal, &(struct journal_range){ .first_seq = iv->seq });
	return 0;
}

static void a_callback_may_stop_the_walk_and_ask_again(void **state)
{
	struct box *b = *state;
	const struct journal_range all = { 0 };

	box_fill(b, 12);
	assert_int_equal(journal_walk(b->journal, &all, stop_at_third, NULL), -ECANCELED);
	assert_int_equal(journal_walk(b->journal, &all, ask_again, b), 0);
}

/* Refusals: the error is as said, nothing has changed, and the next interval is taken. */

static void refused(struct box *b, struct interval *iv, int error)
{
	assert_int_equal(journal_append(b->journal, iv), error);
	assert_int_equal(iv->seq, 0);
	interval_free(iv);
}

static struct interval *another(struct box *b)
{
	return make_interval(&make, b->book, FIRST + 10000, 99);
}

static void refuses_what_it_must_not_keep(void **state)
{
	struct box *b = *state;
	struct interval *iv;
	struct cell_name name = { .link = "l", .partner = "p", .peering = "new", .class = "c", .cos = "s" };

	box_fill(b, 2);
	iv = another(b);
	iv->records[0].count.l2_bytes++;
	refused(b, iv, -EBADMSG);
	iv = another(b);
	strcpy(iv->meter, "aktau-2");
	refused(b, iv, -EINVAL);
	iv = another(b);
	iv->end += 10;
	refused(b, iv, -EINVAL);
	iv = another(b);
	iv->start++, iv->end++;
	refused(b, iv, -EINVAL);
	iv = another(b);
	iv->config.byte[0] ^= 1; /* a configuration that was never put */
	refused(b, iv, -EINVAL);
	iv = another(b);
	iv->records[0].cell = cellbook_intern(b->book, &name);
	iv->records[1] = iv->records[0]; /* twice */
	refused(b, iv, -EINVAL);
	iv = another(b);
	iv->taps[0].missed = UINT64_C(1) << 63;
	refused(b, iv, -EOVERFLOW);
	box_fill(b, 2);
	walk_all(b, b->journal, &(struct journal_range){ 0 });
}

static struct interval *huge(struct box *b)
{
	struct interval *iv = make_interval(&make, b->book, FIRST + 600, 5);

	iv->taps[0].l2_bytes += INT64_MAX - iv->records[0].count.l2_bytes;
	iv->records[0].count.l2_bytes = INT64_MAX;
	while (iv->taps[0].l2_bytes > INT64_MAX) { /* two taps carry it */
		iv->taps[0].l2_bytes -= UINT64_C(1) << 60;
		iv->taps[1].l2_bytes += UINT64_C(1) << 60;
	}
	return iv;
}

static void keeps_63_bits_and_refuses_a_sum_that_has_more(void **state)
{
	struct box *b = *state;

	b->iv[b->n] = huge(b);
	assert_int_equal(journal_append(b->journal, b->iv[b->n++]), 0);
	refused(b, huge(b), -EOVERFLOW); /* the five minutes would hold 2^64 - 2 */
	b->iv[b->n] = make_interval(&make, b->book, FIRST + 900, 6);
	assert_int_equal(journal_append(b->journal, b->iv[b->n++]), 0);
	walk_all(b, b->journal, &(struct journal_range){ 0 });
}

static void keeps_silence(void **state)
{
	struct box *b = *state;
	unsigned percent = make.percent;

	make.percent = 0;
	box_fill(b, 3);
	make.percent = percent;
	walk_all(b, b->journal, &(struct journal_range){ 0 });
}

static void takes_records_of_another_book(void **state)
{
	struct box *b = *state;
	struct cellbook *other = cellbook_new();
	struct interval *iv, *own;

	make_cell(other, 77); /* so that the same name has another number there */
	iv = make_interval(&make, other, FIRST, 3);
	assert_int_equal(journal_append(b->journal, iv), 0);
	own = make_interval(&make, b->book, FIRST, 3);
	own->seq = iv->seq;
	own->chain = iv->chain;
	b->iv[b->n++] = own;
	walk_all(b, b->journal, &(struct journal_range){ 0 });
	interval_free(iv);
	cellbook_free(other);
}

/* Who may open it. */

static void one_writer_and_readers_beside_it(void **state)
{
	struct box *b = *state;
	struct journal *second = NULL;
	char other[220];

	box_fill(b, 2);
	assert_int_equal(journal_open(b->path, JOURNAL_WRITE, "aktau-1", 10, b->book, &second), -EBUSY);
	snprintf(other, sizeof(other), "%s/link.db", b->folder);
	assert_int_equal(symlink("a.db", other), 0);
	assert_int_equal(journal_open(other, JOURNAL_WRITE, "aktau-1", 10, b->book, &second), -EBUSY);
	assert_null(second);
	assert_int_equal(journal_open(b->path, JOURNAL_READ, "aktau-1", 0, b->book, &second), 0);
	box_fill(b, 2); /* while it reads */
	walk_all(b, second, &(struct journal_range){ 0 });
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
	make.n_cells = 30; /* with cells that the reader has never seen */
	box_fill(b, 5);
	make.n_cells = 8;
	assert_int_equal(journal_walk(reader, &all, count_one, &n), 0);
	assert_int_equal(n, 5);
	journal_release(reader);
	n = 0;
	assert_int_equal(journal_walk(reader, &all, count_one, &n), 0);
	assert_int_equal(n, 10);
	journal_close(reader);
	cellbook_free(book);
}

static void write_file(const char *path, const void *data, size_t size)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, size), (ssize_t)size);
	close(fd);
}

static char *read_file(const char *path, size_t *size)
{
	int fd = open(path, O_RDONLY);
	struct stat st;
	char *data;

	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	*size = (size_t)st.st_size;
	data = malloc(*size + 1);
	assert_int_equal(read(fd, data, *size), st.st_size);
	close(fd);
	return data;
}

static int try_open(struct box *b, const char *name, enum journal_mode mode, const char *meter, unsigned s)
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
	journal_close(b->journal);
	b->journal = NULL;
	assert_int_equal(try_open(b, "a.db", JOURNAL_WRITE, "aktau-2", 10), -EINVAL);
	assert_int_equal(try_open(b, "a.db", JOURNAL_WRITE, "aktau-1", 30), -EINVAL);
	assert_int_equal(try_open(b, "a.db", JOURNAL_WRITE, "aktau-1", 10), 0);

	snprintf(path, sizeof(path), "%s/text.db", b->folder);
	write_file(path, "this is no database, whatever its name says", 43);
	assert_int_equal(try_open(b, "text.db", JOURNAL_READ, "aktau-1", 10), -EINVAL);
	assert_int_equal(try_open(b, "text.db", JOURNAL_WRITE, "aktau-1", 10), -EINVAL);
	snprintf(path, sizeof(path), "%s/empty.db", b->folder);
	write_file(path, "", 0);
	assert_int_equal(try_open(b, "empty.db", JOURNAL_READ, "aktau-1", 10), -ENOENT);

	snprintf(path, sizeof(path), "%s/other.db", b->folder);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "CREATE TABLE t (a)", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
	before = read_file(path, &size[0]);
	assert_int_equal(try_open(b, "other.db", JOURNAL_READ, "aktau-1", 10), -EINVAL);
	assert_int_equal(try_open(b, "other.db", JOURNAL_WRITE, "aktau-1", 10), -EINVAL);
	after = read_file(path, &size[1]);
	assert_int_equal(size[0], size[1]);
	assert_memory_equal(before, after, size[0]); /* not so much as a journal mode */
	free(before);
	free(after);
}

/* Names that SQLite would take for something else. */
static void odd_names_are_just_names(void **state)
{
	static const char *const name[] = { "file:x?mode=memory", ":memory:", "a%41b.db", "q?x#y.db" };
	struct box *b = *state;
	char here[500];

	assert_non_null(getcwd(here, sizeof(here)));
	assert_int_equal(chdir(b->folder), 0);
	for (size_t i = 0; i < sizeof(name) / sizeof(*name); i++) {
		struct journal *j = NULL;

		assert_int_equal(journal_open(name[i], JOURNAL_WRITE, "aktau-1", 10, b->book, &j), 0);
		journal_close(j);
		assert_int_equal(access(name[i], F_OK), 0);
		assert_int_equal(journal_open(name[i], JOURNAL_READ, "aktau-1", 10, b->book, &j), 0);
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
	journal_close(b->journal);
	b->journal = NULL;
	data = read_file(b->path, &size);
	snprintf(path, sizeof(path), "%s/100%%?.db", b->folder);
	write_file(path, data, size);
	free(data);
	assert_int_equal(chmod(path, 0444) | chmod(b->folder, 0555), 0);
	if (getuid() == 0) /* root may write anywhere */
		assert_int_equal(seteuid(65534), 0);
	assert_int_equal(journal_open(path, JOURNAL_READ, "aktau-1", 10, b->book, &j), 0);
	walk_all(b, j, &(struct journal_range){ 0 });
	journal_close(j);
	assert_int_equal(seteuid(getuid()), 0);
	assert_int_equal(chmod(b->folder, 0755), 0);
}

/* Verification. */

struct complaints {
	unsigned n;
	struct text text;
};

static void complain(void *context, const char *what)
{
	struct complaints *c = context;

	c->n++;
	text_str(&c->text, what);
	text_str(&c->text, "\n");
}

/* 0 or the error of opening or verifying. */
static int verify(const char *path, struct complaints *c)
{
	struct cellbook *book = cellbook_new();
	struct journal *j = NULL;
	int err = journal_open(path, JOURNAL_READ, "aktau-1", 0, book, &j);

	if (!err) {
		err = journal_verify(j, complain, c);
		assert_true((err == 0) == (c->n == 0));
	}
	journal_close(j);
	cellbook_free(book);
	return err;
}

static void verifies_what_it_wrote(void **state)
{
	struct box *b = *state;
	struct complaints c = { 0 };

	assert_int_equal(verify(b->path, &c), 0); /* empty */
	box_fill(b, 700);
	assert_int_equal(verify(b->path, &c), 0); /* while it is being written */
	journal_close(b->journal);
	b->journal = NULL;
	assert_int_equal(verify(b->path, &c), 0);
	assert_int_equal(c.n, 0);
	assert_null(c.text.data);
}

/* flip(x): x with one bit changed, of the same type. */
static void flip(sqlite3_context *context, int n, sqlite3_value **value)
{
	int size = sqlite3_value_bytes(*value);
	char copy[5000];

	(void)n;
	if (sqlite3_value_type(*value) == SQLITE_INTEGER) {
		sqlite3_result_int64(context, sqlite3_value_int64(*value) ^ 1);
		return;
	}
	assert_in_range(size, 1, sizeof(copy));
	memcpy(copy, sqlite3_value_blob(*value), (size_t)size);
	copy[size - 1] ^= 1;
	if (sqlite3_value_type(*value) == SQLITE_TEXT)
		sqlite3_result_text(context, copy, size, SQLITE_TRANSIENT);
	else
		sqlite3_result_blob(context, copy, size, SQLITE_TRANSIENT);
}

static int run_sql(const char *path, const char *sql)
{
	sqlite3 *db;
	char *said = NULL;
	int rc;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	sqlite3_create_function(db, "flip", 1, SQLITE_UTF8, NULL, flip, NULL, NULL);
	sqlite3_exec(db, "PRAGMA ignore_check_constraints = ON; PRAGMA synchronous = OFF", NULL, NULL, NULL);
	rc = sqlite3_exec(db, sql, NULL, NULL, &said);
	if (rc != SQLITE_OK && rc != SQLITE_CONSTRAINT)
		fail_msg("%s: %s", sql, said);
	sqlite3_free(said);
	rc = rc == SQLITE_OK ? sqlite3_changes(db) : 0;
	sqlite3_close(db);
	return rc;
}

/* Closes the journal and puts a copy of it at `copy`, fresh for each call. */
static void fresh_copy(struct box *b, char copy[220])
{
	static const char *const suffix[] = { "", "-wal", "-shm" };
	size_t size;
	char *data;

	journal_close(b->journal);
	b->journal = NULL;
	for (int i = 0; i < 3; i++) {
		snprintf(copy, 220, "%s/copy.db%s", b->folder, suffix[i]);
		unlink(copy);
	}
	snprintf(copy, 220, "%s/copy.db", b->folder);
	data = read_file(b->path, &size);
	write_file(copy, data, size);
	free(data);
}

static const struct {
	const char *table, *key, *columns[12], *named;
} flipped[] = {
	{ "meta", "rowid", { "format", "meter", "interval" }, "" },
	{ "config", "digest", { "digest", "text" }, "interval 1" },
	{ "cell", "id",
		{ "id", "link", "partner", "peering", "direction", "class", "cos", "family" }, "" },
	{ "interval", "seq", { "seq", "start", "end", "covered_ms", "origin", "config", "chain" },
		"interval " },
	{ "tap", "seq, name",
		{ "seq", "name", "packets", "l2_bytes", "unknown_packets", "unknown_l2_bytes", "malformed", "late",
			"missed" },
		"interval " },
	{ "record", "seq, cell", { "seq", "cell", "packets", "l2_bytes", "l3_bytes" }, "interval " },
	{ "usage", "bin, cell", { "bin", "cell", "packets", "l2_bytes", "l3_bytes" }, "five minutes from" },
	{ "bin", "bin",
		{ "bin", "covered_ms", "tap_packets", "unknown_packets", "malformed", "late", "missed_packets",
			"config" },
		"five minutes from" },
};

static void a_changed_bit_in_any_column_of_any_row_is_named(void **state)
{
	struct box *b = *state;
	char copy[220], sql[400];
	unsigned changed = 0;

	box_fill(b, 6);
	for (size_t t = 0; t < sizeof(flipped) / sizeof(*flipped); t++)
		for (size_t k = 0; k < 12 && flipped[t].columns[k]; k++)
			for (int row = 0; row < 40; row++) {
				const char *table = flipped[t].table, *column = flipped[t].columns[k];
				struct complaints c = { 0 };
				int err;

				fresh_copy(b, copy);
				snprintf(sql, sizeof(sql),
					"UPDATE %s SET \"%s\" = flip(\"%s\") WHERE (%s) ="
					" (SELECT %s FROM %s LIMIT 1 OFFSET %d)", table, column, column,
					flipped[t].key, flipped[t].key, table, row);
				if (!run_sql(copy, sql))
					continue; /* no such row, or another row has that key already */
				changed++;
				err = verify(copy, &c);
				if (!err)
					fail_msg("%s.%s of row %d: not noticed", table, column, row);
				if (c.n && !strstr(c.text.data, flipped[t].named))
					fail_msg("%s.%s of row %d: not named in\n%s", table, column, row, c.text.data);
				text_free(&c.text);
			}
	assert_in_range(changed, 200, 2000);
}

static void a_missing_or_added_row_is_noticed(void **state)
{
	static const char *const sql[] = {
		"DELETE FROM interval WHERE seq = 3",
		"DELETE FROM interval WHERE seq = 1",
		"DELETE FROM tap WHERE seq = 2 AND name = 't0'",
		"DELETE FROM record WHERE seq = 2",
		"DELETE FROM usage WHERE rowid IN (SELECT 1) OR cell = 1",
		"DELETE FROM bin WHERE bin = (SELECT min(bin) FROM bin)",
		"DELETE FROM config",
		"DELETE FROM meta",
		"INSERT INTO tap VALUES (9, 't0', 0, 0, 0, 0, 0, 0, 0)",
		"INSERT INTO tap VALUES (2, 't9', 0, 0, 0, 0, 0, 0, 0)",
		"INSERT INTO record VALUES (9, 1, 1, 1, 1)",
		"INSERT INTO record VALUES (1, 100, 1, 1, 1)",
		"INSERT INTO record SELECT 1, max(id), 0, 0, 0 FROM cell",
		"INSERT INTO meta SELECT * FROM meta",
		"INSERT INTO usage VALUES (300, 1, 1, 1, 1)",
		"INSERT INTO usage VALUES (9000000000, 1, 1, 1, 1)",
		"INSERT INTO bin SELECT 300, 0, 0, 0, 0, 0, 0, digest FROM config",
		"INSERT INTO bin SELECT 9000000000, 0, 0, 0, 0, 0, 0, digest FROM config",
		"INSERT INTO cell VALUES (99, 'l', 'p', 'q', 'egress', 'c', 's', 'ipv4')",
		"INSERT INTO cell SELECT max(id) + 1, 'l', 'p', 'q', 'egress', 'c', 's', 'ipv4' FROM cell",
		"DROP VIEW records; UPDATE meta SET format = 1",
		"DROP INDEX interval_start; UPDATE meta SET format = 1",
		"PRAGMA user_version = 2; UPDATE meta SET format = 1",
		"PRAGMA application_id = 7; UPDATE meta SET format = 1",
		"CREATE TRIGGER t AFTER INSERT ON record BEGIN DELETE FROM tap; END; UPDATE meta SET format = 1",
	};
	struct box *b = *state;
	char copy[220];

	box_fill(b, 6);
	for (size_t i = 0; i < sizeof(sql) / sizeof(*sql); i++) {
		struct complaints c = { 0 };

		fresh_copy(b, copy);
		if (strstr(sql[i], "rowid"))
			assert_true(run_sql(copy, "DELETE FROM usage WHERE cell = 1") > 0);
		else
			assert_true(run_sql(copy, sql[i]) > 0);
		if (!verify(copy, &c))
			fail_msg("%s: not noticed", sql[i]);
		text_free(&c.text);
	}
}

/* Everything that a reader can get out of the file. */
struct output {
	struct text text;
	struct journal *j;
};

static int print_interval(void *context, const struct interval *iv)
{
	struct output *o = context;
	char hex[DIGEST_HEX_SIZE], *config = journal_config(o->j, &iv->config);

	interval_encode(iv, &o->text);
	text_str(&o->text, digest_hex(hex, &iv->chain));
	text_str(&o->text, config ? config : "none");
	free(config);
	return 0;
}

static int print_usage(void *context, const struct usage_count *u)
{
	struct output *o = context;

	text_printf(&o->text, "%ld %s %s %s %s %s %s %s %lu %lu %lu\n", (long)u->start, u->cell->link,
		u->cell->partner, u->cell->peering, direction_name[u->cell->direction], u->cell->class,
		u->cell->cos, family_name[u->cell->family], (unsigned long)u->count.packets,
		(unsigned long)u->count.l2_bytes, (unsigned long)u->count.l3_bytes);
	return 0;
}

static int print_bin(void *context, const struct usage_bin *b)
{
	struct output *o = context;
	char hex[DIGEST_HEX_SIZE];

	text_printf(&o->text, "%ld %lu %lu %lu %lu %lu %lu %s\n", (long)b->start, (unsigned long)b->covered_ms,
		(unsigned long)b->tap_packets, (unsigned long)b->unknown_packets, (unsigned long)b->malformed,
		(unsigned long)b->late, (unsigned long)b->missed_packets, digest_hex(hex, &b->config));
	return 0;
}

static int print_all(const char *path, struct text *out)
{
	struct cellbook *book = cellbook_new();
	struct output o = { 0 };
	int err = journal_open(path, JOURNAL_READ, "aktau-1", 0, book, &o.j);

	err = err ? err : journal_walk(o.j, &(struct journal_range){ 0 }, print_interval, &o);
	err = err ? err : journal_walk(o.j, &(struct journal_range){ .from = 1 }, print_interval, &o);
	err = err ? err : journal_usage(o.j, 0, 0, print_usage, &o);
	err = err ? err : journal_bins(o.j, 0, 0, print_bin, &o);
	journal_close(o.j);
	cellbook_free(book);
	*out = o.text;
	return err;
}

static void a_changed_bit_anywhere_in_the_file_is_noticed_or_changes_nothing(void **state)
{
	struct box *b = *state;
	char copy[220], *data;
	struct text want = { 0 };
	unsigned noticed = 0;
	uint64_t seed = 2026;
	size_t size;

	box_fill(b, 12);
	fresh_copy(b, copy);
	data = read_file(copy, &size);
	assert_int_equal(print_all(copy, &want), 0);
	for (int i = 0; i < 2500; i++) {
		struct complaints c = { 0 };
		struct text is = { 0 };
		size_t at = make_random(&seed) % (i % 10 ? size : 4096); /* the first page matters most */
		unsigned bit = make_random(&seed) % 8;

		/* Half of the file is empty: look for a byte that is not. */
		for (int tries = 0; tries < 20 && i % 4 && !data[at]; tries++)
			at = make_random(&seed) % size;
		fresh_copy(b, copy);
		data[at] ^= (char)(1 << bit);
		write_file(copy, data, size);
		data[at] ^= (char)(1 << bit);
		if (verify(copy, &c))
			noticed++;
		else if (print_all(copy, &is) || strcmp(is.data, want.data))
			fail_msg("byte %zu bit %u: verified, and reads otherwise", at, bit);
		text_free(&is);
		text_free(&c.text);
	}
	assert_in_range(noticed, 500, 2500);
	text_free(&want);
	free(data);
}

int main(void)
{
#define boxed(f) cmocka_unit_test_setup_teardown(f, box_up, box_down)
	const struct CMUnitTest tests[] = {
		boxed(walks_what_was_appended),
		boxed(goes_on_where_it_stopped),
		boxed(chains_every_interval_to_the_one_before),
		boxed(usage_is_the_sum_of_its_intervals),
		boxed(span_names_the_intervals_of_a_time),
		boxed(a_callback_may_stop_the_walk_and_ask_again),
		boxed(refuses_what_it_must_not_keep),
		boxed(keeps_63_bits_and_refuses_a_sum_that_has_more),
		boxed(keeps_silence),
		boxed(takes_records_of_another_book),
		boxed(one_writer_and_readers_beside_it),
		boxed(a_held_reader_sees_one_state),
		boxed(opens_only_its_own),
		boxed(odd_names_are_just_names),
		boxed(reads_where_nothing_may_be_written),
		boxed(verifies_what_it_wrote),
		boxed(a_changed_bit_in_any_column_of_any_row_is_named),
		boxed(a_missing_or_added_row_is_noticed),
		boxed(a_changed_bit_anywhere_in_the_file_is_noticed_or_changes_nothing),
	};

	log_init("test_journal", 0); /* refusals are wanted here, and told by their codes */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
