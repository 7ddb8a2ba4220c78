/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The journal of one meter: what was counted, interval by interval, as an SQLite database in WAL
 * mode. Anybody with the sqlite3 shell can read it; docs/journal.md tells how, and how to recompute
 * the chain.
 *
 *   meta      one row: the file's format, the meter, the interval in seconds
 *   config    digest, text: every configuration in force at some time, as canonical text
 *   cell      id, names: what a record's cell number means; rows never change, ids are 1, 2, 3 ...
 *   interval  seq, start, end (Unix seconds), covered_ms, origin, config, chain
 *   tap       seq, name, what the tap delivered in that interval
 *   record    seq, cell, what the cell counted in that interval; only cells that counted
 *   usage     bin, cell, the sum of the cell's records over all intervals of the five minutes from
 *             `bin`
 *   bin       bin, the same sums over taps and coverage, and the configuration of its last interval
 *   anchor    one row: the last interval that retention has deleted (seq and chain; 0 and zeros:
 *             none), and from when on usage and bin are kept
 *   handover  one row: the newest generation of counters that is in here, so that what a dead
 *             daemon left behind is written once; not evidence, and not verified
 *   records, intervals: views with the columns of the accounting contract
 *
 * One transaction holds one interval whole: its row, taps, records, the cells that are new, and its
 * share of usage and bin. It is on disk (synchronous=FULL: the log is synced) before
 * journal_append() returns 0.
 *
 * After a kill or a power loss at any moment:
 *   - an interval is there whole or not at all, and every interval whose append returned 0 is
 *     there;
 *   - an interval whose append was under way is there at the most once; if it is there, it is
 *     whole;
 *   - usage and bin are the sums of exactly the intervals that are there, from anchor.kept on;
 *   - the sequence goes on at the highest seq + 1, chained to its hash: there is no gap and no
 *     fork.
 *   - what retention was deleting is there or not, in whole slices, and the anchor says which: first
 *     the sums of five minutes go (and kept moves behind them), then their intervals, oldest first.
 * After an append that returned an error nothing of it is there, and it can be given again.
 *
 * A meter that was restarted within an interval writes the same [start, end) again under the next
 * seq. Both are kept; usage adds them.
 *
 * One writer: it holds flock(2) on FILE.lock, beside the file, as long as its handle lives
 * (SQLite's own locks would lock out the readers too; a lock on FILE itself would meddle with
 * SQLite's, which end when any descriptor of the file is closed). The lock file is never removed: a
 * lock on a file that somebody else has replaced would lock nobody out.
 *
 * Counts are kept as 63-bit integers, which is all that SQLite has: a count, or a five-minute sum,
 * of 2^63 or more is refused with -EOVERFLOW (9.2e18 bytes are 50 hours of the Trans-Caspian
 * cable).
 */
#include "journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "clock.h"
#include "journal_db.h"
#include "log.h"
#include "text.h"

#define BIN 300 /* seconds: settlement rules, section 1 */

static const char *const write_sql[WRITES] = {
	[WRITE_CELL] =
		"INSERT INTO cell (id, link, partner, peering, direction, class, cos, family)"
		" VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
	[WRITE_INTERVAL] =
		"INSERT INTO interval (seq, start, \"end\", covered_ms, origin, config, chain)"
		" VALUES (?, ?, ?, ?, ?, ?, ?)",
	[WRITE_TAP] =
		"INSERT INTO tap (seq, packets, l2_bytes, unknown_packets, unknown_l2_bytes, malformed,"
		" late, missed, name) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
	[WRITE_RECORD] = "INSERT INTO record (seq, cell, packets, l2_bytes, l3_bytes)"
			 " VALUES (?, ?, ?, ?, ?)",
	[WRITE_USAGE] =
		"INSERT INTO usage (bin, cell, packets, l2_bytes, l3_bytes) VALUES (?, ?, ?, ?, ?)"
		" ON CONFLICT (bin, cell) DO UPDATE SET packets = packets + excluded.packets,"
		" l2_bytes = l2_bytes + excluded.l2_bytes, l3_bytes = l3_bytes + excluded.l3_bytes",
	[WRITE_BIN] =
		"INSERT INTO bin (bin, covered_ms, tap_packets, unknown_packets, malformed, late,"
		" missed_packets, config) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
		" ON CONFLICT (bin) DO UPDATE SET covered_ms = covered_ms + excluded.covered_ms,"
		" tap_packets = tap_packets + excluded.tap_packets,"
		" unknown_packets = unknown_packets + excluded.unknown_packets,"
		" malformed = malformed + excluded.malformed, late = late + excluded.late,"
		" missed_packets = missed_packets + excluded.missed_packets,"
		" config = excluded.config",
	[WRITE_HANDOVER] = "INSERT INTO handover (one, generation) VALUES (1, ?)"
			   " ON CONFLICT (one) DO UPDATE SET generation = excluded.generation",
};

/* Opening and closing. */

static int lock_for_writing(struct journal *j)
{
	struct text name = { 0 };
	int err = 0;

	/* SQLite's name for the file: links resolved, so that two names of one file meet at one
	 * lock. */
	text_printf(&name, "%s.lock", sqlite3_db_filename(j->db, "main"));
	j->lock = open(name.data, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	if (j->lock < 0)
		err = journal_db_say(j, -errno, "%s: %s", name.data, strerror(errno));
	else if (flock(j->lock, LOCK_EX | LOCK_NB))
		err = errno == EWOULDBLOCK ?
			      journal_db_say(j, -EBUSY,
				      "another process is writing it (%s is locked)", name.data) :
			      journal_db_say(j, -errno, "%s: %s", name.data, strerror(errno));
	text_free(&name);
	return err;
}

static int use_wal(struct journal *j)
{
	sqlite3_stmt *stmt = NULL;
	int err = journal_db_prepare(j, "PRAGMA journal_mode = WAL", &stmt);

	if (!err && (err = journal_db_step(j, stmt)) > 0)
		err = strcmp((const char *)sqlite3_column_text(stmt, 0), "wal") ?
			      journal_db_say(j, -ENOTSUP,
				      "its file system cannot hold a write-ahead log") :
			      0;
	sqlite3_finalize(stmt);
	return err;
}

static int prepare_to_write(struct journal *j, const char *meter, unsigned interval)
{
	int err = lock_for_writing(j), what;

	if (err)
		return err;
	what = journal_schema_probe(j);
	if (what < 0)
		return what;
	if (what > 0) /* before anything is in it: retention can give pages back only then */
		err = journal_db_exec(j, "PRAGMA auto_vacuum = INCREMENTAL");
	err = err ? err : use_wal(j);
	err = err ? err : journal_db_exec(j, "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;"
					     " PRAGMA journal_size_limit = 67108864");
	if (!err && what > 0)
		err = journal_schema_create(j, meter, interval);
	for (int i = 0; i < WRITES && !err; i++)
		err = journal_db_prepare(j, write_sql[i], &j->write[i]);
	return err;
}

static int prepare_to_read(struct journal *j)
{
	int what = journal_schema_probe(j);

	return what > 0 ? journal_db_say(j, -ENOENT, "no meter has written to it yet") : what;
}

static int read_meta(struct journal *j, const char *meter, unsigned interval)
{
	sqlite3_stmt *stmt = NULL;
	int err = journal_db_prepare(j,
		"SELECT meter, interval FROM meta WHERE (SELECT count(*) FROM meta) = 1"
		" AND format = 2 AND interval > 0 AND 300 % interval = 0",
		&stmt);

	if (!err && (err = journal_db_step(j, stmt)) >= 0)
		err = err ? journal_db_name(stmt, 0, j->meter) : -EBADMSG;
	if (!err)
		j->interval = (unsigned)sqlite3_column_int(stmt, 1);
	else if (err == -EBADMSG)
		journal_db_say(j, err, "it is damaged: it does not say whose journal it is");
	sqlite3_finalize(stmt);
	if (err)
		return err;
	if (strcmp(j->meter, meter))
		return journal_db_say(
			j, -EINVAL, "it is the journal of meter %s, not of %s", j->meter, meter);
	if (interval && interval != j->interval)
		return journal_db_say(
			j, -EINVAL, "its intervals are %u s, not %u s", j->interval, interval);
	return 0;
}

int journal_open(const char *path, enum journal_mode mode, const char *meter, unsigned interval,
	struct cellbook *book, struct journal **out)
{
	struct journal *j = mem_alloc(sizeof(*j));
	int err;

	j->path = mem_dup(path);
	j->book = book;
	j->lock = -1;
	err = journal_db_open(j, mode);
	if (!err)
		err = mode == JOURNAL_WRITE ? prepare_to_write(j, meter, interval) :
					      prepare_to_read(j);
	err = err ? err : read_meta(j, meter, interval);
	err = err ? err : journal_cells_load(j);
	err = err ? err : journal_head(j, &j->head);
	err = err ? err : journal_anchor(j, &j->anchor);
	if (err) {
		journal_close(j);
		return err;
	}
	*out = j;
	return 0;
}

void journal_close(struct journal *j)
{
	if (!j)
		return;
	for (int i = 0; i < WRITES; i++)
		sqlite3_finalize(j->write[i]);
	sqlite3_close(j->db);
	if (j->lock >= 0)
		close(j->lock); /* after SQLite's last checkpoint */
	journal_cells_free(j);
	text_free(&j->text);
	free(j->path);
	free(j);
}

int journal_head(struct journal *j, struct journal_head *out)
{
	struct journal_head head = { 0 };
	sqlite3_stmt *stmt = NULL;
	int err = journal_db_prepare(j,
		"SELECT seq, start, \"end\", chain FROM interval ORDER BY seq DESC LIMIT 1", &stmt);

	if (!err && (err = journal_db_step(j, stmt)) > 0) {
		head.seq = (uint64_t)sqlite3_column_int64(stmt, 0);
		head.start = sqlite3_column_int64(stmt, 1);
		head.end = sqlite3_column_int64(stmt, 2);
		err = journal_db_digest(stmt, 3, &head.chain);
	}
	sqlite3_finalize(stmt);
	if (!err)
		*out = head;
	return err;
}

/* Writing. */

int journal_put_config(struct journal *j, const struct digest *digest, const char *canonical)
{
	const struct digest_piece piece = { canonical, strlen(canonical) };
	struct digest is = digest_of(&piece, 1);
	sqlite3_stmt *stmt = NULL;
	int err;

	if (memcmp(&is, digest, sizeof(is)))
		return journal_db_say(
			j, -EINVAL, "a configuration's text does not have the digest given");
	err = journal_db_prepare(
		j, "INSERT INTO config (digest, text) VALUES (?, ?) ON CONFLICT DO NOTHING", &stmt);
	if (!err) {
		journal_db_bind_digest(stmt, 1, digest);
		sqlite3_bind_text(stmt, 2, canonical, -1, SQLITE_STATIC);
		err = journal_db_step(j, stmt);
	}
	sqlite3_finalize(stmt);
	return err;
}

static int put_interval(struct journal *j, const struct interval *iv)
{
	const int64_t value[] = { (int64_t)iv->seq, iv->start, iv->end, iv->covered_ms };
	sqlite3_stmt *stmt = j->write[WRITE_INTERVAL];

	journal_db_bind(stmt, 1, value, 4);
	sqlite3_bind_text(stmt, 5, origin_name[iv->origin], -1, SQLITE_STATIC);
	journal_db_bind_digest(stmt, 6, &iv->config);
	journal_db_bind_digest(stmt, 7, &iv->chain);
	return journal_db_run(j, stmt);
}

static int put_taps(struct journal *j, const struct interval *iv)
{
	sqlite3_stmt *stmt = j->write[WRITE_TAP];
	int err = 0;

	for (size_t i = 0; i < iv->n_taps && !err; i++) {
		const struct tap_count *t = &iv->taps[i];
		const int64_t value[] = { (int64_t)iv->seq, (int64_t)t->packets,
			(int64_t)t->l2_bytes, (int64_t)t->unknown_packets,
			(int64_t)t->unknown_l2_bytes, (int64_t)t->malformed, (int64_t)t->late,
			(int64_t)t->missed };

		journal_db_bind(stmt, 1, value, 8);
		sqlite3_bind_text(stmt, 9, t->name, -1, SQLITE_STATIC);
		err = journal_db_run(j, stmt);
	}
	return err;
}

static int put_bin(struct journal *j, const struct interval *iv)
{
	int64_t value[] = { iv->start / BIN * BIN, iv->covered_ms, 0, 0, 0, 0, 0 };
	sqlite3_stmt *stmt = j->write[WRITE_BIN];
	bool over = false;

	if (iv->start < j->anchor.kept)
		return 0;
	for (size_t i = 0; i < iv->n_taps; i++) {
		const struct tap_count *t = &iv->taps[i];
		const uint64_t add[] = { t->packets, t->unknown_packets, t->malformed, t->late,
			t->missed };

		for (int k = 0; k < 5; k++)
			over |= __builtin_add_overflow(value[k + 2], add[k], &value[k + 2]);
	}
	if (over)
		return -EOVERFLOW;
	journal_db_bind(stmt, 1, value, 7);
	journal_db_bind_digest(stmt, 8, &iv->config);
	return journal_db_run(j, stmt);
}

/* A record with its cell's number: rows go in by number, at the end of their tables. */
struct numbered {
	uint32_t number;
	const struct counters *count;
};

static int by_number(const void *a, const void *b)
{
	uint32_t x = ((const struct numbered *)a)->number, y = ((const struct numbered *)b)->number;

	return x < y ? -1 : x > y;
}

static int number_records(
	struct journal *j, const struct interval *iv, struct numbered *row, size_t *n_rows)
{
	size_t n = 0;

	for (size_t i = 0; i < iv->n_records; i++) {
		int err;

		if (!record_counted(&iv->records[i]))
			continue;
		err = journal_cells_number(j, iv->records[i].cell, &row[n].number);
		if (err)
			return err;
		row[n++].count = &iv->records[i].count;
	}
	qsort(row, n, sizeof(*row), by_number);
	*n_rows = n;
	return 0;
}

static int put_rows(
	struct journal *j, sqlite3_stmt *stmt, int64_t key, const struct numbered *row, size_t n)
{
	int err = 0;

	for (size_t i = 0; i < n && !err; i++) {
		const int64_t value[] = { key, row[i].number, (int64_t)row[i].count->packets,
			(int64_t)row[i].count->l2_bytes, (int64_t)row[i].count->l3_bytes };

		journal_db_bind(stmt, 1, value, 5);
		err = journal_db_run(j, stmt);
	}
	return err;
}

static int put_records(struct journal *j, const struct interval *iv)
{
	struct numbered *row = mem_array(iv->n_records, sizeof(*row));
	size_t n = 0;
	int err = number_records(j, iv, row, &n);

	err = err ? err : put_rows(j, j->write[WRITE_RECORD], (int64_t)iv->seq, row, n);
	if (!err && iv->start >= j->anchor.kept)
		err = put_rows(j, j->write[WRITE_USAGE], iv->start / BIN * BIN, row, n);
	free(row);
	return err;
}

static bool fits(const uint64_t *n, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (n[i] > INT64_MAX)
			return false;
	return true;
}

static bool all_fit(const struct interval *iv)
{
	for (size_t i = 0; i < iv->n_taps; i++) {
		const struct tap_count *t = &iv->taps[i];
		const uint64_t n[] = { t->packets, t->l2_bytes, t->unknown_packets,
			t->unknown_l2_bytes, t->malformed, t->late, t->missed };

		if (!fits(n, sizeof(n) / sizeof(*n)))
			return false;
	}
	for (size_t i = 0; i < iv->n_records; i++) {
		const struct counters *c = &iv->records[i].count;

		if (!fits((const uint64_t[]){ c->packets, c->l2_bytes, c->l3_bytes }, 3))
			return false;
	}
	return true;
}

static int refuse(struct journal *j, const struct interval *iv)
{
	int err;

	if (j->lock < 0)
		return journal_db_say(j, -EROFS, "it is open for reading only");
	if (strcmp(iv->meter, j->meter))
		return journal_db_say(j, -EINVAL, "refused an interval of meter %s", iv->meter);
	if (iv->start < 0 || iv->end > CLOCK_MAX_SEC ||
		iv->end - iv->start != (int64_t)j->interval || iv->start % (int64_t)j->interval)
		return journal_db_say(j, -EINVAL,
			"refused an interval from %lld to %lld: not a multiple of %u s",
			(long long)iv->start, (long long)iv->end, j->interval);
	err = interval_check(iv);
	if (err)
		return journal_db_say(j, err, "refused the interval from %lld: %s",
			(long long)iv->start,
			err == -EBADMSG ?
				"records and unknown frames are not what the taps delivered" :
				"its taps or records are not in order");
	if (!all_fit(iv))
		return journal_db_say(j, -EOVERFLOW,
			"refused the interval from %lld: a count of 2^63 or more",
			(long long)iv->start);
	return 0;
}

static int put_generation(struct journal *j, const struct interval *iv)
{
	sqlite3_stmt *stmt = j->write[WRITE_HANDOVER];

	if (!iv->generation)
		return 0;
	journal_db_bind(stmt, 1, (const int64_t[]){ (int64_t)iv->generation }, 1);
	return journal_db_run(j, stmt);
}

int journal_generation(struct journal *j, uint64_t *out)
{
	int64_t newest;
	int err =
		journal_db_number(j, "SELECT coalesce(max(generation), 0) FROM handover", &newest);

	if (!err)
		*out = (uint64_t)newest;
	return err;
}

static int put_all(struct journal *j, const struct interval *iv)
{
	int err = journal_db_exec(j, "BEGIN IMMEDIATE");

	err = err ? err : put_bin(j, iv);
	err = err ? err : put_interval(j, iv);
	err = err ? err : put_taps(j, iv);
	err = err ? err : put_records(j, iv);
	err = err ? err : put_generation(j, iv);
	return err ? err : journal_db_exec(j, "COMMIT");
}

int journal_append(struct journal *j, struct interval *iv)
{
	struct interval numbered = *iv; /* the caller's stays as it is until all is on disk */
	uint32_t n_cells = j->n_cells;
	int err = refuse(j, iv);

	if (err)
		return err;
	numbered.seq = j->head.seq + 1;
	text_clear(&j->text);
	interval_encode(&numbered, &j->text);
	numbered.chain = interval_chain(&j->head.chain, j->text.data, j->text.size);
	err = put_all(j, &numbered);
	if (err) {
		if (!sqlite3_get_autocommit(j->db))
			sqlite3_exec(j->db, "ROLLBACK", NULL, NULL, NULL);
		journal_cells_forget(j, n_cells);
		return err;
	}
	iv->seq = numbered.seq;
	iv->chain = numbered.chain;
	j->head = (struct journal_head){ iv->seq, iv->start, iv->end, iv->chain };
	return 0;
}
