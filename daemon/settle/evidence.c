/* SPDX-License-Identifier: BSD-3-Clause */
#include "evidence.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "csv.h"

#define READ_SIZE  (1u << 20)
#define LINE_SIZE  1024 /* nine names of 32 characters and seven numbers stay far below */
#define MOST_ERRORS 20

const char evidence_header[] = "meter,start,end,partner,peering,direction,class,cos,family,packets,"
			       "l2_bytes,l3_bytes,status,covered_seconds,missed_packets";

enum column {
	METER, START, END, PARTNER, PEERING, DIRECTION, CLASS, COS, FAMILY, PACKETS, L2_BYTES, L3_BYTES,
	STATUS, COVERED, MISSED, COLUMNS,
};

struct reader {
	const char *path;
	struct cells *cells;
	struct diag *d;
	unsigned line, errors;
	row_fn *each;
	void *context;
	uint64_t rows;
	char start_text[RFC3339_SIZE + 6], end_text[RFC3339_SIZE + 6]; /* the instants read last: */
	int64_t start, end;					     /* bins come in runs */
	char unquoted[LINE_SIZE];
};

static int wrong(struct reader *r, const char *format, ...) __attribute__((format(printf, 2, 3)));

static int wrong(struct reader *r, const char *format, ...)
{
	char what[LINE_SIZE];
	va_list ap;

	va_start(ap, format);
	vsnprintf(what, sizeof(what), format, ap);
	va_end(ap);
	diag_at(r->d, r->path, r->line, "%s", what);
	r->errors++;
	return -EINVAL;
}

void evidence_clear(struct evidence *e)
{
	free(e->file);
	*e = (struct evidence){ 0 };
}

/* How much of a wrong field is shown. */
static int shown(const struct csv_field *f)
{
	return f->size < 40 ? (int)f->size : 40;
}

/* Splits a record. The number of fields (more than `most` is most + 1), or -EINVAL. */
static int split(struct reader *r, const char *line, const char *end, struct csv_field *f, int most)
{
	int n = csv_split(line, end, r->unquoted, f, most);

	return n < 0 ? wrong(r, "a quote that does not end; write names and numbers without quotes") : n;
}

static int number(struct reader *r, const struct csv_field *f, const char *column, uint64_t *out)
{
	int rc = f->size > 1 && *f->at == '0' ? -EINVAL : csv_u64(f, out);

	if (rc == -ERANGE)
		return wrong(r, "%s %.*s is too large; one row holds at most 2^64 - 1", column, shown(f), f->at);
	if (rc)
		return wrong(r, "%s \"%.*s\" is not a count; decimal digits only, no sign, no leading zero",
			column, shown(f), f->at);
	return 0;
}

/* The column's instant; `seen` holds the text that gave *at the last time. */
static int instant(struct reader *r, const struct csv_field *f, const char *column, char *seen, int64_t *at)
{
	size_t room = sizeof(r->start_text);

	if (csv_is(f, seen))
		return 0;
	if (f->size >= room)
		goto bad;
	memcpy(seen, f->at, f->size);
	seen[f->size] = 0;
	if (!clock_parse(seen, at))
		return 0;
bad:
	seen[0] = 0;
	return wrong(r, "%s \"%.*s\" is not an instant; RFC 3339, as 2026-11-01T00:05:00Z", column,
		shown(f), f->at);
}

/* A name of the contract ([a-z0-9][a-z0-9-]{0,31}). */
static int name(struct reader *r, const struct csv_field *f, const char *column, bool may_be_empty,
	char out[static NAME_SIZE])
{
	bool ok = f->size < NAME_SIZE && (f->size || may_be_empty);

	for (size_t i = 0; ok && i < f->size; i++) {
		char c = f->at[i];

		ok = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (i && c == '-');
	}
	if (!ok)
		return wrong(r, "%s \"%.*s\" is not a name; a-z, 0-9 and -, at most 32 characters", column,
			shown(f), f->at);
	memcpy(out, f->at, f->size);
	out[f->size] = 0;
	return 0;
}

static int one_of(struct reader *r, const struct csv_field *f, const char *column,
	const char *const *words, int n, const char *allowed)
{
	for (int i = 0; i < n; i++)
		if (csv_is(f, words[i]))
			return i;
	return wrong(r, "%s \"%.*s\" is unknown; allowed: %s", column, shown(f),
		f->at, allowed);
}

static int fill_cell(struct reader *r, const struct csv_field *f, struct row_cell *c)
{
	int direction, family;

	if (name(r, &f[METER], "meter", false, c->meter) ||
		name(r, &f[PARTNER], "partner", false, c->partner) ||
		name(r, &f[PEERING], "peering", false, c->peering) ||
		name(r, &f[CLASS], "class", true, c->class) || name(r, &f[COS], "cos", true, c->cos))
		return -EINVAL;
	direction = one_of(r, &f[DIRECTION], "direction", row_direction_name, DIRECTIONS, "ingress, egress");
	family = one_of(r, &f[FAMILY], "family", row_family_name, FAMILIES + 1,
		"ipv4, ipv6, other, or nothing for silence");
	if (direction < 0 || family < 0)
		return -EINVAL;
	if (!c->class[0] != (family == FAMILIES) || !c->cos[0] != (family == FAMILIES))
		return wrong(r, "class, cos and family: some are missing; all three are given, or none of them for silence");
	c->direction = (enum direction)direction;
	c->family = (enum family)family;
	return 0;
}

/* The cell of a row, known already or new. */
static const struct row_cell *cell_of(struct reader *r, const struct csv_field *f)
{
	char key[LINE_SIZE], *p = key;
	struct row_cell fresh = { 0 };
	const struct row_cell *c;

	memcpy(p, f[METER].at, f[METER].size);
	p += f[METER].size;
	for (int i = PARTNER; i <= FAMILY; i++) {
		*p++ = ',';
		memcpy(p, f[i].at, f[i].size);
		p += f[i].size;
	}
	c = cells_find(r->cells, key, (size_t)(p - key));
	if (c)
		return c;
	if (fill_cell(r, f, &fresh))
		return NULL;
	c = cells_add(r->cells, key, (size_t)(p - key), &fresh);
	if (!c)
		wrong(r, "too many different cells; a usage file has at most 500,000");
	return c;
}

static int check_bin(struct reader *r, struct row *row)
{
	char at[RFC3339_SIZE];
	int rc;

	if (row->start % BIN_SECONDS)
		return wrong(r, "start %s is not the start of a bin; multiples of five minutes",
			clock_format(at, row->start));
	if (r->end != row->start + BIN_SECONDS)
		return wrong(r, "end %s does not fit the start; a bin has 300 s", clock_format(at, r->end));
	if (row->covered > BIN_SECONDS)
		return wrong(r, "covered_seconds %u; a bin has 300", row->covered);
	rc = cells_mark(r->cells, row->cell->id, row->start / BIN_SECONDS);
	if (rc == -EEXIST)
		return wrong(r, "the row of %s %s %s %s %s %s %s at %s stands here for the second time; each stands once",
			row->cell->meter, row->cell->partner, row->cell->peering,
			row_direction_name[row->cell->direction], row->cell->class, row->cell->cos,
			row_family_name[row->cell->family], clock_format(at, row->start));
	if (rc)
		return wrong(r, "rows are spread too wide; fewer cells or bins are allowed");
	return 0;
}

static int read_row(struct reader *r, const char *line, const char *end)
{
	struct csv_field f[COLUMNS + 1];
	struct row row = { 0 };
	uint64_t covered;
	int n = split(r, line, end, f, COLUMNS), status;

	if (n < 0)
		return n;
	if (n != COLUMNS)
		return wrong(r, "%s fields; a row has %d: %s", n < COLUMNS ? "too few" : "too many", COLUMNS,
			evidence_header);
	if (instant(r, &f[START], "start", r->start_text, &r->start) ||
		instant(r, &f[END], "end", r->end_text, &r->end) ||
		number(r, &f[PACKETS], "packets", &row.count.packets) ||
		number(r, &f[L2_BYTES], "l2_bytes", &row.count.l2_bytes) ||
		number(r, &f[L3_BYTES], "l3_bytes", &row.count.l3_bytes) ||
		number(r, &f[COVERED], "covered_seconds", &covered) ||
		number(r, &f[MISSED], "missed_packets", &row.missed))
		return -EINVAL;
	status = one_of(r, &f[STATUS], "status", bin_status_name, BIN_STATUSES,
		"ok, partial, lossy, missing");
	if (status < 0)
		return -EINVAL;
	row.cell = cell_of(r, f);
	if (!row.cell)
		return -EINVAL;
	row.start = r->start;
	row.status = (enum bin_status)status;
	row.covered = covered > BIN_SECONDS ? BIN_SECONDS + 1 : (uint32_t)covered;
	if (check_bin(r, &row))
		return -EINVAL;
	r->rows++;
	return r->each(r->context, &row);
}

static int read_header(struct reader *r, const char *line, const char *end)
{
	struct csv_field f[COLUMNS + 1], whole = { line, (size_t)(end - line) };
	const char *want = evidence_header;
	int n = split(r, line, end, f, COLUMNS);

	if (n < 0)
		return n;
	for (int i = 0; n == COLUMNS && i < COLUMNS; i++) {
		size_t size = strcspn(want, ",");

		if (f[i].size != size || memcmp(f[i].at, want, size))
			n = 0;
		want += size + 1;
	}
	if (n != COLUMNS)
		return wrong(r, "the header is \"%.*s\"; it must be \"%s\"",
			(int)(whole.size < 60 ? whole.size : 60), whole.at, evidence_header);
	return 0;
}

/* One line without its '\n'; a '\r' before that belongs to the line end. */
static int take_line(struct reader *r, const char *line, size_t size)
{
	if (size && line[size - 1] == '\r')
		size--;
	if (size >= LINE_SIZE || memchr(line, 0, size)) {
		r->errors = MOST_ERRORS;
		return wrong(r, "not a line of a usage file; text of at most %d characters", LINE_SIZE - 1);
	}
	if (r->line == 1)
		return read_header(r, line + csv_mark(line, size), line + size);
	return read_row(r, line, line + size);
}

/* A file may end without a line end (RFC 4180), but then a last number may have been cut short: only a zero,
 * or one whose quote is closed, cannot be the beginning of a longer one. */
static int last_line(struct reader *r, const char *line, size_t size)
{
	if (!size)
		return 0;
	r->line++;
	if (r->line == 1 || size < 2 || (memcmp(line + size - 2, ",0", 2) && line[size - 1] != '"'))
		return wrong(r, "the file ends in the middle of a line; is it cut short?");
	return take_line(r, line, size);
}

/* All whole lines of the buffer. How many bytes they were, or a negative error. */
static ssize_t take_lines(struct reader *r, const char *data, size_t size)
{
	size_t done = 0;

	for (;;) {
		const char *end = memchr(data + done, '\n', size - done);
		int rc;

		if (!end)
			break;
		r->line++;
		rc = take_line(r, data + done, (size_t)(end - data) - done);
		/* Mistakes in rows are gathered; a wrong header or a caller's error ends it. */
		if (rc && (rc != -EINVAL || !r->errors || r->line == 1 || r->errors >= MOST_ERRORS))
			return rc;
		done = (size_t)(end - data) + 1;
	}
	if (size - done > LINE_SIZE) {
		r->line++;
		r->errors = MOST_ERRORS;
		return wrong(r, "not a line of a usage file; text of at most %d characters", LINE_SIZE - 1);
	}
	return (ssize_t)done;
}

static int read_all(struct reader *r, int fd, struct digest_stream *sha)
{
	char *buffer = mem_alloc(READ_SIZE + LINE_SIZE + 1);
	size_t held = 0;
	ssize_t got, done = 0;

	while ((got = read(fd, buffer + held, READ_SIZE)) != 0) {
		if (got < 0) {
			if (errno == EINTR)
				continue;
			diag_at(r->d, r->path, 0, "%s", strerror(errno));
			done = -EINVAL;
			break;
		}
		digest_stream_add(sha, buffer + held, (size_t)got);
		held += (size_t)got;
		done = take_lines(r, buffer, held);
		if (done < 0)
			break;
		held -= (size_t)done;
		memmove(buffer, buffer + done, held);
	}
	if (done >= 0)
		done = last_line(r, buffer, held);
	free(buffer);
	if (done < 0)
		return (int)done;
	return r->errors ? -EINVAL : 0;
}

static const char *file_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

int evidence_read(const char *path, struct cells *cells, struct diag *d, row_fn *each, void *context,
	struct evidence *out)
{
	struct reader r = { .path = path, .cells = cells, .d = d, .each = each, .context = context };
	struct digest_stream *sha;
	struct digest sum;
	int fd = open(path, O_RDONLY | O_CLOEXEC), rc;

	if (fd < 0) {
		diag_at(d, path, 0, "%s", strerror(errno));
		return -EINVAL;
	}
	sha = digest_stream_new();
	rc = read_all(&r, fd, sha);
	sum = digest_stream_end(sha);
	close(fd);
	if (!rc && !r.line) {
		diag_at(d, path, 0, "empty; a usage file begins with the line \"%s\"", evidence_header);
		rc = -EINVAL;
	}
	if (rc)
		return rc;
	*out = (struct evidence){ mem_dup(file_part(path)), sum, r.rows };
	return 0;
}
