/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Each format is three functions: before the first row, a row, after the last. Rows are put
 * together in memory and written in large pieces.
 */
#include "format.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"

#define PIECE 65536u /* bytes written at once */
#define BLOCK 500u   /* rows of text that are aligned together */

const char *const format_name[FORMATS_AND_PAGES] = { "text", "json", "csv", "html", "pdf" };

struct writer {
	void (*begin)(struct table *t);
	void (*row)(struct table *t, const void *row);
	void (*end)(struct table *t);
};

struct table {
	FILE *out;
	const struct writer *writer;
	const struct column *columns;
	size_t n;
	bool begun;
	int error;	   /* of the first write that failed */
	struct text bytes; /* ready to be written */
	struct text cell;  /* one value */
	/* Text: the rows of the block, value after value, each with its terminator. */
	struct text block;
	size_t n_block;
	size_t *width; /* of each column so far; never shrinks */
};

int format_flush(FILE *out)
{
	errno = 0;
	if (!fflush(out) && !ferror(out))
		return 0;
	return errno ? -errno : -EIO;
}

static void write_out(struct table *t)
{
	errno = 0;
	if (!t->error && t->bytes.size &&
		fwrite(t->bytes.data, 1, t->bytes.size, t->out) != t->bytes.size)
		t->error = errno ? -errno : -EIO;
	text_clear(&t->bytes);
}

/* Appends the bare value. */
static void put_value(struct text *out, const struct column *c, const void *row)
{
	const char *at = (const char *)row + c->offset;
	char time[RFC3339_SIZE];

	switch (c->kind) {
	case COLUMN_TIME:
		text_add(out, clock_format(time, *(const int64_t *)at), RFC3339_SIZE - 1);
		break;
	case COLUMN_COUNT:
		text_u64(out, *(const uint64_t *)at);
		break;
	default:
		text_str(out, *(const char *const *)at);
	}
}

/* The bare value, until the next call. */
static const char *value(struct table *t, size_t column, const void *row)
{
	text_clear(&t->cell);
	text_add(&t->cell, "", 0);
	put_value(&t->cell, &t->columns[column], row);
	return t->cell.data;
}

/* JSON. */

void format_json(struct text *out, const struct column *columns, size_t n, const void *row)
{
	for (size_t i = 0; i < n; i++) {
		const struct column *c = &columns[i];

		text_add(out, i ? "," : "{", 1);
		text_json(out, c->name);
		text_add(out, ":", 1);
		if (c->kind == COLUMN_COUNT || c->kind == COLUMN_JSON) {
			put_value(out, c, row);
		} else if (c->kind == COLUMN_WORD) {
			text_json(out, *(const char *const *)((const char *)row + c->offset));
		} else {
			text_add(out, "\"", 1);
			put_value(out, c, row);
			text_add(out, "\"", 1);
		}
	}
	text_add(out, "}", 1);
}

static void nothing(struct table *t)
{
	(void)t;
}

static void json_row(struct table *t, const void *row)
{
	format_json(&t->bytes, t->columns, t->n, row);
	text_add(&t->bytes, "\n", 1);
}

/* CSV. */

static void csv_field(struct table *t, size_t column, const char *v)
{
	if (column)
		text_add(&t->bytes, ",", 1);
	if (!strpbrk(v, ",\"\r\n")) {
		text_str(&t->bytes, v);
		return;
	}
	text_add(&t->bytes, "\"", 1);
	for (; *v; v++)
		text_add(&t->bytes, *v == '"' ? "\"\"" : v, *v == '"' ? 2 : 1);
	text_add(&t->bytes, "\"", 1);
}

static void csv_begin(struct table *t)
{
	for (size_t i = 0; i < t->n; i++)
		csv_field(t, i, t->columns[i].name);
	text_add(&t->bytes, "\n", 1);
}

static void csv_row(struct table *t, const void *row)
{
	for (size_t i = 0; i < t->n; i++)
		csv_field(t, i, value(t, i, row));
	text_add(&t->bytes, "\n", 1);
}

/* Text. */

static void pad(struct text *out, size_t n)
{
	while (n--)
		text_add(out, " ", 1);
}

/* Two spaces between columns, none at the end of a line. */
static void text_field(struct table *t, size_t column, const char *v)
{
	enum column_kind kind = t->columns[column].kind;
	size_t gap = t->width[column] - strlen(v);
	bool right = kind == COLUMN_COUNT || kind == COLUMN_DIGITS;

	if (right)
		pad(&t->bytes, gap);
	text_str(&t->bytes, v);
	if (column + 1 == t->n)
		text_add(&t->bytes, "\n", 1);
	else
		pad(&t->bytes, (right ? 0 : gap) + 2);
}

static void flush_block(struct table *t)
{
	const char *v = t->block.data;

	for (size_t row = 0; row < t->n_block; row++)
		for (size_t i = 0; i < t->n; i++, v += strlen(v) + 1)
			text_field(t, i, v);
	text_clear(&t->block);
	t->n_block = 0;
}

static void keep(struct table *t, size_t column, const char *v)
{
	size_t size = strlen(v);

	if (size > t->width[column])
		t->width[column] = size;
	text_add(&t->block, v, size + 1);
}

static void text_begin(struct table *t)
{
	for (size_t i = 0; i < t->n; i++)
		keep(t, i, t->columns[i].name);
	t->n_block++;
}

static void text_row(struct table *t, const void *row)
{
	for (size_t i = 0; i < t->n; i++) {
		const char *v = value(t, i, row);

		keep(t, i, *v ? v : "-");
	}
	if (++t->n_block >= BLOCK)
		flush_block(t);
}

static const struct writer writers[FORMATS] = {
	[FORMAT_TEXT] = { text_begin, text_row, flush_block },
	[FORMAT_JSON] = { nothing, json_row, nothing },
	[FORMAT_CSV] = { csv_begin, csv_row, nothing },
};

struct table *table_new(FILE *out, enum format format, const struct column *columns, size_t n)
{
	struct table *t = mem_alloc(sizeof(*t));

	t->out = out;
	t->writer = &writers[format];
	t->columns = columns;
	t->n = n;
	t->width = mem_array(n, sizeof(*t->width));
	return t;
}

static void begin(struct table *t)
{
	if (!t->begun)
		t->writer->begin(t);
	t->begun = true;
}

int table_row(struct table *t, const void *row)
{
	begin(t);
	t->writer->row(t, row);
	if (t->bytes.size >= PIECE)
		write_out(t);
	return t->error;
}

int table_end(struct table *t)
{
	int error;

	begin(t);
	t->writer->end(t);
	write_out(t);
	error = t->error ? t->error : format_flush(t->out);
	text_free(&t->bytes);
	text_free(&t->cell);
	text_free(&t->block);
	free(t->width);
	free(t);
	return error;
}
