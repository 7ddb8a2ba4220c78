/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Rows of columns as text for people, JSON (one object a line) or CSV (a header line, quoted as in
 * RFC 4180, lines end in a newline alone). One list of columns drives all three. Rows leave as they
 * come, so that a year of records needs no memory; text is held back by some hundred rows to align
 * it.
 */
#ifndef READ_FORMAT_H
#define READ_FORMAT_H

#include <stddef.h>
#include <stdio.h>

#include "text.h"

enum format {
	FORMAT_TEXT,
	FORMAT_JSON,
	FORMAT_CSV,
	FORMATS,
	FORMAT_HTML = FORMATS, /* pages: of statements and reports, never of tables */
	FORMAT_PDF,
	FORMATS_AND_PAGES,
};

extern const char *const format_name[FORMATS_AND_PAGES];

/* What a column is in JSON, and what stands in the row at its offset. */
enum column_kind {
	COLUMN_WORD,   /* string; const char * */
	COLUMN_TIME,   /* string, RFC 3339; int64_t, Unix seconds */
	COLUMN_COUNT,  /* number; uint64_t */
	COLUMN_DIGITS, /* string, because it may pass 2^53; const char * */
	COLUMN_JSON,   /* a value as it is; const char *, an array or an object */
};

struct column {
	const char *name;
	enum column_kind kind;
	size_t offset; /* in the row */
};

/* Appends the row as one JSON object, without a newline. */
void format_json(struct text *out, const struct column *columns, size_t n, const void *row);

struct table;

/* `out` and `columns` are borrowed. */
struct table *table_new(FILE *out, enum format format, const struct column *columns, size_t n);
/* 0, or the -errno of writing, after which there is no use in more rows. */
int table_row(struct table *t, const void *row);
/* Writes what was held back, the header if there was no row, and flushes. Frees the table. */
int table_end(struct table *t);

/* Flushes; 0, or the -errno of anything that was not written. */
int format_flush(FILE *out);

#endif
