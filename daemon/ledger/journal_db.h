/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the journal_*.c files share, and nobody else sees: the handle, SQLite's results as -errno
 * with one logged line, the schema, and the numbers that cells have in the file. Every function
 * returns 0 or -errno unless it says otherwise.
 */
#ifndef LEDGER_JOURNAL_DB_H
#define LEDGER_JOURNAL_DB_H

#include <sqlite3.h>

#include "journal.h"

enum journal_write { /* the statements of an append, prepared once */
	WRITE_CELL,
	WRITE_INTERVAL,
	WRITE_TAP,
	WRITE_RECORD,
	WRITE_USAGE,
	WRITE_BIN,
	WRITE_HANDOVER,
	WRITES,
};

struct journal {
	sqlite3 *db;
	char *path; /* as given, for messages */
	char meter[NAME_SIZE];
	unsigned interval; /* seconds */
	int lock;	   /* of the writer; -1: a reader */
	bool held;	   /* journal_hold() */
	struct cellbook *book;
	const struct cell_name **cell; /* [number in the file]; [0] is unused */
	uint32_t n_cells;	       /* numbers known: 1..n_cells */
	uint32_t *number;	       /* [cell_name id]: its number in the file, 0: none yet */
	uint32_t n_number;
	uint32_t *order; /* the first n_order numbers in canonical order of their names */
	uint32_t n_order;
	struct journal_head head; /* writer: of the newest interval; it alone moves it */
	struct journal_anchor anchor; /* writer: as stored; it alone moves it */
	sqlite3_stmt *write[WRITES];
	struct text text; /* the canonical text being chained */
};

/* journal_db.c: SQLite. */

/* Logs "journal PATH: why" and gives the -errno that SQLite's last error stands for. */
int journal_db_fail(struct journal *j);
/* Logs "journal PATH: WHAT" and returns `error`. */
int journal_db_say(const struct journal *j, int error, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
int journal_db_open(struct journal *j, enum journal_mode mode);
int journal_db_exec(struct journal *j, const char *sql);
int journal_db_prepare(struct journal *j, const char *sql, sqlite3_stmt **out);
/* 1: a row, 0: no more, or -errno. */
int journal_db_step(struct journal *j, sqlite3_stmt *stmt);
/* Steps a statement that returns no row, and resets it. */
int journal_db_run(struct journal *j, sqlite3_stmt *stmt);
/* The one number that a query gives. */
int journal_db_number(struct journal *j, const char *sql, int64_t *out);
/* Binds int64 values to parameters first, first + 1 ... Never fails: the numbers of parameters are
 * ours. */
void journal_db_bind(sqlite3_stmt *stmt, int first, const int64_t *value, int n);
void journal_db_bind_digest(sqlite3_stmt *stmt, int at, const struct digest *d);
/* Column readers: -EBADMSG when the file holds something else than the schema allows. */
int journal_db_counts(sqlite3_stmt *stmt, int first, uint64_t *const *out, int n);
int journal_db_name(sqlite3_stmt *stmt, int at, char name[static NAME_SIZE]);
int journal_db_choice(
	sqlite3_stmt *stmt, int at, const char *const *name, unsigned n, unsigned *out);
int journal_db_digest(sqlite3_stmt *stmt, int at, struct digest *d);

/* journal_schema.c */

/* What the file is: 1: nothing yet, 0: a journal of our format, -EINVAL: something else (logged). */
int journal_schema_probe(struct journal *j);
int journal_schema_create(struct journal *j, const char *meter, unsigned interval);
/* Complains of every table, view and index that is not as journal_schema_create() made it. */
int journal_schema_compare(struct journal *j, journal_complain_fn *complain, void *context);

/* journal_cells.c: the cell table and the cellbook, one number to one entry. */

int journal_cells_load(struct journal *j); /* those that are in the file and not yet known */
/* NULL: the file has no such cell. */
const struct cell_name *journal_cells_at(struct journal *j, int64_t number);
/* The cell's number; a new one is inserted within the caller's transaction. */
int journal_cells_number(struct journal *j, const struct cell_name *cell, uint32_t *out);
/* Forgets numbers above n_cells: the transaction that gave them out did not come to be. */
void journal_cells_forget(struct journal *j, uint32_t n_cells);
void journal_cells_free(struct journal *j);

/* Counts by cell, added in any order and given out in canonical order of the cells. */
struct journal_tally {
	struct counters *count; /* [number]; all zero: nothing */
	uint32_t n;		/* numbers 0..n-1 */
};
/* The count of a cell to add to; NULL: there is no such cell in the file. */
struct counters *journal_tally_at(struct journal *j, struct journal_tally *t, int64_t number);
/* Calls `each` for every cell that counted, and empties the tally. Ends at the first that is not 0. */
typedef int journal_tally_fn(
	void *context, const struct cell_name *cell, const struct counters *count);
int journal_tally_empty(
	struct journal *j, struct journal_tally *t, journal_tally_fn *each, void *context);
void journal_tally_free(struct journal_tally *t);

/* journal_read.c: one interval after another, for walks and for verification. */

struct journal_cursor {
	struct journal *j;
	sqlite3_stmt *interval, *taps, *records;
	struct interval iv; /* the one that was read last; its arrays are reused */
	size_t room_taps, room_records;
	struct journal_tally tally;
	bool taps_only;
};
int journal_cursor_open(struct journal_cursor *c, struct journal *j, const char *interval_sql);
/* 1: c->iv is the next one, sorted; 0: no more; -EBADMSG: this one is damaged (c->iv.seq is set),
 * the next call goes on behind it; or another -errno. */
int journal_cursor_next(struct journal_cursor *c);
void journal_cursor_close(struct journal_cursor *c);
/* The columns that `interval_sql` selects, in the order that the cursor reads them. */
#define JOURNAL_CURSOR_COLUMNS "seq, start, \"end\", covered_ms, origin, config, chain"

#endif
