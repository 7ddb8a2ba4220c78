/* SPDX-License-Identifier: BSD-3-Clause */
#include "merge.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bins.h"
#include "log.h"
#include "text.h"

#define STRETCH (288 * BIN_SECONDS) /* a day of bins is held at a time */

struct merge {
	struct rows_wanted want;
	struct cells *cells;
	row_fn *each;
	void *context;
	struct bins_meter *meter;
	size_t n_meters;
	struct row *row; /* of one bin */
	size_t n_rows, room;
};

static bool wanted(const struct merge *g, const char *partner, const char *peering)
{
	return (!g->want.partner || !strcmp(g->want.partner, partner)) &&
		(!g->want.peering || !strcmp(g->want.peering, peering));
}

static const struct row_cell *cell_for(struct merge *g, const struct row_cell *c)
{
	char key[7 * NAME_SIZE + 8];
	size_t n = (size_t)snprintf(key, sizeof(key), "%s,%s,%s,%d,%s,%s,%d", c->meter, c->partner, c->peering,
		(int)c->direction, c->class, c->cos, (int)c->family);
	const struct row_cell *known = cells_find(g->cells, key, n);

	return known ? known : cells_add(g->cells, key, n, c);
}

static int add_row(struct merge *g, const struct row_cell *c, const struct row *values)
{
	struct row *r;

	if (g->n_rows == g->room) {
		g->room = g->room ? 2 * g->room : 256;
		g->row = mem_grow(g->row, g->room, sizeof(*g->row));
	}
	r = &g->row[g->n_rows++];
	*r = *values;
	r->cell = cell_for(g, c);
	if (r->cell)
		return 0;
	log_error("more different cells than usage can have");
	return -E2BIG;
}

/* One row a direction: nothing was counted, or nobody watched. */
static int add_silence(struct merge *g, const struct bins_meter *m, const struct known_peering *p,
	const struct row *values)
{
	struct row_cell c = { .family = FAMILIES };
	int rc = 0;

	memcpy(c.meter, m->source->meter, NAME_SIZE);
	memcpy(c.partner, p->partner, NAME_SIZE);
	memcpy(c.peering, p->name, NAME_SIZE);
	for (int d = 0; d < DIRECTIONS && !rc; d++) {
		c.direction = (enum direction)d;
		rc = add_row(g, &c, values);
	}
	return rc;
}

static int add_count(struct merge *g, const struct bins_meter *m, const struct bin_count *n, struct row values)
{
	struct row_cell c = { .direction = n->cell->direction, .family = n->cell->family };

	memcpy(c.meter, m->source->meter, NAME_SIZE);
	memcpy(c.partner, n->cell->partner, NAME_SIZE);
	memcpy(c.peering, n->cell->peering, NAME_SIZE);
	memcpy(c.class, n->cell->class, NAME_SIZE);
	memcpy(c.cos, n->cell->cos, NAME_SIZE);
	values.count = n->count;
	return add_row(g, &c, &values);
}

static const struct known_peering *find_peering(const struct known *k, const char *name)
{
	size_t low = 0, high = k ? k->n_peerings : 0;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int d = strcmp(k->peering[middle].name, name);

		if (!d)
			return &k->peering[middle];
		if (d < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

static bool redundant(const struct bins_meter *a, const struct known *ka, const struct bins_meter *b,
	const struct known *kb)
{
	return !strcmp(ka->redundant, b->source->meter) || !strcmp(kb->redundant, a->source->meter);
}

/* Is `b` the better watch of the two? By status, then by what it covered, what it missed, and its name. */
static bool better(const struct bins_meter *a, const struct bin_watch *wa, const struct bins_meter *b,
	const struct bin_watch *wb, const char *link)
{
	uint64_t missed_a, missed_b;
	enum bin_status sa = bins_status(wa, link, &missed_a), sb = bins_status(wb, link, &missed_b);

	if (sa != sb)
		return sb < sa;
	if (wa->covered != wb->covered)
		return wb->covered > wa->covered;
	if (missed_a != missed_b)
		return missed_b < missed_a;
	return strcmp(b->source->meter, a->source->meter) < 0;
}

/* Does another meter that watches the same taps speak for this peering in this bin? */
static bool outdone(const struct merge *g, const struct bins_meter *m, size_t bin, const char *peering,
	const char *link)
{
	const struct bin_watch *w = &m->bin[bin];

	for (size_t i = 0; i < g->n_meters; i++) {
		const struct bins_meter *other = &g->meter[i];
		const struct bin_watch *v = &other->bin[bin];

		if (other == m || !v->known || !redundant(m, w->known, other, v->known))
			continue;
		if (find_peering(v->known, peering) && better(m, w, other, v, link))
			return true;
	}
	return false;
}

/* All rows of one meter in one bin. */
static int add_meter(struct merge *g, const struct bins_meter *m, size_t bin)
{
	const struct bin_watch *w = &m->bin[bin];
	struct row values = { .start = m->from + (int64_t)bin * BIN_SECONDS, .covered = w->covered };
	bool *counted;
	int rc = 0;

	if (!w->known)
		return 0; /* it never ran */
	counted = mem_array(w->known->n_peerings, sizeof(*counted));
	for (size_t i = 0; i < w->n_counts && !rc; i++) {
		const struct bin_count *n = &m->count[w->first_count + i];
		const struct known_peering *p = find_peering(w->known, n->cell->peering);

		if (p)
			counted[p - w->known->peering] = true;
		if (!wanted(g, n->cell->partner, n->cell->peering) ||
			outdone(g, m, bin, n->cell->peering, n->cell->link))
			continue;
		values.status = bins_status(w, n->cell->link, &values.missed);
		rc = add_count(g, m, n, values);
	}
	for (size_t i = 0; i < w->known->n_peerings && !rc; i++) {
		const struct known_peering *p = &w->known->peering[i];

		if (counted[i] || !wanted(g, p->partner, p->name) || outdone(g, m, bin, p->name, p->link))
			continue;
		values.status = bins_status(w, p->link, &values.missed);
		rc = add_silence(g, m, p, &values);
	}
	free(counted);
	return rc;
}

static int by_order(const void *a, const void *b)
{
	return row_compare(a, b);
}

/* Sorted, and rows of the same key (a peering that moved to another link inside the bin) as one. */
static int put_bin(struct merge *g)
{
	int rc = 0;

	if (g->n_rows)
		qsort(g->row, g->n_rows, sizeof(*g->row), by_order);
	for (size_t i = 0; i < g->n_rows && !rc;) {
		struct row sum = g->row[i++];

		for (; i < g->n_rows && g->row[i].cell == sum.cell; i++) {
			sum.count.packets += g->row[i].count.packets;
			sum.count.l2_bytes += g->row[i].count.l2_bytes;
			sum.count.l3_bytes += g->row[i].count.l3_bytes;
			if (g->row[i].status > sum.status)
				sum.status = g->row[i].status;
			if (g->row[i].missed > sum.missed)
				sum.missed = g->row[i].missed;
		}
		rc = g->each(g->context, &sum);
	}
	g->n_rows = 0;
	return rc;
}

static int put_stretch(struct merge *g, int64_t from, int64_t to)
{
	int rc = 0;

	for (size_t i = 0; i < g->n_meters && !rc; i++)
		rc = bins_read(&g->meter[i], from, to);
	for (size_t bin = 0; bin < (size_t)((to - from) / BIN_SECONDS) && !rc; bin++) {
		for (size_t i = 0; i < g->n_meters && !rc; i++)
			rc = add_meter(g, &g->meter[i], bin);
		if (!rc)
			rc = put_bin(g);
	}
	return rc;
}

static int64_t up(int64_t t)
{
	return (t + BIN_SECONDS - 1) / BIN_SECONDS * BIN_SECONDS;
}

int merge_extent(struct merge *g, int64_t *from, int64_t *to)
{
	int64_t first = -1, last = -1;

	for (size_t i = 0; i < g->n_meters; i++) {
		int64_t begin, end;
		int rc = bins_begin(&g->meter[i], g->want.from, &begin, &end);

		if (rc)
			return rc;
		if (begin >= 0 && (first < 0 || begin < first))
			first = begin;
		if (end > last)
			last = end;
	}
	*from = g->want.from ? up(g->want.from) : first;
	*to = g->want.to ? up(g->want.to) : last;
	return 0;
}

struct merge *merge_open(struct source *source, size_t n, const struct rows_wanted *want, struct cells *cells)
{
	struct merge *g = mem_alloc(sizeof(*g));

	g->want = *want;
	g->cells = cells;
	g->n_meters = n;
	g->meter = mem_array(n, sizeof(*g->meter));
	for (size_t i = 0; i < n; i++)
		g->meter[i].source = &source[i];
	return g;
}

void merge_close(struct merge *g)
{
	if (!g)
		return;
	for (size_t i = 0; i < g->n_meters; i++)
		bins_clear(&g->meter[i]);
	free(g->meter);
	free(g->row);
	free(g);
}

int merge_read(struct merge *g, int64_t from, int64_t to, row_fn *each, void *context)
{
	int rc = 0;

	g->each = each;
	g->context = context;
	for (int64_t at = from; !rc && at < to; at += STRETCH)
		rc = put_stretch(g, at, to - at < STRETCH ? to : at + STRETCH);
	return rc;
}

int merge_rows(const struct ask *ask, const struct rows_wanted *want, struct cells *cells, row_fn *each,
	void *context)
{
	struct merge *g = merge_open(ask->source, ask->n_sources, want, cells);
	int64_t from, to;
	int rc = merge_extent(g, &from, &to);

	rc = rc ? rc : merge_read(g, from, to, each, context);
	merge_close(g);
	return rc;
}
