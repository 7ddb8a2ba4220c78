/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Schema: closed(number, contract, period, revision, text, sha256, public_key, signature). Triggers refuse
 * UPDATE and DELETE. A record is on disk when closed_add() returns (synchronous=FULL); a kill before that
 * leaves none. Two closers take turns: the transaction begins IMMEDIATE, before the last number is read.
 */
#include "journal_closed.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "text.h"

#define WAIT_MS	       10000 /* for another closer */
#define APPLICATION_ID 0x7472636c /* "trcl" */

struct closed {
	sqlite3 *db;
	char *path;
};

static const char schema[] =
	"CREATE TABLE IF NOT EXISTS closed ("
	" number INTEGER PRIMARY KEY, contract TEXT NOT NULL, period TEXT NOT NULL, revision INTEGER NOT NULL,"
	" text TEXT NOT NULL, sha256 TEXT NOT NULL, public_key TEXT NOT NULL, signature TEXT NOT NULL,"
	" UNIQUE (contract, period, revision));"
	"CREATE TRIGGER IF NOT EXISTS closed_update BEFORE UPDATE ON closed"
	" BEGIN SELECT RAISE(ABORT, 'a closed statement is never changed'); END;"
	"CREATE TRIGGER IF NOT EXISTS closed_delete BEFORE DELETE ON closed"
	" BEGIN SELECT RAISE(ABORT, 'a closed statement is never removed'); END;";

static int fail(struct closed *c)
{
	int code = sqlite3_errcode(c->db) & 0xff;

	log_error("%s: %s", c->path, sqlite3_errmsg(c->db));
	switch (code) {
	case SQLITE_BUSY:
		return -EBUSY;
	case SQLITE_FULL:
		return -ENOSPC;
	case SQLITE_NOTADB:
		return -EINVAL;
	default:
		return -EIO;
	}
}

static int run(struct closed *c, const char *sql)
{
	return sqlite3_exec(c->db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : fail(c);
}

static int application_id(struct closed *c, int64_t *out)
{
	sqlite3_stmt *stmt = NULL;
	int rc = 0;

	if (sqlite3_prepare_v2(c->db, "PRAGMA application_id", -1, &stmt, NULL) != SQLITE_OK ||
		sqlite3_step(stmt) != SQLITE_ROW)
		rc = fail(c);
	else
		*out = sqlite3_column_int64(stmt, 0);
	sqlite3_finalize(stmt);
	return rc;
}

static int prepare_file(struct closed *c, bool create, bool fresh)
{
	struct text pragma = { 0 };
	int64_t id = 0;
	int rc = run(c, "PRAGMA synchronous=FULL; PRAGMA trusted_schema=OFF;");

	if (!rc && fresh) {
		text_printf(&pragma, "PRAGMA application_id=%d;", APPLICATION_ID);
		rc = run(c, pragma.data);
		text_free(&pragma);
	}
	rc = rc ? rc : application_id(c, &id);
	if (!rc && id != APPLICATION_ID) {
		log_error("%s: not a file of closed statements", c->path);
		rc = -EINVAL;
	}
	return rc || !create ? rc : run(c, schema);
}

int closed_open(const char *path, bool create, struct closed **out)
{
	int flags = create ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY, rc;
	bool fresh = access(path, F_OK) != 0;
	struct closed *c;

	if (fresh && !create)
		return -ENOENT;
	c = mem_alloc(sizeof(*c));
	c->path = mem_dup(path);
	if (sqlite3_open_v2(path, &c->db, flags, NULL) != SQLITE_OK) {
		rc = fail(c);
	} else {
		sqlite3_busy_timeout(c->db, WAIT_MS);
		rc = prepare_file(c, create, fresh);
	}
	if (rc) {
		closed_close(c);
		return rc;
	}
	*out = c;
	return 0;
}

void closed_close(struct closed *c)
{
	if (!c)
		return;
	sqlite3_close(c->db);
	free(c->path);
	free(c);
}

static const char *column(sqlite3_stmt *stmt, int i)
{
	const char *s = (const char *)sqlite3_column_text(stmt, i);

	return s ? s : "";
}

static struct closed_record read_record(sqlite3_stmt *stmt)
{
	return (struct closed_record){ (uint64_t)sqlite3_column_int64(stmt, 0), column(stmt, 1), column(stmt, 2),
		(unsigned)sqlite3_column_int(stmt, 3), column(stmt, 4), column(stmt, 5), column(stmt, 6),
		column(stmt, 7) };
}

#define COLUMNS "number, contract, period, revision, text, sha256, public_key, signature"

int closed_walk(struct closed *c, const char *contract, closed_each_fn *each, void *context)
{
	sqlite3_stmt *stmt = NULL;
	int rc = 0, step;

	if (sqlite3_prepare_v2(c->db,
		    "SELECT " COLUMNS " FROM closed WHERE ?1 IS NULL OR contract = ?1 ORDER BY number", -1,
		    &stmt, NULL) != SQLITE_OK)
		return fail(c);
	sqlite3_bind_text(stmt, 1, contract, -1, SQLITE_STATIC);
	while (!rc && (step = sqlite3_step(stmt)) != SQLITE_DONE) {
		struct closed_record r;

		if (step != SQLITE_ROW) {
			rc = fail(c);
			break;
		}
		r = read_record(stmt);
		rc = each(context, &r);
	}
	sqlite3_finalize(stmt);
	return rc;
}

static int insert(struct closed *c, const struct closed_record *r)
{
	const char *const text[] = { r->text, r->sha256, r->public_key, r->signature };
	sqlite3_stmt *stmt = NULL;
	int rc = 0;

	if (sqlite3_prepare_v2(c->db, "INSERT INTO closed(" COLUMNS ") VALUES(?,?,?,?,?,?,?,?)", -1, &stmt,
		    NULL) != SQLITE_OK)
		return fail(c);
	sqlite3_bind_int64(stmt, 1, (int64_t)r->number);
	sqlite3_bind_text(stmt, 2, r->contract, -1, SQLITE_STATIC);
	sqlite3_bind_text(stmt, 3, r->period, -1, SQLITE_STATIC);
	sqlite3_bind_int(stmt, 4, (int)r->revision);
	for (int i = 0; i < 4; i++)
		sqlite3_bind_text(stmt, 5 + i, text[i], -1, SQLITE_STATIC);
	if (sqlite3_step(stmt) != SQLITE_DONE)
		rc = fail(c);
	sqlite3_finalize(stmt);
	return rc;
}

/* The rows that decide what the new record is: the last of all, and the newest of its period. */
static int add_between(struct closed *c, sqlite3_stmt *last, sqlite3_stmt *newest, closed_make_fn *make,
	void *context, struct closed_record *r)
{
	static const char zeros[] = "0000000000000000000000000000000000000000000000000000000000000000";
	struct closed_record old;
	bool any, before;
	int rc;

	sqlite3_bind_text(newest, 1, r->contract, -1, SQLITE_STATIC);
	sqlite3_bind_text(newest, 2, r->period, -1, SQLITE_STATIC);
	any = sqlite3_step(last) == SQLITE_ROW;
	before = sqlite3_step(newest) == SQLITE_ROW;
	if (sqlite3_errcode(c->db) != SQLITE_ROW && sqlite3_errcode(c->db) != SQLITE_DONE &&
		sqlite3_errcode(c->db) != SQLITE_OK)
		return fail(c);
	r->number = any ? (uint64_t)sqlite3_column_int64(last, 0) + 1 : 1;
	if (before)
		old = read_record(newest);
	r->revision = before ? old.revision + 1 : 1;
	rc = make(context, r->number, any ? column(last, 1) : zeros, before ? &old : NULL, r);
	return rc ? rc : insert(c, r);
}

int closed_add(struct closed *c, const char *contract, const char *period, closed_make_fn *make, void *context)
{
	struct closed_record r = { .contract = contract, .period = period };
	sqlite3_stmt *last = NULL, *newest = NULL;
	int rc = run(c, "BEGIN IMMEDIATE");

	if (rc)
		return rc;
	if (sqlite3_prepare_v2(c->db, "SELECT number, sha256 FROM closed ORDER BY number DESC LIMIT 1", -1, &last,
		    NULL) != SQLITE_OK ||
		sqlite3_prepare_v2(c->db,
			"SELECT " COLUMNS " FROM closed WHERE contract = ? AND period = ?"
			" ORDER BY revision DESC LIMIT 1", -1, &newest, NULL) != SQLITE_OK)
		rc = fail(c);
	else
		rc = add_between(c, last, newest, make, context, &r);
	sqlite3_finalize(last);
	sqlite3_finalize(newest);
	if (rc) {
		sqlite3_exec(c->db, "ROLLBACK", NULL, NULL, NULL);
		return rc;
	}
	return run(c, "COMMIT");
}
