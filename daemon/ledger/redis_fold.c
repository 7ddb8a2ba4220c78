/* SPDX-License-Identifier: BSD-3-Clause */
#include "redis_fold.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "redis_args.h"
#include "text.h"

#define NONE	   UINT32_MAX
#define HSET_PAIRS 1000 /* in one command: Lua's unpack() ends at 8,000 values */

struct slot {
	const struct cell_name *cell;
	struct counters count;
};

/* The cells of one (peering, partner, link): one field of the bin's hash. */
struct group {
	const struct cell_name *name; /* any cell of it */
	struct slot *slots;	      /* of this bin */
	uint32_t n, room;
	bool changed, unsorted;
};

struct place {
	uint32_t group; /* for ever */
	uint32_t slot;	/* in this bin, or NONE */
};

struct redis_fold {
	int64_t start;
	uint64_t first_seq, last_seq, covered_ms;
	uint64_t packets, unknown, malformed, late, missed;
	struct digest config, chain; /* of the last interval */
	bool changed;
	struct place *places; /* by the cell's id */
	uint32_t n_places;
	struct group *groups;
	uint32_t n_groups;
};

struct redis_fold *redis_fold_new(void)
{
	struct redis_fold *f = mem_alloc(sizeof(*f));

	f->start = -1;
	return f;
}

void redis_fold_free(struct redis_fold *f)
{
	if (!f)
		return;
	for (uint32_t i = 0; i < f->n_groups; i++)
		free(f->groups[i].slots);
	free(f->groups);
	free(f->places);
	free(f);
}

int64_t redis_fold_start(const struct redis_fold *f)
{
	return f->start;
}

void redis_fold_begin(struct redis_fold *f, int64_t start)
{
	for (uint32_t i = 0; i < f->n_groups; i++) {
		struct group *g = &f->groups[i];

		for (uint32_t k = 0; k < g->n; k++)
			f->places[g->slots[k].cell->id].slot = NONE;
		g->n = 0;
		g->changed = g->unsorted = false;
	}
	f->start = start;
	f->first_seq = f->last_seq = f->covered_ms = 0;
	f->packets = f->unknown = f->malformed = f->late = f->missed = 0;
	f->config = f->chain = (struct digest){ 0 };
	f->changed = false;
}

static bool group_fits(const struct group *g, const struct cell_name *c)
{
	return strcmp(g->name->peering, c->peering) == 0 && strcmp(g->name->partner, c->partner) == 0 &&
		strcmp(g->name->link, c->link) == 0;
}

/* Once in a cell's life, so a linear search is good enough. */
static uint32_t fold_group_of(struct redis_fold *f, const struct cell_name *cell)
{
	for (uint32_t i = f->n_groups; i-- > 0;)
		if (group_fits(&f->groups[i], cell))
			return i;
	f->groups = mem_grow(f->groups, f->n_groups + 1, sizeof(*f->groups));
	f->groups[f->n_groups] = (struct group){ .name = cell };
	return f->n_groups++;
}

static struct place *fold_place(struct redis_fold *f, const struct cell_name *cell)
{
	if (cell->id >= f->n_places) {
		uint32_t n = cell->id + 1 > 2 * f->n_places ? cell->id + 1 : 2 * f->n_places;

		f->places = mem_grow(f->places, n, sizeof(*f->places));
		for (uint32_t i = f->n_places; i < n; i++)
			f->places[i] = (struct place){ NONE, NONE };
		f->n_places = n;
	}
	if (f->places[cell->id].group == NONE)
		f->places[cell->id].group = fold_group_of(f, cell);
	return &f->places[cell->id];
}

static struct counters *fold_counters(struct redis_fold *f, const struct cell_name *cell)
{
	struct place *p = fold_place(f, cell);
	struct group *g = &f->groups[p->group];

	g->changed = true;
	if (p->slot != NONE)
		return &g->slots[p->slot].count;
	if (g->n == g->room) {
		g->room = g->room ? 2 * g->room : 4;
		g->slots = mem_grow(g->slots, g->room, sizeof(*g->slots));
	}
	if (g->n && cell_name_compare(g->slots[g->n - 1].cell, cell) > 0)
		g->unsorted = true;
	p->slot = g->n;
	g->slots[g->n] = (struct slot){ .cell = cell };
	return &g->slots[g->n++].count;
}

void redis_fold_add(struct redis_fold *f, const struct interval *iv)
{
	for (size_t i = 0; i < iv->n_records; i++) {
		struct counters *c = fold_counters(f, iv->records[i].cell);

		c->packets += iv->records[i].count.packets;
		c->l2_bytes += iv->records[i].count.l2_bytes;
		c->l3_bytes += iv->records[i].count.l3_bytes;
	}
	for (size_t i = 0; i < iv->n_taps; i++) {
		f->packets += iv->taps[i].packets;
		f->unknown += iv->taps[i].unknown_packets;
		f->malformed += iv->taps[i].malformed;
		f->late += iv->taps[i].late;
		f->missed += iv->taps[i].missed;
	}
	if (!f->first_seq)
		f->first_seq = iv->seq;
	f->last_seq = iv->seq;
	f->covered_ms += iv->covered_ms;
	f->config = iv->config;
	f->chain = iv->chain;
	f->changed = true;
}


void redis_fold_settle(struct redis_fold *f)
{
	for (uint32_t i = 0; i < f->n_groups; i++)
		f->groups[i].changed = false;
	f->changed = false;
}

static int slot_compare(const void *a, const void *b)
{
	return cell_name_compare(((const struct slot *)a)->cell, ((const struct slot *)b)->cell);
}

static void group_sort(struct redis_fold *f, struct group *g)
{
	qsort(g->slots, g->n, sizeof(*g->slots), slot_compare);
	for (uint32_t i = 0; i < g->n; i++)
		f->places[g->slots[i].cell->id].slot = i;
	g->unsorted = false;
}

static void word(struct text *t, const char *s)
{
	text_str(t, s);
	text_add(t, " ", 1);
}

static void number(struct text *t, uint64_t n, char after)
{
	text_u64(t, n);
	text_add(t, &after, 1);
}

static void group_write(struct redis_fold *f, struct group *g, struct redis_args *out)
{
	struct text *t = &out->bytes;

	if (g->unsorted)
		group_sort(f, g);
	redis_args_printf(out, "%s %s %s", g->name->peering, g->name->partner, g->name->link);
	for (uint32_t i = 0; i < g->n; i++) {
		const struct slot *s = &g->slots[i];

		word(t, direction_name[s->cell->direction]);
		word(t, s->cell->class);
		word(t, s->cell->cos);
		word(t, family_name[s->cell->family]);
		number(t, s->count.packets, ' ');
		number(t, s->count.l2_bytes, ' ');
		number(t, s->count.l3_bytes, '\n');
	}
	redis_args_close(out);
}

/* The bin's own line. */
static void fold_write_bin(const struct redis_fold *f, struct redis_args *out)
{
	char hex[DIGEST_HEX_SIZE];
	const uint64_t n[] = { f->first_seq, f->last_seq, f->covered_ms, f->packets, f->unknown,
		f->malformed, f->late, f->missed };

	redis_args_str(out, "bin");
	for (size_t i = 0; i < sizeof(n) / sizeof(*n); i++)
		number(&out->bytes, n[i], ' ');
	word(&out->bytes, digest_hex(hex, &f->config));
	text_str(&out->bytes, digest_hex(hex, &f->chain));
	redis_args_close(out);
}

void redis_fold_write(struct redis_fold *f, unsigned key, struct redis_args *out)
{
	uint32_t left = 1, chunk = 0;

	if (!f->changed)
		return;
	for (uint32_t i = 0; i < f->n_groups; i++)
		left += f->groups[i].changed;
	for (uint32_t i = 0; i <= f->n_groups; i++) {
		if (i < f->n_groups && !f->groups[i].changed)
			continue;
		if (!chunk) {
			chunk = left < HSET_PAIRS ? left : HSET_PAIRS;
			left -= chunk;
			redis_args_str(out, "HSET");
			redis_args_u64(out, key);
			redis_args_u64(out, 2 * chunk);
		}
		chunk--;
		if (i < f->n_groups)
			group_write(f, &f->groups[i], out);
		else
			fold_write_bin(f, out);
	}
	redis_fold_settle(f);
}
