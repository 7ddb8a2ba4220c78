/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * `transitctl intervals` (contract section 5): what each tap delivered in each interval. Programs
 * get a row an interval, with its taps as a list of objects; people get a row a tap.
 */
#include "command.h"

struct row {
	const char *meter, *name, *taps;
	uint64_t seq;
	int64_t start, end;
	struct tap_count tap;
};

#define WHEN \
	{ "meter", COLUMN_WORD, offsetof(struct row, meter) }, \
	{ "seq", COLUMN_COUNT, offsetof(struct row, seq) }, \
	{ "start", COLUMN_TIME, offsetof(struct row, start) }, \
	{ "end", COLUMN_TIME, offsetof(struct row, end) }
#define WHEN_COLUMNS 4

static const struct column columns[] = {
	WHEN,
	{ "taps", COLUMN_JSON, offsetof(struct row, taps) },
};

static const struct column tap_columns[] = {
	WHEN,
	{ "name", COLUMN_WORD, offsetof(struct row, name) },
	{ "packets", COLUMN_COUNT, offsetof(struct row, tap.packets) },
	{ "l2_bytes", COLUMN_COUNT, offsetof(struct row, tap.l2_bytes) },
	{ "unknown_packets", COLUMN_COUNT, offsetof(struct row, tap.unknown_packets) },
	{ "unknown_l2_bytes", COLUMN_COUNT, offsetof(struct row, tap.unknown_l2_bytes) },
	{ "malformed", COLUMN_COUNT, offsetof(struct row, tap.malformed) },
	{ "late", COLUMN_COUNT, offsetof(struct row, tap.late) },
	{ "missed", COLUMN_COUNT, offsetof(struct row, tap.missed) },
};
#define TAP_COLUMNS (sizeof(tap_columns) / sizeof(*tap_columns))

static struct row row_of(const struct interval *iv)
{
	return (struct row){
		.meter = iv->meter, .seq = iv->seq, .start = iv->start, .end = iv->end
	};
}

static int print_taps(struct table *t, const struct ask *ask, const struct interval *iv)
{
	struct row row = row_of(iv);
	int err = 0;

	(void)ask;
	for (size_t i = 0; i < iv->n_taps && !err; i++) {
		row.tap = iv->taps[i];
		row.name = row.tap.name;
		err = table_row(t, &row);
	}
	return err;
}

static int print_interval(struct table *t, const struct ask *ask, const struct interval *iv)
{
	struct row row = row_of(iv);
	struct text taps = { 0 };
	int err;

	(void)ask;
	text_add(&taps, "[", 1);
	for (size_t i = 0; i < iv->n_taps; i++) {
		row.tap = iv->taps[i];
		row.name = row.tap.name;
		text_add(&taps, ",", i ? 1 : 0);
		format_json(&taps, tap_columns + WHEN_COLUMNS, TAP_COLUMNS - WHEN_COLUMNS, &row);
	}
	text_add(&taps, "]", 1);
	row.taps = taps.data;
	err = table_row(t, &row);
	text_free(&taps);
	return err;
}

enum exit_status intervals_run(const struct ask *ask)
{
	if (ask->options->format == FORMAT_TEXT)
		return command_walk(ask, table_new(ask->out, FORMAT_TEXT, tap_columns, TAP_COLUMNS),
			print_taps, true);
	return command_walk(ask,
		table_new(ask->out, ask->options->format, columns,
			sizeof(columns) / sizeof(*columns)),
		print_interval, true);
}
