/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The schema as a list of statements, run once when a journal is made and compared word for word when
 * it is verified. What the tables mean is written at the top of journal.c.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "journal_db.h"

#define APPLICATION_ID 0x54524a4c /* "TRJL" */
#define FORMAT	       2	  /* PRAGMA user_version, and meta.format */

/* Contract section 4: what a name looks like. */
#define NAME(column) \
	#column " TEXT NOT NULL CHECK (length(" #column ") BETWEEN 1 AND 32" \
		" AND " #column " NOT GLOB '-*' AND " #column " NOT GLOB '*[^a-z0-9-]*')"
#define COUNT(column) #column " INTEGER NOT NULL CHECK (" #column " >= 0)"
#define DIGEST(column) #column " BLOB NOT NULL CHECK (length(" #column ") = 32)"
#define TIME(column)   "strftime('%Y-%m-%dT%H:%M:%SZ', " column ", 'unixepoch')"

static const char *const schema[] = {
	"CREATE TABLE meta (\n"
	"  format INTEGER NOT NULL CHECK (format = 2),\n"
	"  " NAME(meter) ",\n"
	"  interval INTEGER NOT NULL CHECK (interval > 0 AND 300 % interval = 0)\n"
	") STRICT",

	"CREATE TABLE config (\n"
	"  digest BLOB PRIMARY KEY NOT NULL CHECK (length(digest) = 32),\n"
	"  text TEXT NOT NULL\n"
	") STRICT, WITHOUT ROWID",

	"CREATE TABLE cell (\n"
	"  id INTEGER PRIMARY KEY,\n"
	"  " NAME(link) ",\n"
	"  " NAME(partner) ",\n"
	"  " NAME(peering) ",\n"
	"  direction TEXT NOT NULL CHECK (direction IN ('ingress', 'egress')),\n"
	"  " NAME(class) ",\n"
	"  " NAME(cos) ",\n"
	"  family TEXT NOT NULL CHECK (family IN ('ipv4', 'ipv6', 'other')),\n"
	"  UNIQUE (peering, direction, class, cos, family, partner, link)\n"
	") STRICT",

	"CREATE TABLE interval (\n"
	"  seq INTEGER PRIMARY KEY CHECK (seq > 0),\n"
	"  start INTEGER NOT NULL CHECK (start >= 0),\n"
	"  \"end\" INTEGER NOT NULL CHECK (\"end\" > start),\n"
	"  " COUNT(covered_ms) ",\n"
	"  origin TEXT NOT NULL CHECK (origin IN ('live', 'capture', 'recovered')),\n"
	"  config BLOB NOT NULL REFERENCES config,\n"
	"  " DIGEST(chain) "\n"
	") STRICT",
	"CREATE INDEX interval_start ON interval (start)",

	"CREATE TABLE tap (\n"
	"  seq INTEGER NOT NULL REFERENCES interval,\n"
	"  " NAME(name) ",\n"
	"  " COUNT(packets) ",\n"
	"  " COUNT(l2_bytes) ",\n"
	"  " COUNT(unknown_packets) ",\n"
	"  " COUNT(unknown_l2_bytes) ",\n"
	"  " COUNT(malformed) ",\n"
	"  " COUNT(late) ",\n"
	"  " COUNT(missed) ",\n"
	"  PRIMARY KEY (seq, name)\n"
	") STRICT, WITHOUT ROWID",

	"CREATE TABLE record (\n"
	"  seq INTEGER NOT NULL REFERENCES interval,\n"
	"  cell INTEGER NOT NULL REFERENCES cell,\n"
	"  " COUNT(packets) ",\n"
	"  " COUNT(l2_bytes) ",\n"
	"  " COUNT(l3_bytes) ",\n"
	"  PRIMARY KEY (seq, cell),\n"
	"  CHECK (packets > 0 OR l2_bytes > 0 OR l3_bytes > 0)\n"
	") STRICT, WITHOUT ROWID",

	"CREATE TABLE usage (\n"
	"  bin INTEGER NOT NULL REFERENCES bin,\n"
	"  cell INTEGER NOT NULL REFERENCES cell,\n"
	"  " COUNT(packets) ",\n"
	"  " COUNT(l2_bytes) ",\n"
	"  " COUNT(l3_bytes) ",\n"
	"  PRIMARY KEY (bin, cell),\n"
	"  CHECK (packets > 0 OR l2_bytes > 0 OR l3_bytes > 0)\n"
	") STRICT, WITHOUT ROWID",

	"CREATE TABLE bin (\n"
	"  bin INTEGER PRIMARY KEY CHECK (bin % 300 = 0),\n"
	"  " COUNT(covered_ms) ",\n"
	"  " COUNT(tap_packets) ",\n"
	"  " COUNT(unknown_packets) ",\n"
	"  " COUNT(malformed) ",\n"
	"  " COUNT(late) ",\n"
	"  " COUNT(missed_packets) ",\n"
	"  config BLOB NOT NULL REFERENCES config\n"
	") STRICT",

	"CREATE TABLE anchor (\n"
	"  one INTEGER PRIMARY KEY CHECK (one = 1),\n"
	"  " COUNT(seq) ",\n"
	"  " DIGEST(chain) ",\n"
	"  kept INTEGER NOT NULL CHECK (kept >= 0 AND kept % 300 = 0)\n"
	") STRICT",

	"CREATE TABLE handover (\n"
	"  one INTEGER PRIMARY KEY CHECK (one = 1),\n"
	"  generation INTEGER NOT NULL\n"
	") STRICT",

	"CREATE VIEW records AS\n"
	"SELECT meta.meter, r.seq, " TIME("i.start") " AS start, " TIME("i.\"end\"") " AS \"end\",\n"
	"  c.link, c.partner, c.peering, c.direction, c.class, c.cos, c.family,\n"
	"  r.packets, r.l2_bytes, r.l3_bytes\n"
	"FROM meta, record r JOIN interval i ON i.seq = r.seq JOIN cell c ON c.id = r.cell",

	"CREATE VIEW intervals AS\n"
	"SELECT meta.meter, i.seq, " TIME("i.start") " AS start, " TIME("i.\"end\"") " AS \"end\",\n"
	"  (SELECT json_group_array(json_object('name', t.name, 'packets', t.packets, 'l2_bytes', t.l2_bytes,\n"
	"     'unknown_packets', t.unknown_packets, 'unknown_l2_bytes', t.unknown_l2_bytes,\n"
	"     'malformed', t.malformed, 'late', t.late, 'missed', t.missed))\n"
	"   FROM (SELECT * FROM tap WHERE tap.seq = i.seq ORDER BY name) t) AS taps\n"
	"FROM meta, interval i",
};
#define STATEMENTS (sizeof(schema) / sizeof(*schema))

int journal_schema_probe(struct journal *j)
{
	int64_t id, format, objects;
	int err = journal_db_exec(j, "BEGIN"); /* one look at all three: a meter may be making the file */

	if (err)
		return err;
	err = journal_db_number(j, "PRAGMA application_id", &id);
	err = err ? err : journal_db_number(j, "PRAGMA user_version", &format);
	err = err ? err : journal_db_number(j, "SELECT count(*) FROM sqlite_schema", &objects);
	sqlite3_exec(j->db, "ROLLBACK", NULL, NULL, NULL);
	if (err)
		return err;
	if (id == 0 && objects == 0)
		return 1;
	if (id != APPLICATION_ID)
		return journal_db_say(j, -EINVAL, "it is not a journal, but another SQLite database");
	if (format != FORMAT)
		return journal_db_say(j, -EINVAL, "it has format %lld; this program reads format %d",
			(long long)format, FORMAT);
	return 0;
}

static int put_meta(struct journal *j, const char *meter, unsigned interval)
{
	const int64_t value[] = { FORMAT, interval };
	sqlite3_stmt *stmt = NULL;
	int err = journal_db_prepare(
		j, "INSERT INTO meta (format, interval, meter) VALUES (?, ?, ?)", &stmt);

	if (!err) {
		journal_db_bind(stmt, 1, value, 2);
		sqlite3_bind_text(stmt, 3, meter, -1, SQLITE_STATIC);
		err = journal_db_step(j, stmt);
	}
	sqlite3_finalize(stmt);
	return err;
}

int journal_schema_create(struct journal *j, const char *meter, unsigned interval)
{
	char pragma[100];
	int err = journal_db_exec(j, "BEGIN IMMEDIATE");

	if (err)
		return err;
	for (size_t i = 0; i < STATEMENTS && !err; i++)
		err = journal_db_exec(j, schema[i]);
	snprintf(pragma, sizeof(pragma), "PRAGMA application_id = %d; PRAGMA user_version = %d",
		APPLICATION_ID, FORMAT);
	err = err ? err : journal_db_exec(j, pragma);
	err = err ? err : put_meta(j, meter, interval);
	err = err ? err : journal_db_exec(j, "INSERT INTO anchor VALUES (1, 0, zeroblob(32), 0)");
	err = err ? err : journal_db_exec(j, "COMMIT");
	if (err && !sqlite3_get_autocommit(j->db))
		sqlite3_exec(j->db, "ROLLBACK", NULL, NULL, NULL);
	return err;
}

/* The statement's place in the list, or STATEMENTS. */
static size_t place(const char *sql)
{
	size_t i = 0;

	while (i < STATEMENTS && strcmp(schema[i], sql))
		i++;
	return i;
}

int journal_schema_compare(struct journal *j, journal_complain_fn *complain, void *context)
{
	bool seen[STATEMENTS] = { false };
	sqlite3_stmt *stmt = NULL;
	char what[200];
	int err = journal_db_prepare(j,
		"SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'", &stmt);

	while (!err && (err = journal_db_step(j, stmt)) > 0) {
		size_t at = place((const char *)sqlite3_column_text(stmt, 1));

		err = 0;
		if (at < STATEMENTS) {
			seen[at] = true;
			continue;
		}
		snprintf(what, sizeof(what), "schema: %.40s is not as the meter made it",
			(const char *)sqlite3_column_text(stmt, 0));
		complain(context, what);
	}
	sqlite3_finalize(stmt);
	for (size_t i = 0; !err && i < STATEMENTS; i++)
		if (!seen[i]) {
			snprintf(what, sizeof(what), "schema: missing: %.60s ...", schema[i]);
			complain(context, what);
		}
	return err;
}
