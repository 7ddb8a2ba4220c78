/* SPDX-License-Identifier: BSD-3-Clause */
#include "theirs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "csv.h"
#include "file.h"
#include "text.h"

#define MOST_BYTES   (128u << 20) /* years of both directions */
#define MOST_COLUMNS 64
#define MOST_ERRORS  20

enum column { START, DIRECTION, BYTES, PACKETS, COLUMNS };
static const char *const names[COLUMNS] = { "start", "direction", "bytes", "packets" };

struct reading_theirs {
	const char *path;
	unsigned line;
	struct diag *d;
	int place[COLUMNS]; /* -1: not there */
	bool mirrored, has_header;
	struct theirs out;
	size_t room;
};

#define wrong(r, ...) diag_at((r)->d, (r)->path, (r)->line, __VA_ARGS__)

static void header(struct reading_theirs *r, const struct csv_field *f, int n)
{
	for (int c = 0; c < COLUMNS; c++) {
		r->place[c] = -1;
		for (int i = 0; i < n; i++)
			if (csv_is(&f[i], names[c]))
				r->place[c] = i;
		if (r->place[c] < 0 && c != PACKETS)
			wrong(r, "the column \"%s\" is missing; start, direction, bytes, and packets if there are any",
				names[c]);
	}
	r->out.has_packets = r->place[PACKETS] >= 0;
}

static const struct csv_field *at(
	const struct reading_theirs *r, const struct csv_field *f, int n, enum column c)
{
	static const struct csv_field nothing = { "", 0 };

	return r->place[c] >= 0 && r->place[c] < n ? &f[r->place[c]] : &nothing;
}

static int instant(const struct csv_field *f, int64_t *out)
{
	char text[RFC3339_SIZE + 16];

	if (f->size >= sizeof(text))
		return -EINVAL;
	memcpy(text, f->at, f->size);
	text[f->size] = 0;
	return clock_parse(text, out);
}

#define SHOWN(f) (int)((f)->size < 40 ? (f)->size : 40), (f)->at

static void row(struct reading_theirs *r, const struct csv_field *f, int n)
{
	const struct csv_field *start = at(r, f, n, START), *direction = at(r, f, n, DIRECTION);
	const struct csv_field *bytes = at(r, f, n, BYTES), *packets = at(r, f, n, PACKETS);
	bool egress = csv_is(direction, "egress");
	struct their_bin b = { 0 };

	if (instant(start, &b.start))
		wrong(r, "start \"%.*s\" is not an instant; RFC 3339, as 2026-11-01T00:05:00Z", SHOWN(start));
	else if (!egress && !csv_is(direction, "ingress"))
		wrong(r, "direction \"%.*s\" is unknown; allowed: ingress, egress", SHOWN(direction));
	else if (csv_u64(bytes, &b.bytes))
		wrong(r, "bytes \"%.*s\" is not a count below 2^64", SHOWN(bytes));
	else if (r->out.has_packets && csv_u64(packets, &b.packets))
		wrong(r, "packets \"%.*s\" is not a count below 2^64", SHOWN(packets));
	b.direction = egress != r->mirrored ? DIRECTION_EGRESS : DIRECTION_INGRESS;
	if (r->out.n == r->room) {
		r->room = r->room ? 2 * r->room : 1024;
		r->out.bin = mem_grow(r->out.bin, r->room, sizeof(*r->out.bin));
	}
	r->out.bin[r->out.n++] = b;
}

/* One record, without its line end; empty lines are passed over. */
static void record(struct reading_theirs *r, const char *line, const char *end, char *room)
{
	struct csv_field f[MOST_COLUMNS + 1];
	int n;

	if (line < end && end[-1] == '\r')
		end--;
	if (line == end)
		return;
	n = csv_split(line, end, room, f, MOST_COLUMNS);
	if (n < 0)
		wrong(r, "a quote that does not end");
	else if (n > MOST_COLUMNS)
		wrong(r, "more than %d columns", MOST_COLUMNS);
	else if (!r->has_header)
		header(r, f, n);
	else
		row(r, f, n);
	r->has_header = true;
}

static void records(struct reading_theirs *r, const struct text *file)
{
	const char *p = file->data, *end = p + file->size;
	char *room = mem_alloc(file->size);
	unsigned before = r->d->count;

	p += csv_mark(p, file->size);
	r->line = 1;
	/* A wrong header ends it at once. */
	while (p < end && (r->out.n || r->d->count == before) && r->d->count - before < MOST_ERRORS) {
		const char *stop = csv_end(p, end);

		record(r, p, stop, room);
		for (; p < stop; p++)
			r->line += *p == '\n';
		r->line++;
		p++;
	}
	free(room);
}

static int by_start(const void *a, const void *b)
{
	const struct their_bin *x = a, *y = b;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	return (int)x->direction - (int)y->direction;
}

static void check_twice(struct reading_theirs *r)
{
	char start[RFC3339_SIZE];

	r->line = 0;
	qsort(r->out.bin, r->out.n, sizeof(*r->out.bin), by_start);
	for (size_t i = 1; i < r->out.n; i++)
		if (!by_start(&r->out.bin[i - 1], &r->out.bin[i]))
			wrong(r, "the bin of %s stands here twice in one direction",
				clock_format(start, r->out.bin[i].start));
}

int theirs_read(const char *path, bool mirrored, struct diag *d, struct theirs *out)
{
	struct reading_theirs r = { .path = path, .d = d, .mirrored = mirrored };
	struct text file = { 0 };
	unsigned before = d->count;
	int rc = file_read(path, MOST_BYTES, &file);

	if (rc) {
		diag_at(d, path, 0, "%s", strerror(-rc));
		text_free(&file);
		return -EINVAL;
	}
	if (!file.size || strlen(file.data) != file.size)
		wrong(&r, "not a CSV file with a header line");
	else
		records(&r, &file);
	text_free(&file);
	if (d->count == before && r.out.n)
		check_twice(&r);
	if (d->count != before) {
		theirs_free(&r.out);
		return -EINVAL;
	}
	*out = r.out;
	return 0;
}

void theirs_free(struct theirs *t)
{
	free(t->bin);
	*t = (struct theirs){ 0 };
}
