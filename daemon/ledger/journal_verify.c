/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Verification recomputes everything that the file says twice. Intervals are read in order of
 * start, so that five minutes are whole when their usage is compared, and nothing is held but one
 * bin. The chain needs no order: each interval is held against the stored hash before it, and so
 * the whole chain hangs together, and the sequence has no gap, if every interval does. What no
 * other row repeats (indexes, types, the pages themselves) is left to SQLite's integrity check,
 * which runs first; it does not look at CHECK constraints here, because a connection that only
 * reads has none.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "journal_db.h"
#include "text.h"

#define BIN  300 /* seconds */
#define MOST 100 /* complaints; a changed meter name breaks every interval */

/* A table that is walked beside the intervals, by bin. */
struct beside {
	sqlite3_stmt *stmt;
	int state;   /* of its last step: 1 a row, 0 no more */
	int64_t bin; /* of that row; past every bin when there is none */
};

struct verify {
	struct journal *j;
	struct journal_anchor anchor;
	journal_complain_fn *complain;
	void *context;
	unsigned complaints;
	struct journal_cursor cursor;
	sqlite3_stmt *previous;
	struct beside usage, bins;
	struct journal_tally should; /* usage of the open bin, recomputed */
	struct usage_bin open;		 /* recomputed */
	uint64_t open_first, open_last;	 /* its intervals, by seq */
	uint64_t taps, records;
	bool *used; /* [cell number] by some record */
};

static void complain(struct verify *v, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
static void complain(struct verify *v, const char *format, ...)
{
	char what[400];
	va_list ap;

	if (v->complaints++ >= MOST)
		return;
	va_start(ap, format);
	vsnprintf(what, sizeof(what), format, ap);
	va_end(ap);
	v->complain(v->context, what);
}

static void schema_complaint(void *context, const char *what)
{
	complain(context, "%s", what);
}

/* The file as SQLite sees it. */
static int check_file(struct verify *v)
{
	sqlite3_stmt *stmt = NULL;
	int err = journal_db_prepare(v->j, "PRAGMA integrity_check(20)", &stmt);

	while (!err && (err = journal_db_step(v->j, stmt)) > 0) {
		const char *said = (const char *)sqlite3_column_text(stmt, 0);

		err = 0;
		if (said && strcmp(said, "ok"))
			complain(v, "file: %.300s", said);
	}
	sqlite3_finalize(stmt);
	return err ? err : journal_schema_compare(v->j, schema_complaint, v);
}

static int check_configs(struct verify *v)
{
	sqlite3_stmt *stmt = NULL;
	int err = journal_db_prepare(v->j,
		"SELECT digest, text, (SELECT min(seq) FROM interval WHERE config = digest) FROM config",
		&stmt);

	while (!err && (err = journal_db_step(v->j, stmt)) > 0) {
		const struct digest_piece piece = { sqlite3_column_text(stmt, 1),
			(size_t)sqlite3_column_bytes(stmt, 1) };
		struct digest is = digest_of(&piece, 1), should = { { 0 } };
		char hex[DIGEST_HEX_SIZE];

		err = 0;
		if (journal_db_digest(stmt, 0, &should) || memcmp(&is, &should, sizeof(is)))
			complain(v,
				"configuration %.16s..., first in force in interval %lld:"
				" the stored text has another digest",
				digest_hex(hex, &should), (long long)sqlite3_column_int64(stmt, 2));
	}
	sqlite3_finalize(stmt);
	return err;
}

static int check_configs_are_there(struct verify *v)
{
	sqlite3_stmt *stmt = NULL;
	int err = journal_db_prepare(v->j,
		"SELECT min(seq), count(*) FROM interval WHERE config NOT IN (SELECT digest FROM config)"
		" GROUP BY config",
		&stmt);

	while (!err && (err = journal_db_step(v->j, stmt)) > 0) {
		complain(v, "interval %lld and %lld others: their configuration is missing",
			(long long)sqlite3_column_int64(stmt, 0),
			(long long)sqlite3_column_int64(stmt, 1) - 1);
		err = 0;
	}
	sqlite3_finalize(stmt);
	return err;
}

/* One interval. */

static int chain_before(struct verify *v, uint64_t seq, struct digest *out)
{
	int err = 0;

	*out = (struct digest){ { 0 } };
	if (seq == v->anchor.seq + 1) {
		*out = v->anchor.chain;
		return 0;
	}
	sqlite3_bind_int64(v->previous, 1, (int64_t)seq - 1);
	err = journal_db_step(v->j, v->previous);
	if (err >= 0)
		err = err ? journal_db_digest(v->previous, 0, out) : -ENOENT;
	sqlite3_reset(v->previous);
	return err;
}

static int check_chain(struct verify *v, const struct interval *iv, const char *at)
{
	unsigned long long seq = iv->seq;
	struct text text = { 0 };
	struct digest before, is;
	int err = chain_before(v, iv->seq, &before);

	if (err == -ENOENT) {
		complain(v, "interval %llu (%s): interval %llu before it is missing", seq, at,
			seq - 1);
		return 0;
	}
	if (err)
		return err;
	interval_encode(iv, &text);
	is = interval_chain(&before, text.data, text.size);
	text_free(&text);
	if (memcmp(&is, &iv->chain, sizeof(is)))
		complain(v,
			"interval %llu (%s): its content, or the hash before it, does not give its"
			" hash",
			seq, at);
	return 0;
}

static int check_interval(struct verify *v, const struct interval *iv)
{
	unsigned long long seq = iv->seq;
	char at[RFC3339_SIZE];
	int err, fits;

	clock_format(at, iv->start);
	if (iv->seq <= v->anchor.seq)
		complain(v, "interval %llu (%s): it is there, but the chain begins behind interval %llu",
			seq, at, (unsigned long long)v->anchor.seq);
	err = check_chain(v, iv, at);
	if (err)
		return err;
	if (iv->end - iv->start != (int64_t)v->j->interval || iv->start % (int64_t)v->j->interval)
		complain(v, "interval %llu (%s): it is not one of %u seconds", seq, at,
			v->j->interval);
	fits = interval_check(iv);
	if (fits == -EBADMSG)
		complain(v,
			"interval %llu (%s): records and unknown frames are not what the taps"
			" delivered",
			seq, at);
	else if (fits)
		complain(v, "interval %llu (%s): the same tap or cell twice", seq, at);
	return 0;
}

/* Five minutes. */

static int beside_next(struct verify *v, struct beside *b)
{
	b->state = journal_db_step(v->j, b->stmt);
	b->bin = b->state > 0 ? sqlite3_column_int64(b->stmt, 0) : INT64_MAX;
	return b->state < 0 ? b->state : 0;
}

/* Names rows that stand before `bin`: their intervals are not there. */
static int skip_orphans(struct verify *v, struct beside *b, const char *what, int64_t bin)
{
	char at[RFC3339_SIZE];
	int err = 0;

	while (!err && b->bin < bin) {
		complain(v, "%s of the five minutes from %s: no interval of them is there", what,
			clock_format(at, b->bin));
		err = beside_next(v, b);
	}
	return err;
}

static int usage_differs(void *context, const struct cell_name *cell, const struct counters *left)
{
	struct verify *v = context;
	char at[RFC3339_SIZE];

	(void)left;
	complain(v,
		"usage of the five minutes from %s (intervals %llu to %llu): %s %s %s %s %s is not"
		" the sum of its records",
		clock_format(at, v->open.start), (unsigned long long)v->open_first,
		(unsigned long long)v->open_last, cell->peering, direction_name[cell->direction],
		cell->class, cell->cos, family_name[cell->family]);
	return 0;
}

static int check_usage(struct verify *v)
{
	int err = skip_orphans(v, &v->usage, "usage", v->open.start);

	for (; !err && v->usage.bin == v->open.start; err = beside_next(v, &v->usage)) {
		sqlite3_stmt *stmt = v->usage.stmt;
		int64_t number = sqlite3_column_int64(stmt, 1);
		struct counters *n = journal_tally_at(v->j, &v->should, number);

		if (!n) {
			complain(v, "usage: there is no cell %lld", (long long)number);
			continue;
		}
		if (!sqlite3_column_int64(stmt, 2) && !sqlite3_column_int64(stmt, 3))
			complain(v, "usage: a row of zeros for cell %lld", (long long)number);
		/* Stored minus recomputed; what is left over is what differs. */
		n->packets = (uint64_t)sqlite3_column_int64(stmt, 2) - n->packets;
		n->l2_bytes = (uint64_t)sqlite3_column_int64(stmt, 3) - n->l2_bytes;
		n->l3_bytes = (uint64_t)sqlite3_column_int64(stmt, 4) - n->l3_bytes;
	}
	return err ? err : journal_tally_empty(v->j, &v->should, usage_differs, v);
}

static int check_bin(struct verify *v)
{
	const struct usage_bin *b = &v->open;
	const uint64_t should[] = { b->covered_ms, b->tap_packets, b->unknown_packets, b->malformed,
		b->late, b->missed_packets };
	char at[RFC3339_SIZE];
	bool same;
	int err = skip_orphans(v, &v->bins, "totals", b->start);

	if (err)
		return err;
	same = v->bins.bin == b->start;
	for (int i = 0; same && i < 6; i++)
		same = (uint64_t)sqlite3_column_int64(v->bins.stmt, i + 1) == should[i];
	if (same) {
		struct digest config;

		same = !journal_db_digest(v->bins.stmt, 7, &config) &&
			!memcmp(&config, &b->config, sizeof(config));
	}
	if (!same)
		complain(v,
			"totals of the five minutes from %s (intervals %llu to %llu): not the sums"
			" of their intervals",
			clock_format(at, b->start), (unsigned long long)v->open_first,
			(unsigned long long)v->open_last);
	return v->bins.bin == b->start ? beside_next(v, &v->bins) : 0;
}

static int nothing(void *context, const struct cell_name *cell, const struct counters *left)
{
	(void)context;
	(void)cell;
	(void)left;
	return 0;
}

/* Sums before anchor.kept are gone, though some of their intervals may still be there. */
static int close_bin(struct verify *v)
{
	int err;

	if (v->open.start < v->anchor.kept) {
		err = journal_tally_empty(v->j, &v->should, nothing, NULL);
	} else {
		err = check_usage(v);
		err = err ? err : check_bin(v);
	}
	v->open_first = v->open_last = 0;
	return err;
}

static void add_to_bin(struct verify *v, const struct interval *iv)
{
	struct usage_bin *b = &v->open;

	if (!v->open_first) {
		*b = (struct usage_bin){ .start = iv->start / BIN * BIN };
		v->open_first = iv->seq;
	}
	v->open_first = iv->seq < v->open_first ? iv->seq : v->open_first;
	if (iv->seq > v->open_last) {
		v->open_last = iv->seq;
		b->config = iv->config;
	}
	b->covered_ms += iv->covered_ms;
	for (size_t i = 0; i < iv->n_taps; i++) {
		b->tap_packets += iv->taps[i].packets;
		b->unknown_packets += iv->taps[i].unknown_packets;
		b->malformed += iv->taps[i].malformed;
		b->late += iv->taps[i].late;
		b->missed_packets += iv->taps[i].missed;
	}
	for (size_t i = 0; i < iv->n_records; i++) {
		uint32_t number = v->j->number[iv->records[i].cell->id];
		struct counters *n = journal_tally_at(v->j, &v->should, number);

		n->packets += iv->records[i].count.packets;
		n->l2_bytes += iv->records[i].count.l2_bytes;
		n->l3_bytes += iv->records[i].count.l3_bytes;
		v->used[number] = true;
	}
}

static int take_interval(struct verify *v, const struct interval *iv)
{
	int err = 0;

	if (v->open_first && iv->start / BIN * BIN != v->open.start)
		err = close_bin(v);
	err = err ? err : check_interval(v, iv);
	if (err)
		return err;
	v->taps += iv->n_taps;
	v->records += iv->n_records;
	add_to_bin(v, iv);
	return 0;
}

/* All of them. */

static int check_intervals(struct verify *v)
{
	int err = beside_next(v, &v->usage);

	err = err ? err : beside_next(v, &v->bins);
	while (!err && (err = journal_cursor_next(&v->cursor)) != 0) {
		if (err == -EBADMSG)
			complain(v, "interval %llu: damaged", (unsigned long long)v->cursor.iv.seq);
		else if (err < 0)
			break;
		err = err > 0 ? take_interval(v, &v->cursor.iv) : 0;
	}
	if (!err && v->open_first)
		err = close_bin(v);
	err = err ? err : skip_orphans(v, &v->usage, "usage", INT64_MAX);
	return err ? err : skip_orphans(v, &v->bins, "totals", INT64_MAX);
}

/* Rows of taps and records that no interval has brought up: searched for only if there are any. */
static int check_left_over(struct verify *v, const char *table, uint64_t expected)
{
	char sql[200];
	sqlite3_stmt *stmt = NULL;
	int64_t rows = 0;
	int err;

	snprintf(sql, sizeof(sql), "SELECT count(*) FROM %s", table);
	err = journal_db_number(v->j, sql, &rows);
	if (err || (uint64_t)rows == expected)
		return err;
	complain(v, "there are %lld %ss, but the intervals have %llu that counted", (long long)rows,
		table, (unsigned long long)expected);
	snprintf(sql, sizeof(sql),
		"SELECT DISTINCT seq FROM %s WHERE seq NOT IN (SELECT seq FROM interval) ORDER BY seq",
		table);
	err = journal_db_prepare(v->j, sql, &stmt);
	while (!err && (err = journal_db_step(v->j, stmt)) > 0) {
		complain(v, "interval %lld: missing, but there are %ss of it",
			(long long)sqlite3_column_int64(stmt, 0), table);
		err = 0;
	}
	sqlite3_finalize(stmt);
	return err;
}

/* A cell whose intervals have all been deleted keeps its number. */
static void check_cells(struct verify *v)
{
	if (v->anchor.seq)
		return;
	for (uint32_t i = 1; i <= v->j->n_cells; i++)
		if (!v->used[i])
			complain(v, "cell %u (%s): no interval has counted it", i,
				v->j->cell[i]->peering);
}

static int check_anchor(struct verify *v)
{
	static const struct digest none = { { 0 } };
	int err = journal_anchor(v->j, &v->anchor);

	if (!err && v->anchor.kept % BIN)
		complain(v, "the anchor: usage cannot go back to %lld", (long long)v->anchor.kept);
	if (!err && !v->anchor.seq && memcmp(&v->anchor.chain, &none, sizeof(none)))
		complain(v, "the anchor: interval 1 has no hash before it");
	return err;
}

static int check_all(struct verify *v)
{
	struct journal *j = v->j;
	int err = check_file(v);

	err = err ? err : check_anchor(v);
	err = err ? err : check_configs(v);
	err = err ? err : check_configs_are_there(v);
	err = err ? err : journal_cells_load(j);
	v->used = mem_array((size_t)j->n_cells + 1, sizeof(*v->used));
	if (!err)
		err = journal_db_prepare(
			j, "SELECT chain FROM interval WHERE seq = ?", &v->previous);
	if (!err)
		err = journal_db_prepare(j,
			"SELECT bin, cell, packets, l2_bytes, l3_bytes FROM usage"
			" ORDER BY bin, cell",
			&v->usage.stmt);
	if (!err)
		err = journal_db_prepare(j,
			"SELECT bin, covered_ms, tap_packets, unknown_packets, malformed, late,"
			" missed_packets, config FROM bin ORDER BY bin",
			&v->bins.stmt);
	err = err ? err : journal_cursor_open(&v->cursor, j,
		"SELECT " JOURNAL_CURSOR_COLUMNS " FROM interval ORDER BY start, seq");
	err = err ? err : check_intervals(v);
	err = err ? err : check_left_over(v, "tap", v->taps);
	err = err ? err : check_left_over(v, "record", v->records);
	if (!err)
		check_cells(v);
	return err;
}

int journal_verify(struct journal *j, journal_complain_fn *complain_fn, void *context)
{
	struct verify v = { .j = j, .complain = complain_fn, .context = context };
	bool held = j->held;
	int err = held ? 0 : journal_hold(j);

	if (!err)
		err = check_all(&v);
	journal_cursor_close(&v.cursor);
	sqlite3_finalize(v.previous);
	sqlite3_finalize(v.usage.stmt);
	sqlite3_finalize(v.bins.stmt);
	journal_tally_free(&v.should);
	free(v.used);
	if (!held)
		journal_release(j);
	if (err)
		complain(&v, "it cannot be read to the end: %s", strerror(-err));
	if (v.complaints > MOST) {
		char what[80];

		snprintf(what, sizeof(what), "... and %u more", v.complaints - MOST);
		complain_fn(context, what);
	}
	return err ? err : v.complaints ? -EBADMSG : 0;
}
