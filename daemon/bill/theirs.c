/* SPDX-License-Identifier: BSD-3-Clause */
#include "theirs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "file.h"
#include "text.h"

#define MOST_BYTES   (256u << 20)
#define MOST_COLUMNS 64

enum column { START, DIRECTION, BYTES, PACKETS, COLUMNS };
static const char *const names[COLUMNS] = { "start", "direction", "bytes", "packets" };

struct reading_theirs {
	const char *path;
	unsigned line;
	struct diag *d;
	int place[COLUMNS]; /* -1: not there */
	bool mirrored;
	struct theirs out;
	size_t room;
};

#define wrong(r, ...) diag_at((r)->d, (r)->path, (r)->line, __VA_ARGS__)

/* Splits at commas in place; quotes around a field are dropped. The number of fields. */
static int split(char *line, char **field)
{
	int n = 0;

	while (n < MOST_COLUMNS) {
		char *comma = strchr(line, ',');
		size_t size;

		if (comma)
			*comma = 0;
		size = strlen(line);
		if (size > 1 && *line == '"' && line[size - 1] == '"') {
			line[size - 1] = 0;
			line++;
		}
		field[n++] = line;
		if (!comma)
			break;
		line = comma + 1;
	}
	return n;
}

static bool number(const char *s, uint64_t *out)
{
	uint64_t n = 0;

	if (!*s)
		return false;
	for (; *s; s++) {
		if (*s < '0' || *s > '9' || __builtin_mul_overflow(n, 10, &n) ||
			__builtin_add_overflow(n, (uint64_t)(*s - '0'), &n))
			return false;
	}
	*out = n;
	return true;
}

static void header(struct reading_theirs *r, char **field, int n)
{
	for (int c = 0; c < COLUMNS; c++) {
		r->place[c] = -1;
		for (int i = 0; i < n; i++)
			if (!strcmp(field[i], names[c]))
				r->place[c] = i;
		if (r->place[c] < 0 && c != PACKETS)
			wrong(r, "the column \"%s\" is missing; start, direction, bytes, and packets if there are any",
				names[c]);
	}
	r->out.has_packets = r->place[PACKETS] >= 0;
}

static const char *at(const struct reading_theirs *r, char **field, int n, enum column c)
{
	return r->place[c] >= 0 && r->place[c] < n ? field[r->place[c]] : "";
}

static void row(struct reading_theirs *r, char **field, int n)
{
	struct their_bin b = { 0 };
	const char *direction = at(r, field, n, DIRECTION);

	if (clock_parse(at(r, field, n, START), &b.start))
		wrong(r, "start \"%.40s\" is not an instant; RFC 3339, as 2026-11-01T00:05:00Z",
			at(r, field, n, START));
	else if (strcmp(direction, "ingress") && strcmp(direction, "egress"))
		wrong(r, "direction \"%.40s\" is unknown; allowed: ingress, egress", direction);
	else if (!number(at(r, field, n, BYTES), &b.bytes))
		wrong(r, "bytes \"%.40s\" is not a count below 2^64", at(r, field, n, BYTES));
	else if (r->out.has_packets && !number(at(r, field, n, PACKETS), &b.packets))
		wrong(r, "packets \"%.40s\" is not a count below 2^64", at(r, field, n, PACKETS));
	b.direction = strcmp(direction, "egress") ? DIRECTION_INGRESS : DIRECTION_EGRESS;
	if (r->mirrored)
		b.direction = b.direction == DIRECTION_INGRESS ? DIRECTION_EGRESS : DIRECTION_INGRESS;
	if (r->out.n == r->room) {
		r->room = r->room ? 2 * r->room : 1024;
		r->out.bin = mem_grow(r->out.bin, r->room, sizeof(*r->out.bin));
	}
	r->out.bin[r->out.n++] = b;
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
	char *save = NULL;
	int rc = file_read(path, MOST_BYTES, &file);

	if (rc) {
		diag_at(d, path, 0, "%s", strerror(-rc));
		return -EINVAL;
	}
	if (!file.size || strlen(file.data) != file.size)
		wrong(&r, "not a CSV file with a header line");
	for (char *line = d->count == before ? strtok_r(file.data, "\r\n", &save) : NULL; line;
		line = strtok_r(NULL, "\r\n", &save)) {
		char *field[MOST_COLUMNS];
		int n = split(line, field);

		if (!r.line++)
			header(&r, field, n);
		else
			row(&r, field, n);
		if (d->count != before && r.line == 1)
			break;
	}
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
