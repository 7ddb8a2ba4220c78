/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Verification: what was written fits, and one changed bit, in any column or anywhere in the file,
 * is named or changes nothing that can be read.
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
#include <unistd.h>

#include "journal_box.h"
#include "log.h"

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
	box_close(b);
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
	sqlite3_exec(db, "PRAGMA ignore_check_constraints = ON; PRAGMA synchronous = OFF", NULL,
		NULL, NULL);
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

	box_close(b);
	for (int i = 0; i < 3; i++) {
		snprintf(copy, 220, "%s/copy.db%s", b->folder, suffix[i]);
		unlink(copy);
	}
	snprintf(copy, 220, "%s/copy.db", b->folder);
	data = box_read(b->path, &size);
	box_write(copy, data, size);
	free(data);
}

static const struct {
	const char *table, *key, *columns[12], *named;
} flipped[] = {
	{ "anchor", "one", { "seq", "chain", "kept" }, "" },
	{ "meta", "rowid", { "format", "meter", "interval" }, "" },
	{ "config", "digest", { "digest", "text" }, "interval 1" },
	{ "cell", "id",
		{ "id", "link", "partner", "peering", "direction", "class", "cos", "family" }, "" },
	{ "interval", "seq", { "seq", "start", "end", "covered_ms", "origin", "config", "chain" },
		"interval " },
	{ "tap", "seq, name",
		{ "seq", "name", "packets", "l2_bytes", "unknown_packets", "unknown_l2_bytes",
			"malformed", "late", "missed" },
		"interval " },
	{ "record", "seq, cell", { "seq", "cell", "packets", "l2_bytes", "l3_bytes" },
		"interval " },
	{ "usage", "bin, cell", { "bin", "cell", "packets", "l2_bytes", "l3_bytes" },
		"five minutes from" },
	{ "bin", "bin",
		{ "bin", "covered_ms", "tap_packets", "unknown_packets", "malformed", "late",
			"missed_packets", "config" },
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
				const char *table = flipped[t].table,
					   *column = flipped[t].columns[k];
				struct complaints c = { 0 };
				int err;

				fresh_copy(b, copy);
				snprintf(sql, sizeof(sql),
					"UPDATE %s SET \"%s\" = flip(\"%s\") WHERE (%s) ="
					" (SELECT %s FROM %s LIMIT 1 OFFSET %d)",
					table, column, column, flipped[t].key, flipped[t].key,
					table, row);
				if (!run_sql(copy, sql))
					continue; /* no such row, or another row has that key already */
				changed++;
				err = verify(copy, &c);
				if (!err)
					fail_msg(
						"%s.%s of row %d: not noticed", table, column, row);
				if (c.n && !strstr(c.text.data, flipped[t].named))
					fail_msg("%s.%s of row %d: not named in\n%s", table, column,
						row, c.text.data);
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
		"DELETE FROM anchor",
		"INSERT INTO anchor SELECT 2, seq, chain, kept FROM anchor",
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
		"DROP VIEW records; UPDATE meta SET format = 2",
		"DROP INDEX interval_start; UPDATE meta SET format = 2",
		"PRAGMA user_version = 3; UPDATE meta SET format = 2",
		"PRAGMA application_id = 7; UPDATE meta SET format = 2",
		"CREATE TRIGGER t AFTER INSERT ON record BEGIN DELETE FROM tap; END; UPDATE meta SET format = 2",
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

static int encode(void *context, const struct interval *iv)
{
	interval_encode(iv, context);
	return 0;
}

/* Gives the last interval of the copy the hash that its changed content has. */
static void rechain_last(struct box *b, const char *copy)
{
	struct journal_head head;
	struct journal *j = NULL;
	struct text text = { 0 };
	struct digest chain;
	char hex[DIGEST_HEX_SIZE], sql[200];

	assert_int_equal(journal_open(copy, JOURNAL_READ, "aktau-1", 0, b->book, &j), 0);
	assert_int_equal(journal_head(j, &head), 0);
	assert_int_equal(
		journal_walk(j, &(struct journal_range){ .first_seq = head.seq }, encode, &text),
		0);
	journal_close(j);
	chain = interval_chain(&b->iv[head.seq - 2]->chain, text.data, text.size);
	snprintf(sql, sizeof(sql), "UPDATE interval SET chain = x'%s' WHERE seq = %d",
		digest_hex(hex, &chain), (int)head.seq);
	assert_int_equal(run_sql(copy, sql), 1);
	text_free(&text);
}

/* Somebody who can write the file can also write a new hash; not frames that no tap delivered. */
static void frames_that_no_tap_delivered_are_noticed_behind_a_new_hash(void **state)
{
	struct box *b = *state;
	struct complaints c = { 0 };
	char copy[220];

	box_fill(b, 3);
	fresh_copy(b, copy);
	assert_int_equal(
		run_sql(copy, "UPDATE tap SET packets = packets + 1 WHERE seq = 3 AND name = 't0'"),
		1);
	assert_int_equal(run_sql(copy, "UPDATE bin SET tap_packets = tap_packets + 1 WHERE bin ="
				       " (SELECT start / 300 * 300 FROM interval WHERE seq = 3)"),
		1);
	rechain_last(b, copy);
	assert_int_equal(verify(copy, &c), -EBADMSG);
	assert_int_equal(c.n, 1);
	assert_non_null(strstr(c.text.data, "interval 3 "));
	assert_non_null(strstr(c.text.data, "not what the taps delivered"));
	text_free(&c.text);
}

static int ignore(void *context, const struct interval *iv)
{
	(void)context;
	(void)iv;
	return 0;
}

static void a_negative_count_is_damage_and_not_a_large_number(void **state)
{
	static const char *const sql[] = { "UPDATE tap SET late = -1 WHERE seq = 2",
		"UPDATE record SET l2_bytes = -1 WHERE seq = 2",
		"UPDATE interval SET covered_ms = -1 WHERE seq = 2" };
	struct box *b = *state;
	struct journal *j = NULL;
	char copy[220];

	box_fill(b, 3);
	for (size_t i = 0; i < sizeof(sql) / sizeof(*sql); i++) {
		fresh_copy(b, copy);
		assert_true(run_sql(copy, sql[i]) > 0);
		assert_int_equal(journal_open(copy, JOURNAL_READ, "aktau-1", 0, b->book, &j), 0);
		assert_int_equal(
			journal_walk(j, &(struct journal_range){ .last_seq = 1 }, ignore, NULL), 0);
		assert_int_equal(
			journal_walk(j, &(struct journal_range){ 0 }, ignore, NULL), -EBADMSG);
		journal_close(j);
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

	text_printf(&o->text, "%ld %s %s %s %s %s %s %s %lu %lu %lu\n", (long)u->start,
		u->cell->link, u->cell->partner, u->cell->peering,
		direction_name[u->cell->direction], u->cell->class, u->cell->cos,
		family_name[u->cell->family], (unsigned long)u->count.packets,
		(unsigned long)u->count.l2_bytes, (unsigned long)u->count.l3_bytes);
	return 0;
}

static int print_bin(void *context, const struct usage_bin *b)
{
	struct output *o = context;
	char hex[DIGEST_HEX_SIZE];

	text_printf(&o->text, "%ld %lu %lu %lu %lu %lu %lu %s\n", (long)b->start,
		(unsigned long)b->covered_ms, (unsigned long)b->tap_packets,
		(unsigned long)b->unknown_packets, (unsigned long)b->malformed,
		(unsigned long)b->late, (unsigned long)b->missed_packets,
		digest_hex(hex, &b->config));
	return 0;
}

static int print_all(const char *path, struct text *out)
{
	struct cellbook *book = cellbook_new();
	struct output o = { 0 };
	int err = journal_open(path, JOURNAL_READ, "aktau-1", 0, book, &o.j);

	err = err ? err : journal_walk(o.j, &(struct journal_range){ 0 }, print_interval, &o);
	err = err ? err :
		    journal_walk(o.j, &(struct journal_range){ .from = 1 }, print_interval, &o);
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
	data = box_read(copy, &size);
	assert_int_equal(print_all(copy, &want), 0);
	for (int i = 0; i < 2500; i++) {
		struct complaints c = { 0 };
		struct text is = { 0 };
		size_t at = make_random(&seed) %
			    (i % 10 ? size : 4096); /* the first page matters most */
		unsigned bit = make_random(&seed) % 8;

		/* Half of the file is empty: look for a byte that is not. */
		for (int tries = 0; tries < 20 && i % 4 && !data[at]; tries++)
			at = make_random(&seed) % size;
		fresh_copy(b, copy);
		data[at] ^= (char)(1 << bit);
		box_write(copy, data, size);
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
		boxed(verifies_what_it_wrote),
		boxed(a_changed_bit_in_any_column_of_any_row_is_named),
		boxed(a_missing_or_added_row_is_noticed),
		boxed(frames_that_no_tap_delivered_are_noticed_behind_a_new_hash),
		boxed(a_negative_count_is_damage_and_not_a_large_number),
		boxed(a_changed_bit_anywhere_in_the_file_is_noticed_or_changes_nothing),
	};

	log_init("test_journal_verify", 0); /* refusals are wanted here, and told by their codes */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
