/* SPDX-License-Identifier: BSD-3-Clause */
#include "tally.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* What is known of a cell once its first row came. */
struct cell_use {
	bool known, ours;
	uint32_t peering, meter;
	u128 selections; /* bit s: selection s counts it; contracts have at most 100 lines */
};

struct tally {
	struct part part;
	size_t bins;
	bool running;
	int64_t now; /* of a running one */
	uint64_t rows;
	struct selection *selection;
	size_t n_selections;
	size_t *of_line, everything;
	struct peering_slot *peering;
	size_t n_peerings;
	struct meter_slot *meter;
	size_t n_meters;
	struct cell_use *use; /* by cell id */
	size_t n_use;
};

static bool list_equal(const struct name_list *a, const struct name_list *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (!name_list_has(b, a->name[i]))
			return false;
	return true;
}

static struct series series_new(size_t bins)
{
	return (struct series){ { mem_array(bins, sizeof(u128)), mem_array(bins, sizeof(u128)) } };
}

static void series_free(struct series *s)
{
	free(s->bytes[DIRECTION_INGRESS]);
	free(s->bytes[DIRECTION_EGRESS]);
}

/* The selection with these lists, shared or new. */
static size_t select_for(
	struct tally *t, const struct name_list *classes, const struct name_list *peerings)
{
	for (size_t i = 0; i < t->n_selections; i++)
		if (list_equal(t->selection[i].classes, classes) &&
			list_equal(t->selection[i].peerings, peerings))
			return i;
	t->selection[t->n_selections] = (struct selection){ classes, peerings, series_new(t->bins), NULL, NULL };
	return t->n_selections++;
}

static uint32_t peering_slot(struct tally *t, const char name[static NAME_SIZE])
{
	struct peering_slot *s;

	for (uint32_t i = 0; i < t->n_peerings; i++)
		if (!strcmp(t->peering[i].name, name))
			return i;
	t->peering = mem_grow(t->peering, t->n_peerings + 1, sizeof(*t->peering));
	s = &t->peering[t->n_peerings];
	*s = (struct peering_slot){ .state = mem_alloc(t->bins) };
	memcpy(s->name, name, NAME_SIZE);
	for (size_t i = 0; i < t->n_selections; i++) {
		struct selection *sel = &t->selection[i];

		sel->has = mem_grow(sel->has, t->n_peerings + 1, sizeof(*sel->has));
		sel->has[t->n_peerings] = !sel->peerings->n || name_list_has(sel->peerings, name);
		sel->each = mem_grow(sel->each, t->n_peerings + 1, sizeof(*sel->each));
		sel->each[t->n_peerings] = (struct series){ { NULL, NULL } };
	}
	return (uint32_t)t->n_peerings++;
}

static uint32_t meter_slot(struct tally *t, const char name[static NAME_SIZE])
{
	struct meter_slot *s;

	for (uint32_t i = 0; i < t->n_meters; i++)
		if (!strcmp(t->meter[i].name, name))
			return i;
	t->meter = mem_grow(t->meter, t->n_meters + 1, sizeof(*t->meter));
	s = &t->meter[t->n_meters];
	*s = (struct meter_slot){ .missed = mem_array(t->bins, sizeof(*s->missed)) };
	memcpy(s->name, name, NAME_SIZE);
	return (uint32_t)t->n_meters++;
}

static const struct name_list all_classes; /* empty */

struct tally *tally_new(const struct part *p)
{
	struct tally *t = mem_alloc(sizeof(*t));
	const struct contract *c = p->contract;

	t->part = *p;
	t->bins = (size_t)((p->to - p->from) / BIN_SECONDS);
	t->selection = mem_array(c->n_lines + 1, sizeof(*t->selection));
	t->of_line = mem_array(c->n_lines, sizeof(*t->of_line));
	for (size_t i = 0; i < c->n_lines; i++) {
		const struct contract_line *l = &c->lines[i];

		t->of_line[i] = select_for(t, &l->classes, l->peerings.n ? &l->peerings : &c->peerings);
	}
	t->everything = select_for(t, &all_classes, &c->peerings);
	/* Peerings that are named are missing until a row says otherwise. */
	for (size_t i = 0; i < c->peerings.n; i++)
		peering_slot(t, c->peerings.name[i]);
	for (size_t i = 0; i < c->n_lines; i++)
		for (size_t k = 0; k < c->lines[i].peerings.n; k++)
			peering_slot(t, c->lines[i].peerings.name[k]);
	return t;
}

void tally_free(struct tally *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < t->n_selections; i++) {
		series_free(&t->selection[i].sum);
		for (size_t k = 0; k < t->n_peerings; k++)
			series_free(&t->selection[i].each[k]);
		free(t->selection[i].each);
		free(t->selection[i].has);
	}
	for (size_t i = 0; i < t->n_peerings; i++)
		free(t->peering[i].state);
	for (size_t i = 0; i < t->n_meters; i++)
		free(t->meter[i].missed);
	free(t->selection);
	free(t->of_line);
	free(t->peering);
	free(t->meter);
	free(t->use);
	free(t);
}

/* Silence has no class; it belongs to no line that names classes and adds nothing to the others. */
static bool counts_class(const struct selection *s, const char *class)
{
	return !s->classes->n || name_list_has(s->classes, class);
}

static void learn_cell(struct tally *t, const struct row_cell *c, struct cell_use *use)
{
	const struct contract *contract = t->part.contract;

	use->known = true;
	use->ours = !strcmp(c->partner, contract->partner) &&
		(!contract->peerings.n || name_list_has(&contract->peerings, c->peering));
	if (!use->ours)
		return;
	use->peering = peering_slot(t, c->peering);
	use->meter = meter_slot(t, c->meter);
	for (size_t i = 0; i < t->n_selections; i++)
		if (t->selection[i].has[use->peering] && counts_class(&t->selection[i], c->class))
			use->selections |= (u128)1 << i;
}

static struct cell_use *use_of(struct tally *t, const struct row_cell *c)
{
	if (c->id >= t->n_use) {
		size_t n = 2 * ((size_t)c->id + 1);

		t->use = mem_grow(t->use, n, sizeof(*t->use));
		memset(t->use + t->n_use, 0, (n - t->n_use) * sizeof(*t->use));
		t->n_use = n;
	}
	if (!t->use[c->id].known)
		learn_cell(t, c, &t->use[c->id]);
	return &t->use[c->id];
}

static u128 bytes_of(const struct counters *n, enum basis basis)
{
	switch (basis) {
	case BASIS_L3:
		return n->l3_bytes;
	case BASIS_L2:
		return n->l2_bytes;
	case BASIS_L2FCS:
		return n->l2_bytes + (u128)4 * n->packets;
	default: /* BASIS_L1: preamble 8, FCS 4, inter-frame gap 12 */
		return n->l2_bytes + (u128)24 * n->packets;
	}
}

static void count(struct tally *t, const struct cell_use *use, enum direction d, size_t bin, u128 bytes)
{
	for (size_t i = 0; i < t->n_selections; i++) {
		struct selection *s = &t->selection[i];

		if (!(use->selections >> i & 1))
			continue;
		s->sum.bytes[d][bin] += bytes;
		if (t->part.contract->across != ACROSS_EACH)
			continue;
		if (!s->each[use->peering].bytes[d])
			s->each[use->peering] = series_new(t->bins);
		s->each[use->peering].bytes[d][bin] += bytes;
	}
}

int tally_row(struct tally *t, const struct row *row)
{
	struct cell_use *use;
	uint8_t *state;
	uint64_t *missed;
	size_t bin;

	if (row->start < t->part.from || row->start >= t->part.to || (t->running && row->start >= t->now))
		return 0;
	use = use_of(t, row->cell);
	if (!use->ours)
		return 0;
	bin = (size_t)((row->start - t->part.from) / BIN_SECONDS);
	state = &t->peering[use->peering].state[bin];
	if (*state < row->status + 1)
		*state = (uint8_t)(row->status + 1);
	missed = &t->meter[use->meter].missed[bin];
	if (*missed < row->missed)
		*missed = row->missed;
	t->rows++;
	/* Nobody watched: whatever the row says was not measured. */
	if (row->status != BIN_MISSING)
		count(t, use, row->cell->direction, bin, bytes_of(&row->count, t->part.contract->basis));
	return 0;
}

void tally_until(struct tally *t, int64_t now)
{
	t->running = true;
	t->now = now;
}

bool tally_running(const struct tally *t)
{
	return t->running;
}

size_t tally_ahead(const struct tally *t)
{
	int64_t from = t->now > t->part.from ? t->now : t->part.from;

	return t->running && from < t->part.to ? (size_t)((t->part.to - from) / BIN_SECONDS) : 0;
}

const struct part *tally_part(const struct tally *t)
{
	return &t->part;
}

size_t tally_bins(const struct tally *t)
{
	return t->bins;
}

uint64_t tally_rows(const struct tally *t)
{
	return t->rows;
}

const struct selection *tally_selection(const struct tally *t, size_t line)
{
	return &t->selection[t->of_line[line]];
}

const struct selection *tally_everything(const struct tally *t)
{
	return &t->selection[t->everything];
}

size_t tally_peerings(const struct tally *t)
{
	return t->n_peerings;
}

const struct peering_slot *tally_peering(const struct tally *t, size_t slot)
{
	return &t->peering[slot];
}

size_t tally_meters(const struct tally *t)
{
	return t->n_meters;
}

const struct meter_slot *tally_meter(const struct tally *t, size_t slot)
{
	return &t->meter[slot];
}

/* Raises each bin's state to the slot's where that is worse. */
static void worsen(const struct tally *t, uint8_t *states, size_t slot)
{
	const uint8_t *state = t->peering[slot].state;

	for (size_t i = 0; i < t->bins; i++) {
		uint8_t here = state[i] ? (uint8_t)(state[i] - 1) : BIN_MISSING;

		if (here > states[i])
			states[i] = here;
	}
}

uint8_t *tally_states(const struct tally *t, const struct selection *s)
{
	uint8_t *states = mem_alloc(t->bins);
	bool any = false;

	for (size_t i = 0; i < t->n_peerings; i++) {
		if (s && !s->has[i])
			continue;
		worsen(t, states, i);
		any = true;
	}
	if (!any)
		memset(states, BIN_MISSING, t->bins);
	return states;
}

uint8_t *tally_peering_states(const struct tally *t, size_t slot)
{
	uint8_t *states = mem_alloc(t->bins);

	worsen(t, states, slot);
	return states;
}
