/* SPDX-License-Identifier: BSD-3-Clause */
/* `transitctl records` (contract section 5): what each cell counted in each interval. */
#include <string.h>

#include "command.h"

struct row {
	const char *meter, *link, *partner, *peering, *direction, *class, *cos, *family;
	uint64_t seq;
	int64_t start, end;
	struct counters count;
};

static const struct column columns[] = {
	{ "meter", COLUMN_WORD, offsetof(struct row, meter) },
	{ "seq", COLUMN_COUNT, offsetof(struct row, seq) },
	{ "start", COLUMN_TIME, offsetof(struct row, start) },
	{ "end", COLUMN_TIME, offsetof(struct row, end) },
	{ "link", COLUMN_WORD, offsetof(struct row, link) },
	{ "partner", COLUMN_WORD, offsetof(struct row, partner) },
	{ "peering", COLUMN_WORD, offsetof(struct row, peering) },
	{ "direction", COLUMN_WORD, offsetof(struct row, direction) },
	{ "class", COLUMN_WORD, offsetof(struct row, class) },
	{ "cos", COLUMN_WORD, offsetof(struct row, cos) },
	{ "family", COLUMN_WORD, offsetof(struct row, family) },
	{ "packets", COLUMN_COUNT, offsetof(struct row, count.packets) },
	{ "l2_bytes", COLUMN_COUNT, offsetof(struct row, count.l2_bytes) },
	{ "l3_bytes", COLUMN_COUNT, offsetof(struct row, count.l3_bytes) },
};

static bool wanted(const char *filter, const char *name)
{
	return !filter || !strcmp(filter, name);
}

static int print_record(struct table *t, const struct interval *iv, const struct record *r)
{
	const struct cell_name *c = r->cell;
	const struct row row = {
		.meter = iv->meter,
		.seq = iv->seq,
		.start = iv->start,
		.end = iv->end,
		.link = c->link,
		.partner = c->partner,
		.peering = c->peering,
		.direction = direction_name[c->direction],
		.class = c->class,
		.cos = c->cos,
		.family = family_name[c->family],
		.count = r->count,
	};

	return table_row(t, &row);
}

static int print_interval(struct table *t, const struct ask *ask, const struct interval *iv)
{
	const struct options *o = ask->options;
	int err = 0;

	for (size_t i = 0; i < iv->n_records && !err; i++) {
		const struct cell_name *c = iv->records[i].cell;

		if (wanted(o->link, c->link) && wanted(o->partner, c->partner) &&
			wanted(o->peering, c->peering))
			err = print_record(t, iv, &iv->records[i]);
	}
	return err;
}

enum exit_status records_run(const struct ask *ask)
{
	struct table *t = table_new(
		ask->out, ask->options->format, columns, sizeof(columns) / sizeof(*columns));

	return command_walk(ask, t, print_interval, false);
}
