/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * SQLite's calls as 0 or -errno. An error is logged here, where it is met, with the journal's path;
 * its callers pass the code up. Opening knows the three ways a journal is opened: for writing, for
 * reading, and for reading where not even SQLite's own files may be written (an archive on
 * read-only media).
 */
#include "journal_db.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "log.h"
#include "text.h"

#define READER_WAIT_MS 10000 /* for recovery after a kill, and while the file is made or closed */
#define WRITER_WAIT_MS 500 /* somebody writes by hand (sqlite3 shell): the cut is more important */

static int from_sqlite(sqlite3 *db)
{
	int rc = sqlite3_extended_errcode(db), system = sqlite3_system_errno(db);

	switch (rc & 0xff) {
	case SQLITE_FULL:
		return -ENOSPC;
	case SQLITE_IOERR:
	case SQLITE_CANTOPEN:
		return system > 0 ? -system : -EIO;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return -EBUSY;
	case SQLITE_READONLY:
		return -EROFS;
	case SQLITE_PERM:
	case SQLITE_AUTH:
		return -EACCES;
	case SQLITE_CORRUPT:
		return -EBADMSG;
	case SQLITE_CONSTRAINT:
		return rc == SQLITE_CONSTRAINT_DATATYPE ? -EOVERFLOW : -EINVAL;
	case SQLITE_NOMEM:
		return -ENOMEM;
	default: /* SQLITE_NOTADB, and a schema that lacks what a statement names */
		return -EINVAL;
	}
}

int journal_db_say(const struct journal *j, int error, const char *format, ...)
{
	char what[512];
	va_list ap;

	va_start(ap, format);
	vsnprintf(what, sizeof(what), format, ap);
	va_end(ap);
	log_error("journal %s: %s", j->path, what);
	return error;
}

int journal_db_fail(struct journal *j)
{
	int error = from_sqlite(j->db), system = sqlite3_system_errno(j->db);
	bool by_system = system > 0 && error == -system;

	return journal_db_say(j, error, "%s%s%s", sqlite3_errmsg(j->db), by_system ? ": " : "",
		by_system ? strerror(system) : "");
}

/* SQLite reads names that begin with "file:" as URIs and ":memory:" as no file at all. */
static char *literal_name(const char *path)
{
	struct text name = { 0 };

	if (*path != '/')
		text_str(&name, "./");
	text_str(&name, path);
	return name.data;
}

/* The same file as a URI that promises SQLite that nobody writes to it. */
static char *immutable_name(const char *path)
{
	struct text name = { 0 };

	text_str(&name, *path == '/' ? "file:" : "file:./");
	for (; *path; path++) {
		if (strchr("%?#", *path))
			text_printf(&name, "%%%02X", (unsigned char)*path);
		else
			text_add(&name, path, 1);
	}
	text_str(&name, "?immutable=1");
	return name.data;
}

static int open_as(struct journal *j, char *name, int flags)
{
	int rc = sqlite3_open_v2(
		name, &j->db, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL);

	free(name);
	if (rc != SQLITE_OK)
		return rc;
	/* Before the first look: another process may be making the file, or closing it. */
	sqlite3_busy_timeout(j->db, flags & SQLITE_OPEN_READONLY ? READER_WAIT_MS : WRITER_WAIT_MS);
	return sqlite3_exec(j->db, "SELECT count(*) FROM sqlite_schema", NULL, NULL, NULL);
}

/* Nobody can have written since the last checkpoint if there is no log beside the file. */
static bool has_log(const char *path)
{
	struct text name = { 0 };
	struct stat st;
	bool has;

	text_printf(&name, "%s-wal", path);
	has = stat(name.data, &st) == 0 && st.st_size > 0;
	text_free(&name);
	return has;
}

static int open_to_read(struct journal *j)
{
	struct stat st;
	int rc;

	if (stat(j->path, &st))
		return journal_db_say(j, -errno, "%s", strerror(errno));
	rc = open_as(j, literal_name(j->path), SQLITE_OPEN_READONLY);
	if (((rc & 0xff) == SQLITE_CANTOPEN || (rc & 0xff) == SQLITE_READONLY) &&
		!has_log(j->path)) {
		sqlite3_close(j->db);
		rc = open_as(j, immutable_name(j->path), SQLITE_OPEN_READONLY | SQLITE_OPEN_URI);
	}
	return rc == SQLITE_OK ? 0 : journal_db_fail(j);
}

int journal_db_open(struct journal *j, enum journal_mode mode)
{
	int persist = 1;

	if (mode == JOURNAL_READ)
		return open_to_read(j);
	if (open_as(j, literal_name(j->path), SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE) !=
		SQLITE_OK)
		return journal_db_fail(j);
	/* Readers without write permission need the -shm file even when no meter runs. */
	sqlite3_file_control(j->db, "main", SQLITE_FCNTL_PERSIST_WAL, &persist);
	return 0;
}

int journal_db_exec(struct journal *j, const char *sql)
{
	return sqlite3_exec(j->db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : journal_db_fail(j);
}

int journal_db_prepare(struct journal *j, const char *sql, sqlite3_stmt **out)
{
	if (sqlite3_prepare_v3(j->db, sql, -1, SQLITE_PREPARE_PERSISTENT, out, NULL) != SQLITE_OK)
		return journal_db_fail(j);
	return 0;
}

int journal_db_step(struct journal *j, sqlite3_stmt *stmt)
{
	switch (sqlite3_step(stmt)) {
	case SQLITE_ROW:
		return 1;
	case SQLITE_DONE:
		return 0;
	default:
		return journal_db_fail(j);
	}
}

int journal_db_run(struct journal *j, sqlite3_stmt *stmt)
{
	int err = journal_db_step(j, stmt);

	sqlite3_reset(stmt);
	return err;
}

int journal_db_number(struct journal *j, const char *sql, int64_t *out)
{
	sqlite3_stmt *stmt = NULL;
	int err = journal_db_prepare(j, sql, &stmt);

	if (!err)
		err = journal_db_step(j, stmt);
	if (err > 0)
		*out = sqlite3_column_int64(stmt, 0);
	sqlite3_finalize(stmt);
	return err > 0 ? 0 : err < 0 ? err : -EBADMSG;
}

void journal_db_bind(sqlite3_stmt *stmt, int first, const int64_t *value, int n)
{
	for (int i = 0; i < n; i++)
		sqlite3_bind_int64(stmt, first + i, value[i]);
}

void journal_db_bind_digest(sqlite3_stmt *stmt, int at, const struct digest *d)
{
	sqlite3_bind_blob(stmt, at, d->byte, DIGEST_SIZE, SQLITE_STATIC);
}

int journal_db_counts(sqlite3_stmt *stmt, int first, uint64_t *const *out, int n)
{
	for (int i = 0; i < n; i++) {
		int64_t value = sqlite3_column_int64(stmt, first + i);

		if (value < 0)
			return -EBADMSG;
		*out[i] = (uint64_t)value;
	}
	return 0;
}

int journal_db_name(sqlite3_stmt *stmt, int at, char name[static NAME_SIZE])
{
	const unsigned char *text = sqlite3_column_text(stmt, at);
	int size = sqlite3_column_bytes(stmt, at);

	if (!text || size < 1 || size >= NAME_SIZE)
		return -EBADMSG;
	memcpy(name, text, (size_t)size + 1);
	return 0;
}

int journal_db_choice(
	sqlite3_stmt *stmt, int at, const char *const *name, unsigned n, unsigned *out)
{
	const char *text = (const char *)sqlite3_column_text(stmt, at);

	for (unsigned i = 0; text && i < n; i++)
		if (!strcmp(text, name[i])) {
			*out = i;
			return 0;
		}
	return -EBADMSG;
}

int journal_db_digest(sqlite3_stmt *stmt, int at, struct digest *d)
{
	const void *blob = sqlite3_column_blob(stmt, at);

	if (!blob || sqlite3_column_bytes(stmt, at) != DIGEST_SIZE)
		return -EBADMSG;
	memcpy(d->byte, blob, DIGEST_SIZE);
	return 0;
}
