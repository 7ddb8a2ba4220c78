/* SPDX-License-Identifier: BSD-3-Clause */
#include "statement.h"

#include <stdlib.h>
#include <string.h>

#include "tally.h"
#include "text.h"

static void add_quality(struct statement *st, const struct tally *t)
{
	uint8_t *state = tally_states(t, NULL);

	for (size_t i = 0; i < tally_bins(t) - tally_ahead(t); i++)
		st->quality.bins[state[i]]++;
	st->quality.all += tally_bins(t) - tally_ahead(t);
	for (size_t m = 0; m < tally_meters(t); m++)
		for (size_t i = 0; i < tally_bins(t); i++)
			st->quality.missed += tally_meter(t, m)->missed[i];
	free(state);
}

static void add_meters(struct statement *st, const struct tally *t)
{
	for (size_t m = 0; m < tally_meters(t); m++) {
		const char *name = tally_meter(t, m)->name;
		size_t i = 0;

		while (i < st->n_meters && strcmp(st->meters[i].name, name) < 0)
			i++;
		if (i < st->n_meters && !strcmp(st->meters[i].name, name))
			continue;
		st->meters = mem_grow(st->meters, st->n_meters + 1, sizeof(*st->meters));
		memmove(&st->meters[i + 1], &st->meters[i], (st->n_meters - i) * sizeof(*st->meters));
		st->meters[i] = (struct statement_meter){ 0 };
		memcpy(st->meters[i].name, name, NAME_SIZE);
		st->n_meters++;
	}
}

static int by_peering(const void *a, const void *b)
{
	return strcmp(((const struct statement_link *)a)->peering, ((const struct statement_link *)b)->peering);
}

/* The capacities that bound the missing bins: a statement names them, so that it can be recomputed where the
 * configuration is not at hand. */
static void add_links(struct statement *st, const struct tally *t, const struct world *w)
{
	if (!w || tally_part(t)->contract->ceiling || !st->quality.bins[BIN_MISSING])
		return;
	for (size_t i = 0; i < tally_peerings(t); i++) {
		const struct world_peering *p = world_find(w, tally_peering(t, i)->name);
		size_t k = 0;

		while (p && k < st->n_links && strcmp(st->links[k].peering, p->name))
			k++;
		if (!p || !p->capacity || k < st->n_links)
			continue;
		st->links = mem_grow(st->links, st->n_links + 1, sizeof(*st->links));
		st->links[k] = (struct statement_link){ .capacity = p->capacity };
		memcpy(st->links[k].peering, p->name, NAME_SIZE);
		memcpy(st->links[k].link, p->link, NAME_SIZE);
		st->n_links++;
	}
	if (st->n_links)
		qsort(st->links, st->n_links, sizeof(*st->links), by_peering);
}

static void add_plot(struct statement *st, const struct tally *t, size_t part)
{
	const struct selection *all = tally_everything(t);
	struct plot_series *p = &st->plot[part];
	size_t size = tally_bins(t) * sizeof(u128);

	*p = (struct plot_series){ tally_part(t)->from, tally_bins(t), { NULL, NULL }, tally_states(t, NULL) };
	for (int d = 0; d < DIRECTIONS; d++) {
		p->bytes[d] = mem_alloc(size);
		memcpy(p->bytes[d], all->sum.bytes[d], size);
	}
}

static void add_totals(struct statement *st, struct exact_pool *pool)
{
	st->total = st->low = st->high = exact_int(pool, 0);
	for (size_t i = 0; i < st->n_lines; i++) {
		const struct statement_line *l = &st->lines[i];

		st->total = exact_add(pool, st->total, l->amount);
		st->low = exact_add(pool, st->low, l->low);
		st->high = st->high && l->high ? exact_add(pool, st->high, l->high) : NULL;
	}
}

void statement_add_tally(struct statement *st, const struct tally *t, size_t part)
{
	add_quality(st, t);
	add_meters(st, t);
	add_plot(st, t, part);
}

void statement_finish(struct statement *st, struct exact_pool *pool, const struct tally *const *parts,
	const struct world *w)
{
	for (size_t i = 0; i < st->n_parts; i++)
		add_links(st, parts[i], w);
	add_totals(st, pool);
	/* More than 5 %: missing / all > 1 / 20. */
	st->provisional = st->quality.bins[BIN_MISSING] * 20 > st->quality.all;
}

void statement_free(struct statement *st)
{
	if (!st)
		return;
	for (size_t i = 0; i < st->n_lines; i++)
		metered_clear(&st->lines[i].metered);
	for (size_t i = 0; i < st->n_parts; i++) {
		for (int d = 0; d < DIRECTIONS; d++)
			free(st->plot[i].bytes[d]);
		free(st->plot[i].state);
	}
	free(st->plot);
	free(st->lines);
	free(st->parts);
	free(st->meters);
	free(st->links);
	evidence_clear(&st->evidence);
	free(st->seal.reason);
	free(st->seal.difference);
	free(st);
}
