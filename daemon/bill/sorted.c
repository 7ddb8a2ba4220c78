/* SPDX-License-Identifier: BSD-3-Clause */
#include "sorted.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "text.h"

/* A peering of the file, and which of its bins the file lists. */
struct listed {
	const struct row_cell *cell; /* any of its */
	uint8_t *bin;
};

struct sorted {
	const struct rows_wanted *want;
	struct row *row;
	size_t n, room;
	int64_t first, last; /* of all rows that are wanted by partner and peering */
};

static int take(void *context, const struct row *row)
{
	struct sorted *s = context;
	const struct rows_wanted *w = s->want;

	if ((w->partner && strcmp(w->partner, row->cell->partner)) ||
		(w->peering && strcmp(w->peering, row->cell->peering)))
		return 0;
	if ((w->from && row->start < w->from) || (w->to && row->start >= w->to))
		return 0;
	if (s->n == s->room) {
		s->room = s->room ? 2 * s->room : 4096;
		s->row = mem_grow(s->row, s->room, sizeof(*s->row));
	}
	s->row[s->n++] = *row;
	s->first = s->first < 0 || row->start < s->first ? row->start : s->first;
	s->last = row->start > s->last ? row->start : s->last;
	return 0;
}

static struct listed *listed_for(struct listed **all, size_t *n, const struct row_cell *c, size_t bins)
{
	for (size_t i = 0; i < *n; i++)
		if (!strcmp((*all)[i].cell->peering, c->peering) && !strcmp((*all)[i].cell->partner, c->partner))
			return &(*all)[i];
	*all = mem_grow(*all, *n + 1, sizeof(**all));
	(*all)[*n] = (struct listed){ c, mem_alloc(bins) };
	return &(*all)[(*n)++];
}

static int add_missing(struct sorted *s, struct cells *cells, const struct row_cell *like, int64_t start)
{
	struct row row = { .start = start, .status = BIN_MISSING };
	struct row_cell c = { .family = FAMILIES };
	char key[3 * NAME_SIZE + 16];

	memcpy(c.meter, like->meter, NAME_SIZE);
	memcpy(c.partner, like->partner, NAME_SIZE);
	memcpy(c.peering, like->peering, NAME_SIZE);
	for (int d = 0; d < DIRECTIONS; d++) {
		size_t n = (size_t)snprintf(key, sizeof(key), "missing,%s,%s,%s,%d", c.meter, c.partner, c.peering, d);

		c.direction = (enum direction)d;
		row.cell = cells_find(cells, key, n);
		if (!row.cell)
			row.cell = cells_add(cells, key, n, &c);
		if (!row.cell)
			return -E2BIG;
		take(s, &row);
	}
	return 0;
}

/* Rows for bins between the first and the last one that the file does not list. */
static int fill(struct sorted *s, struct cells *cells)
{
	int64_t from = s->want->from ? (s->want->from + BIN_SECONDS - 1) / BIN_SECONDS * BIN_SECONDS : s->first;
	int64_t to = s->want->to ? s->want->to : s->last + BIN_SECONDS;
	size_t bins = to > from ? (size_t)((to - from + BIN_SECONDS - 1) / BIN_SECONDS) : 0, n = 0;
	struct listed *all = NULL;
	int rc = 0;

	for (size_t i = 0, rows = s->n; i < rows; i++)
		listed_for(&all, &n, s->row[i].cell, bins)->bin[(s->row[i].start - from) / BIN_SECONDS] = 1;
	for (size_t i = 0; i < n; i++) {
		for (size_t b = 0; b < bins && !rc; b++)
			if (!all[i].bin[b])
				rc = add_missing(s, cells, all[i].cell, from + (int64_t)b * BIN_SECONDS);
		free(all[i].bin);
	}
	free(all);
	return rc;
}

static int by_order(const void *a, const void *b)
{
	return row_compare(a, b);
}

int sorted_rows(const char *path, const struct rows_wanted *want, struct cells *cells, struct diag *d,
	struct row **out, size_t *n)
{
	struct sorted s = { .want = want, .first = -1, .last = -1 };
	struct evidence e = { 0 };
	int rc = rows_read_file(path, cells, d, take, &s, &e);

	if (!rc && s.n)
		rc = fill(&s, cells);
	if (rc == -E2BIG)
		log_error("%s: more different cells than usage can have", path);
	if (s.n)
		qsort(s.row, s.n, sizeof(*s.row), by_order);
	evidence_clear(&e);
	if (rc) {
		free(s.row);
		return rc;
	}
	*out = s.row;
	*n = s.n;
	return 0;
}
