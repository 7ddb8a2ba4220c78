/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Reading: intervals one after another, five-minute usage in canonical order, and single facts.
 * Every walk has statements of its own, so a callback may ask the same handle other questions.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "journal_db.h"
#include "text.h"

#define SOME 64 /* array elements to begin with */

/* Intervals. */

int journal_cursor_open(struct journal_cursor *c, struct journal *j, const char *interval_sql)
{
	int err;

	*c = (struct journal_cursor){ .j = j, .room_taps = SOME, .room_records = SOME };
	c->iv.taps = mem_array(SOME, sizeof(*c->iv.taps));
	c->iv.records = mem_array(SOME, sizeof(*c->iv.records));
	memcpy(c->iv.meter, j->meter, NAME_SIZE);
	err = journal_db_prepare(j, interval_sql, &c->interval);
	if (!err)
		err = journal_db_prepare(j,
			"SELECT packets, l2_bytes, unknown_packets, unknown_l2_bytes, malformed,"
			" late, missed, name FROM tap WHERE seq = ? ORDER BY name",
			&c->taps);
	err = err ? err : journal_db_prepare(j,
		"SELECT cell, packets, l2_bytes, l3_bytes FROM record WHERE seq = ?", &c->records);
	if (err)
		journal_cursor_close(c);
	return err;
}

void journal_cursor_close(struct journal_cursor *c)
{
	sqlite3_finalize(c->interval);
	sqlite3_finalize(c->taps);
	sqlite3_finalize(c->records);
	free(c->iv.taps);
	free(c->iv.records);
	journal_tally_free(&c->tally);
	*c = (struct journal_cursor){ 0 };
}

static int read_head(struct journal_cursor *c)
{
	uint64_t start, end, covered;
	uint64_t *const number[] = { &c->iv.seq, &start, &end, &covered };
	unsigned origin;
	int err = journal_db_counts(c->interval, 0, number, 4);

	err = err ? err : journal_db_choice(c->interval, 4, origin_name, ORIGINS, &origin);
	err = err ? err : journal_db_digest(c->interval, 5, &c->iv.config);
	err = err ? err : journal_db_digest(c->interval, 6, &c->iv.chain);
	if (err || covered > UINT32_MAX)
		return -EBADMSG;
	c->iv.start = (int64_t)start;
	c->iv.end = (int64_t)end;
	c->iv.covered_ms = (uint32_t)covered;
	c->iv.origin = origin;
	return 0;
}

static int read_tap(struct journal_cursor *c)
{
	struct tap_count *t;
	int err;

	if (c->iv.n_taps == c->room_taps)
		c->iv.taps = mem_grow(c->iv.taps, c->room_taps *= 2, sizeof(*c->iv.taps));
	t = &c->iv.taps[c->iv.n_taps++];
	*t = (struct tap_count){ 0 };
	err = journal_db_counts(c->taps, 0,
		(uint64_t *const[]){ &t->packets, &t->l2_bytes, &t->unknown_packets,
			&t->unknown_l2_bytes, &t->malformed, &t->late, &t->missed },
		7);
	return err ? err : journal_db_name(c->taps, 7, t->name);
}

static int read_record(struct journal_cursor *c)
{
	struct counters *n = journal_tally_at(c->j, &c->tally, sqlite3_column_int64(c->records, 0));

	if (!n)
		return -EBADMSG;
	return journal_db_counts(
		c->records, 1, (uint64_t *const[]){ &n->packets, &n->l2_bytes, &n->l3_bytes }, 3);
}

static int put_record(void *context, const struct cell_name *cell, const struct counters *count)
{
	struct journal_cursor *c = context;

	if (c->iv.n_records == c->room_records)
		c->iv.records =
			mem_grow(c->iv.records, c->room_records *= 2, sizeof(*c->iv.records));
	c->iv.records[c->iv.n_records++] = (struct record){ cell, *count };
	return 0;
}

/* All rows of the open interval in one of the two tables. */
static int read_rows(
	struct journal_cursor *c, sqlite3_stmt *stmt, int (*read_row)(struct journal_cursor *c))
{
	int more, err = 0;

	sqlite3_bind_int64(stmt, 1, (int64_t)c->iv.seq);
	while (!err && (more = journal_db_step(c->j, stmt)) != 0)
		err = more < 0 ? more : read_row(c);
	sqlite3_reset(stmt);
	return err;
}

int journal_cursor_next(struct journal_cursor *c)
{
	int err = journal_db_step(c->j, c->interval);

	if (err <= 0)
		return err == -EBADMSG ? -EIO : err; /* the table itself: there is no next one */
	c->iv.seq = (uint64_t)sqlite3_column_int64(c->interval, 0);
	c->iv.n_taps = c->iv.n_records = 0;
	err = read_head(c);
	err = err ? err : read_rows(c, c->taps, read_tap);
	if (!err && !c->taps_only)
		err = read_rows(c, c->records, read_record);
	journal_tally_empty(c->j, &c->tally, put_record, c);
	if (err == -EBADMSG)
		return journal_db_say(
			c->j, err, "interval %llu is damaged", (unsigned long long)c->iv.seq);
	return err ? err : 1;
}

static int64_t at_most(uint64_t seq)
{
	return seq == 0 || seq > INT64_MAX ? INT64_MAX : (int64_t)seq;
}

static int64_t until(int64_t to)
{
	return to ? to : INT64_MAX;
}

int journal_walk(
	struct journal *j, const struct journal_range *range, journal_each_fn *each, void *context)
{
	/* A month out of years by the index; the plus keeps SQLite from reading all of them by seq. */
	const char *sql =
		range->from || range->to ?
			"SELECT " JOURNAL_CURSOR_COLUMNS " FROM interval"
			" WHERE +seq BETWEEN ?1 AND ?2 AND start >= ?3 AND start < ?4 ORDER BY +seq" :
			"SELECT " JOURNAL_CURSOR_COLUMNS
			" FROM interval WHERE seq BETWEEN ?1 AND ?2 ORDER BY seq";
	const int64_t value[] = { range->first_seq > INT64_MAX ? INT64_MAX :
								 (int64_t)range->first_seq,
		at_most(range->last_seq), range->from, until(range->to) };
	struct journal_cursor c;
	int err = journal_cursor_open(&c, j, sql);

	if (err)
		return err;
	c.taps_only = range->taps_only;
	journal_db_bind(c.interval, 1, value, range->from || range->to ? 4 : 2);
	while (!err && (err = journal_cursor_next(&c)) > 0)
		err = each(context, &c.iv);
	journal_cursor_close(&c);
	return err;
}

/* Usage: a bin's rows come by cell number and go out in the order of names. */

struct usage_walk {
	struct journal *j;
	struct journal_tally tally; /* of the open bin */
	int64_t bin;
	journal_usage_fn *each;
	void *context;
};

static int give_usage(void *context, const struct cell_name *cell, const struct counters *count)
{
	struct usage_walk *w = context;

	return w->each(w->context, &(struct usage_count){ w->bin, cell, *count });
}

static int take_usage(struct usage_walk *w, sqlite3_stmt *stmt)
{
	int64_t bin = sqlite3_column_int64(stmt, 0), number = sqlite3_column_int64(stmt, 1);
	struct counters *n;
	int err = 0;

	if (bin != w->bin)
		err = journal_tally_empty(w->j, &w->tally, give_usage, w);
	if (err)
		return err;
	w->bin = bin;
	n = journal_tally_at(w->j, &w->tally, number);
	if (!n || journal_db_counts(
			stmt, 2, (uint64_t *const[]){ &n->packets, &n->l2_bytes, &n->l3_bytes }, 3))
		return journal_db_say(
			w->j, -EBADMSG, "usage of cell %lld is damaged", (long long)number);
	return 0;
}

int journal_usage(
	struct journal *j, int64_t from, int64_t to, journal_usage_fn *each, void *context)
{
	struct usage_walk w = { .j = j, .each = each, .context = context };
	sqlite3_stmt *stmt = NULL;
	int more;
	int err = journal_db_prepare(j,
		"SELECT bin, cell, packets, l2_bytes, l3_bytes FROM usage"
		" WHERE bin >= ? AND bin < ? ORDER BY bin, cell",
		&stmt);

	if (!err)
		journal_db_bind(stmt, 1, (const int64_t[]){ from, until(to) }, 2);
	while (!err && (more = journal_db_step(j, stmt)) != 0)
		err = more < 0 ? more : take_usage(&w, stmt);
	err = err ? err : journal_tally_empty(j, &w.tally, give_usage, &w);
	sqlite3_finalize(stmt);
	journal_tally_free(&w.tally);
	return err;
}

static int read_bin(struct journal *j, sqlite3_stmt *stmt, struct usage_bin *b)
{
	uint64_t start;
	int err = journal_db_counts(stmt, 0,
		(uint64_t *const[]){ &start, &b->covered_ms, &b->tap_packets, &b->unknown_packets,
			&b->malformed, &b->late, &b->missed_packets },
		7);

	err = err ? err : journal_db_digest(stmt, 7, &b->config);
	b->start = (int64_t)start;
	return err ? journal_db_say(j, err, "the totals of five minutes are damaged") : 0;
}

int journal_bins(struct journal *j, int64_t from, int64_t to, journal_bin_fn *each, void *context)
{
	sqlite3_stmt *stmt = NULL;
	struct usage_bin b;
	int more;
	int err = journal_db_prepare(j,
		"SELECT bin, covered_ms, tap_packets, unknown_packets, malformed, late,"
		" missed_packets, config FROM bin WHERE bin >= ? AND bin < ? ORDER BY bin",
		&stmt);

	if (!err)
		journal_db_bind(stmt, 1, (const int64_t[]){ from, until(to) }, 2);
	while (!err && (more = journal_db_step(j, stmt)) != 0) {
		err = more < 0 ? more : read_bin(j, stmt, &b);
		err = err ? err : each(context, &b);
	}
	sqlite3_finalize(stmt);
	return err;
}

/* Single facts. */

int journal_span(struct journal *j, int64_t from, int64_t to, struct journal_span *out)
{
	struct journal_span span = { 0 };
	sqlite3_stmt *stmt = NULL;
	int err = journal_db_prepare(j,
		"WITH s AS (SELECT min(seq) AS low, max(seq) AS high FROM interval"
		" WHERE start >= ?1 AND start < ?2"
		" AND (?1 = 0 OR start >= (SELECT kept FROM anchor)))"
		" SELECT low, high, chain FROM s JOIN interval ON seq = high", &stmt);

	if (!err) {
		journal_db_bind(stmt, 1, (const int64_t[]){ from, until(to) }, 2);
		err = journal_db_step(j, stmt);
	}
	if (err > 0) {
		span.first_seq = (uint64_t)sqlite3_column_int64(stmt, 0);
		span.last_seq = (uint64_t)sqlite3_column_int64(stmt, 1);
		err = journal_db_digest(stmt, 2, &span.chain);
	}
	sqlite3_finalize(stmt);
	if (!err)
		*out = span;
	return err;
}

int journal_hold(struct journal *j)
{
	int64_t one;
	int err = journal_db_exec(j, "BEGIN");

	if (err)
		return err;
	j->held = true;
	err = journal_db_number(
		j, "SELECT count(*) FROM meta", &one); /* the snapshot is taken here */
	if (err)
		journal_release(j);
	return err;
}

void journal_release(struct journal *j)
{
	if (!j->held)
		return;
	j->held = false;
	sqlite3_exec(j->db, "COMMIT", NULL, NULL, NULL);
}

char *journal_config(struct journal *j, const struct digest *digest)
{
	sqlite3_stmt *stmt = NULL;
	char *text = NULL;

	if (journal_db_prepare(j, "SELECT text FROM config WHERE digest = ?", &stmt) == 0) {
		journal_db_bind_digest(stmt, 1, digest);
		if (journal_db_step(j, stmt) > 0 && sqlite3_column_text(stmt, 0))
			text = mem_dup((const char *)sqlite3_column_text(stmt, 0));
	}
	sqlite3_finalize(stmt);
	return text;
}
