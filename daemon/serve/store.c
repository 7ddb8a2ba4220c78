/* SPDX-License-Identifier: BSD-3-Clause */
#include "store.h"

#include <stdlib.h>
#include <string.h>

#include "text.h"

#define DAY	    86400
#define BINS_A_DAY  (DAY / BIN_SECONDS)
#define L1_A_PACKET 24u /* preamble 8, FCS 4, inter-frame gap 12 */

/* Days of something, each of BINS_A_DAY elements, or NULL. */
struct days {
	void **day;
	size_t n;
};

struct store_cell {
	uint32_t peering, class; /* class TOPOLOGY_NONE: silence */
	enum direction direction;
	struct row_cell name; /* for store_rows() */
	struct days count;    /* struct counters */
};

struct store {
	struct topology *topology;
	int64_t first_day; /* that of element 0 of all days; since 1970 */
	bool any;
	struct store_cell *cell;
	size_t n_cells;
	struct days *state; /* by peering: uint8_t, 0 not listed, else enum bin_status + 1 */
	size_t n_states;
	uint32_t *known; /* by the id of a row's cell: index of ours + 1, or 0 */
	size_t n_known;
};

struct store *store_new(struct topology *t)
{
	struct store *s = mem_alloc(sizeof(*s));

	s->topology = t;
	return s;
}

static void days_free(struct days *d)
{
	for (size_t i = 0; i < d->n; i++)
		free(d->day[i]);
	free(d->day);
}

void store_free(struct store *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->n_cells; i++)
		days_free(&s->cell[i].count);
	for (size_t i = 0; i < s->n_states; i++)
		days_free(&s->state[i]);
	free(s->cell);
	free(s->state);
	free(s->known);
	free(s);
}

/* Element 0 of all days is `by` days earlier from here on. */
static void days_back(struct days *d, size_t by)
{
	if (!d->n)
		return;
	d->day = mem_grow(d->day, d->n + by, sizeof(*d->day));
	memmove(d->day + by, d->day, d->n * sizeof(*d->day));
	memset(d->day, 0, by * sizeof(*d->day));
	d->n += by;
}

static void days_drop(struct days *d, int64_t n)
{
	for (int64_t i = 0; i < n && i < (int64_t)d->n; i++) {
		free(d->day[i]);
		d->day[i] = NULL;
	}
}

static void all_back(struct store *s, size_t by)
{
	for (size_t i = 0; i < s->n_cells; i++)
		days_back(&s->cell[i].count, by);
	for (size_t i = 0; i < s->n_states; i++)
		days_back(&s->state[i], by);
	s->first_day -= (int64_t)by;
}

/* The day's elements, made if they are not there. */
static void *day_at(struct store *s, struct days *d, int64_t day, size_t size)
{
	size_t i = (size_t)(day - s->first_day);

	mem_reach((void **)&d->day, &d->n, i, sizeof(*d->day));
	if (!d->day[i])
		d->day[i] = mem_array(BINS_A_DAY, size);
	return d->day[i];
}

/* The same, or NULL. */
static void *day_if(const struct store *s, const struct days *d, int64_t day)
{
	int64_t i = day - s->first_day;

	return i >= 0 && i < (int64_t)d->n ? d->day[i] : NULL;
}

static struct store_cell *same_cell(const struct store *s, const struct store_cell *c)
{
	for (size_t i = 0; i < s->n_cells; i++)
		if (s->cell[i].peering == c->peering && s->cell[i].class == c->class &&
			s->cell[i].direction == c->direction)
			return &s->cell[i];
	return NULL;
}

/* CoS, family and meter are left out: what differs in these alone is one cell here. */
static struct store_cell *cell_of(struct store *s, const struct row_cell *c)
{
	struct store_cell made = { .direction = c->direction, .name = *c }, *have;

	mem_reach((void **)&s->known, &s->n_known, c->id, sizeof(*s->known));
	if (s->known[c->id])
		return &s->cell[s->known[c->id] - 1];
	made.peering = topology_learn_peering(s->topology, c->peering, c->partner);
	made.class = *c->class ? topology_learn_class(s->topology, c->class) : TOPOLOGY_NONE;
	have = same_cell(s, &made);
	if (!have) {
		memset(made.name.meter, 0, NAME_SIZE);
		memset(made.name.cos, 0, NAME_SIZE);
		made.name.family = FAMILIES;
		made.name.id = (uint32_t)s->n_cells;
		s->cell = mem_grow(s->cell, s->n_cells + 1, sizeof(*s->cell));
		have = &s->cell[s->n_cells++];
		*have = made;
	}
	s->known[c->id] = (uint32_t)(have - s->cell) + 1;
	return have;
}

static void reach_day(struct store *s, int64_t day)
{
	if (!s->any)
		s->first_day = day;
	else if (day < s->first_day)
		all_back(s, (size_t)(s->first_day - day));
	s->any = true;
}

int store_row(void *store, const struct row *row)
{
	int64_t day = row->start / DAY;
	size_t bin = (size_t)(row->start % DAY / BIN_SECONDS);
	struct store *s = store;
	struct store_cell *c = cell_of(s, row->cell);
	struct counters *n;
	uint8_t *state;

	reach_day(s, day);
	mem_reach((void **)&s->state, &s->n_states, c->peering, sizeof(*s->state));
	state = (uint8_t *)day_at(s, &s->state[c->peering], day, 1) + bin;
	if (*state < row->status + 1)
		*state = (uint8_t)(row->status + 1);
	/* Nobody watched: whatever the row says was not measured. */
	if (c->class == TOPOLOGY_NONE || row->status == BIN_MISSING)
		return 0;
	n = (struct counters *)day_at(s, &c->count, day, sizeof(*n)) + bin;
	n->packets += row->count.packets;
	n->l2_bytes += row->count.l2_bytes;
	n->l3_bytes += row->count.l3_bytes;
	return 0;
}

/* Zeroes elements of `size` of the bins in [from, to). */
static void days_clear(const struct store *s, struct days *d, int64_t from, int64_t to, size_t size)
{
	for (int64_t at = from; at < to;) {
		int64_t next = (at / DAY + 1) * DAY, end = next < to ? next : to;
		char *day = day_if(s, d, at / DAY);

		if (day)
			memset(day + (size_t)(at % DAY / BIN_SECONDS) * size, 0,
				(size_t)((end - at) / BIN_SECONDS) * size);
		at = end;
	}
}

void store_clear(struct store *s, int64_t from, int64_t to)
{
	for (size_t i = 0; i < s->n_cells; i++)
		days_clear(s, &s->cell[i].count, from, to, sizeof(struct counters));
	for (size_t i = 0; i < s->n_states; i++)
		days_clear(s, &s->state[i], from, to, 1);
}

void store_drop(struct store *s, int64_t before, store_keep_fn *keep, void *context)
{
	const struct topology_peering *p = s->topology->peerings;
	int64_t days = before / DAY - s->first_day;

	for (size_t i = 0; i < s->n_cells; i++)
		if (!keep(context, p[s->cell[i].peering].partner))
			days_drop(&s->cell[i].count, days);
	for (size_t i = 0; i < s->n_states && i < s->topology->n_peerings; i++)
		if (!keep(context, p[i].partner))
			days_drop(&s->state[i], days);
}

static bool chosen(const struct store *s, const struct store_choice *c, uint32_t peering)
{
	const struct topology_peering *p = &s->topology->peerings[peering];

	return (c->link == TOPOLOGY_NONE || p->link == c->link) &&
		(!c->partner || !strcmp(p->partner, c->partner));
}

bool store_has(const struct store *s, const struct store_choice *c)
{
	for (uint32_t i = 0; i < s->topology->n_peerings; i++)
		if (chosen(s, c, i))
			return true;
	return false;
}

static void add_cell(const struct store *s, const struct store_cell *c, struct strand *out)
{
	for (size_t i = 0; i < out->bins;) {
		int64_t at = out->from + (int64_t)i * BIN_SECONDS;
		size_t bin = (size_t)(at % DAY / BIN_SECONDS), n = BINS_A_DAY - bin;
		const struct counters *day = day_if(s, &c->count, at / DAY);

		n = n < out->bins - i ? n : out->bins - i;
		for (size_t k = 0; day && k < n; k++)
			out->bytes[c->direction][i + k] +=
				day[bin + k].l2_bytes + (u128)L1_A_PACKET * day[bin + k].packets;
		i += n;
	}
}

static void worsen(const struct store *s, uint32_t peering, struct strand *out)
{
	for (size_t i = 0; i < out->bins; i++) {
		int64_t at = out->from + (int64_t)i * BIN_SECONDS;
		const uint8_t *day = peering < s->n_states ? day_if(s, &s->state[peering], at / DAY) : NULL;
		uint8_t listed = day ? day[at % DAY / BIN_SECONDS] : 0;
		uint8_t here = listed ? (uint8_t)(listed - 1) : BIN_MISSING;

		if (here > out->state[i])
			out->state[i] = here;
	}
}

/* Was the peering there at all in this time? Contracts end and begin. */
static bool listed(const struct store *s, uint32_t peering, const struct strand *out)
{
	for (int64_t day = out->from / DAY; day * DAY < out->from + (int64_t)out->bins * BIN_SECONDS; day++)
		if (peering < s->n_states && day_if(s, &s->state[peering], day))
			return true;
	return false;
}

struct strand store_strand(const struct store *s, const struct store_choice *c, int64_t from, int64_t to)
{
	struct strand out = { .from = from, .bins = to > from ? (size_t)((to - from) / BIN_SECONDS) : 0 };
	bool any = false;

	for (int d = 0; d < DIRECTIONS; d++)
		out.bytes[d] = mem_array(out.bins, sizeof(u128));
	out.state = mem_alloc(out.bins);
	for (size_t i = 0; i < s->n_cells; i++)
		if (s->cell[i].class != TOPOLOGY_NONE && chosen(s, c, s->cell[i].peering))
			add_cell(s, &s->cell[i], &out);
	for (uint32_t i = 0; i < s->topology->n_peerings; i++)
		if (chosen(s, c, i) && listed(s, i, &out)) {
			worsen(s, i, &out);
			any = true;
		}
	if (!any)
		memset(out.state, BIN_MISSING, out.bins);
	return out;
}

/* Days of a cell that touch the time, one after another: `each` gets the bins of one day that lie inside. */
typedef int stretch_fn(void *context, const struct store_cell *c, int64_t at, const struct counters *count,
	const uint8_t *state, size_t n);

static int each_day(const struct store *s, const struct store_cell *c, int64_t from, int64_t to, stretch_fn *each,
	void *context)
{
	int rc = 0;

	for (int64_t at = from; at < to && !rc;) {
		int64_t next = (at / DAY + 1) * DAY, end = next < to ? next : to;
		const struct counters *count = day_if(s, &c->count, at / DAY);
		const uint8_t *state = day_if(s, &s->state[c->peering], at / DAY);
		size_t bin = (size_t)(at % DAY / BIN_SECONDS);

		if (state)
			rc = each(context, c, at, count ? count + bin : NULL, state + bin,
				(size_t)((end - at) / BIN_SECONDS));
		at = end;
	}
	return rc;
}

static int add_up(void *context, const struct store_cell *c, int64_t at, const struct counters *count,
	const uint8_t *state, size_t n)
{
	struct counters *sum = context;

	(void)c;
	(void)at;
	(void)state;
	for (size_t i = 0; count && i < n; i++) {
		sum->packets += count[i].packets;
		sum->l2_bytes += count[i].l2_bytes;
		sum->l3_bytes += count[i].l3_bytes;
	}
	return 0;
}

void store_totals(const struct store *s, const struct store_choice *c, int64_t from, int64_t to,
	store_total_fn *each, void *context)
{
	for (size_t i = 0; i < s->n_cells; i++) {
		const struct store_cell *cell = &s->cell[i];
		struct counters sum = { 0 };

		if (cell->class == TOPOLOGY_NONE || !chosen(s, c, cell->peering))
			continue;
		each_day(s, cell, from, to, add_up, &sum);
		if (sum.packets)
			each(context, cell->peering, cell->direction, cell->class, &sum);
	}
}

struct giving {
	row_fn *each;
	void *context;
};

/* Of cells that counted; and of silence, so that the bin's state is told in any case. */
static int give_rows(void *context, const struct store_cell *c, int64_t at, const struct counters *count,
	const uint8_t *state, size_t n)
{
	const struct giving *g = context;
	struct row row = { .cell = &c->name };
	int rc = 0;

	for (size_t i = 0; i < n && !rc; i++) {
		if (!state[i] || (c->class != TOPOLOGY_NONE && !(count && count[i].packets)))
			continue;
		row.start = at + (int64_t)i * BIN_SECONDS;
		row.status = (enum bin_status)(state[i] - 1);
		row.count = count ? count[i] : (struct counters){ 0 };
		rc = g->each(g->context, &row);
	}
	return rc;
}

int store_rows(const struct store *s, const struct store_choice *c, int64_t from, int64_t to, row_fn *each,
	void *context)
{
	struct giving g = { each, context };
	int rc = 0;

	for (size_t i = 0; i < s->n_cells && !rc; i++)
		if (chosen(s, c, s->cell[i].peering))
			rc = each_day(s, &s->cell[i], from, to, give_rows, &g);
	return rc;
}
