/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Retention: what has become too old is deleted from the front of the chain, a slice at a time. First
 * the sums of the oldest five minutes go, and anchor.kept moves behind them: from then on nobody reads
 * or verifies sums before it. Then their intervals go, oldest first, and the anchor takes the number
 * and the hash of the last one, so that the chain can be recomputed from there. Every slice is one
 * transaction that moves the anchor as well: a kill leaves it deleted or not. Freed pages are used
 * again by appends; only what is free beyond an eighth of the file is given back to the file system.
 * The writer's thread, between appends.
 */
#include <errno.h>
#include <string.h>

#include "journal_db.h"

#define BIN		300   /* seconds */
#define DAY		86400
#define SLICE_RECORDS	2048  /* deleted at once; a whole interval, or the sums of five minutes, at least */
#define SLICE_INTERVALS 64
#define FREE_PAGES	1024  /* that are kept for appends in any case: 4 MiB */
#define FREE_SHARE	8     /* of the file: as much may be free */
#define VACUUM_PAGES	"256" /* given back at once: 1 MiB */

int journal_anchor(struct journal *j, struct journal_anchor *out)
{
	struct journal_anchor anchor = { 0 };
	uint64_t kept;
	sqlite3_stmt *stmt = NULL;
	int err = journal_db_prepare(j, "SELECT seq, kept, chain FROM anchor WHERE (SELECT count(*) FROM anchor) = 1", &stmt);

	if (!err && (err = journal_db_step(j, stmt)) >= 0)
		err = err ? 0 : -EBADMSG;
	err = err ? err : journal_db_counts(stmt, 0, (uint64_t *const[]){ &anchor.seq, &kept }, 2);
	err = err ? err : journal_db_digest(stmt, 2, &anchor.chain);
	if (err == -EBADMSG)
		journal_db_say(j, err, "it is damaged: it does not say where its chain begins");
	sqlite3_finalize(stmt);
	if (err)
		return err;
	anchor.kept = (int64_t)kept;
	*out = anchor;
	return 0;
}

int journal_ages(struct journal *j, struct journal_ages *out)
{
	struct journal_ages ages = { 0 };
	struct journal_head head;
	sqlite3_stmt *stmt = NULL;
	int err = journal_head(j, &head);

	if (!err)
		err = journal_db_prepare(j,
			"SELECT \"end\", (SELECT min(start) FROM interval) FROM interval WHERE seq = ?",
			&stmt);
	if (err)
		return err;
	sqlite3_bind_int64(stmt, 1, (int64_t)head.seq - DAY / (int64_t)j->interval);
	err = journal_db_step(j, stmt);
	if (err > 0) {
		ages.newest = sqlite3_column_int64(stmt, 0) + DAY;
		ages.oldest = sqlite3_column_int64(stmt, 1);
		if (head.end < ages.newest)
			ages.newest = head.end;
	}
	sqlite3_finalize(stmt);
	if (err < 0)
		return err;
	*out = ages;
	return 0;
}

/* One slice: the sums before `anchor.kept`, and the intervals up to `anchor.seq`. */
static int delete_until(struct journal *j, const struct journal_anchor *anchor)
{
	static const struct {
		const char *sql;
		bool by_time;
	} deletions[] = {
		{ "DELETE FROM usage WHERE bin < ?", true },
		{ "DELETE FROM bin WHERE bin < ?", true },
		{ "DELETE FROM record WHERE seq <= ?", false },
		{ "DELETE FROM tap WHERE seq <= ?", false },
		{ "DELETE FROM interval WHERE seq <= ?", false },
	};
	sqlite3_stmt *stmt;
	int err = 0;

	for (size_t i = 0; i < sizeof(deletions) / sizeof(*deletions) && !err; i++) {
		stmt = NULL;
		err = journal_db_prepare(j, deletions[i].sql, &stmt);
		if (!err) {
			sqlite3_bind_int64(stmt, 1,
				deletions[i].by_time ? anchor->kept : (int64_t)anchor->seq);
			err = journal_db_step(j, stmt);
		}
		sqlite3_finalize(stmt);
	}
	return err;
}

static int put_anchor(struct journal *j, const struct journal_anchor *anchor)
{
	sqlite3_stmt *stmt = NULL;
	int err = journal_db_prepare(j, "UPDATE anchor SET seq = ?, kept = ?, chain = ?", &stmt);

	if (!err) {
		journal_db_bind(stmt, 1, (const int64_t[]){ (int64_t)anchor->seq, anchor->kept }, 2);
		journal_db_bind_digest(stmt, 3, &anchor->chain);
		err = journal_db_step(j, stmt);
	}
	sqlite3_finalize(stmt);
	return err;
}

static int move_anchor(struct journal *j, const struct journal_anchor *anchor)
{
	int err = journal_db_exec(j, "BEGIN IMMEDIATE");

	err = err ? err : delete_until(j, anchor);
	err = err ? err : put_anchor(j, anchor);
	err = err ? err : journal_db_exec(j, "COMMIT");
	if (!err)
		j->anchor = *anchor;
	else if (!sqlite3_get_autocommit(j->db))
		sqlite3_exec(j->db, "ROLLBACK", NULL, NULL, NULL);
	return err;
}

/* Moves the anchor over the intervals of the next slice; it stays where it is if there are none. */
static int next_intervals(
	struct journal *j, const struct journal_limit *limit, struct journal_anchor *anchor)
{
	sqlite3_stmt *stmt = NULL;
	int64_t records = 0;
	int more = 0;
	int err = journal_db_prepare(j,
		"SELECT seq, start, chain, (SELECT count(*) FROM record WHERE seq = i.seq)"
		" FROM interval i ORDER BY seq LIMIT ?",
		&stmt);

	if (!err)
		sqlite3_bind_int64(stmt, 1, SLICE_INTERVALS);
	while (!err && records < SLICE_RECORDS && (more = journal_db_step(j, stmt)) > 0) {
		uint64_t seq = (uint64_t)sqlite3_column_int64(stmt, 0);

		if (seq > limit->last_seq || seq >= j->head.seq ||
			sqlite3_column_int64(stmt, 1) >= limit->before)
			break;
		anchor->seq = seq;
		err = journal_db_digest(stmt, 2, &anchor->chain);
		records += sqlite3_column_int64(stmt, 3);
	}
	sqlite3_finalize(stmt);
	return more < 0 ? more : err;
}

/* 1: a piece was given back. */
static int give_back(struct journal *j)
{
	int64_t unused, pages;
	int err = journal_db_number(j, "PRAGMA freelist_count", &unused);

	err = err ? err : journal_db_number(j, "PRAGMA page_count", &pages);
	if (err || unused <= FREE_PAGES || unused <= pages / FREE_SHARE)
		return err;
	err = journal_db_exec(j, "PRAGMA incremental_vacuum(" VACUUM_PAGES ")");
	return err ? err : 1;
}

int journal_prune(struct journal *j, const struct journal_limit *limit)
{
	const struct journal_limit whole = { limit->before / BIN * BIN, limit->last_seq };
	struct journal_anchor next = j->anchor;
	int64_t oldest;
	int err;

	if (j->lock < 0)
		return journal_db_say(j, -EROFS, "it is open for reading only");
	err = journal_db_number(j, "SELECT coalesce(min(bin), 9223372036854775807) FROM bin", &oldest);
	if (err)
		return err;
	if (oldest < whole.before) {
		next.kept = oldest + BIN;
	} else {
		next.kept = whole.before > next.kept ? whole.before : next.kept;
		err = next_intervals(j, &whole, &next);
		if (err)
			return err;
		if (next.seq == j->anchor.seq)
			return give_back(j);
	}
	err = move_anchor(j, &next);
	return err ? err : 1;
}
