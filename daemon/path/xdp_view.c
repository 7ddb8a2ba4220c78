/* SPDX-License-Identifier: BSD-3-Clause */
#include "xdp_view.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

#define MAX_SPREAD (UINT32_C(1) << 22)

static uint32_t pages_of(size_t bytes)
{
	return (uint32_t)((bytes + METER_PAGE - 1) / METER_PAGE);
}

/* Copies the entries into a table of `room`. False when one lies too far from its place. */
static bool spread_in(struct match *to, const struct match *from, uint32_t room)
{
	to->mask = room - 1;
	to->entry = mem_array(room, sizeof(*to->entry));
	for (uint32_t i = 0; i <= from->mask; i++) {
		const struct match_entry *e = &from->entry[i];
		uint32_t at = match_hash(e->vlan, e->mac), k = 0;

		if (!e->vlan)
			continue;
		while (k < METER_MAX_PROBES && to->entry[(at + k) & to->mask].vlan)
			k++;
		if (k == METER_MAX_PROBES) {
			free(to->entry);
			return false;
		}
		to->entry[(at + k) & to->mask] = *e;
	}
	return true;
}

static int spread(struct match *to, const struct match *from)
{
	for (uint32_t room = from->mask + 1; room <= MAX_SPREAD; room *= 2)
		if (spread_in(to, from, room))
			return 0;
	to->entry = NULL;
	return -E2BIG;
}

static uint32_t reserve(struct xdp_view *x, size_t bytes)
{
	uint32_t first = x->n_pages;

	x->n_pages += pages_of(bytes);
	return first;
}

int xdp_view_plan(struct xdp_view *x, const struct view *view)
{
	const struct layout *l = &view->layout;
	struct meter_settings *s = &x->common;

	*x = (struct xdp_view){ .view = view };
	s->n_taps = l->n_taps;
	s->cells_per_side = l->cells_per_side;
	s->n_cos = l->n_cos;
	s->slots = (l->n_taps + 1) / 2 * 2; /* slots begin at a cache line */
	s->stride = (s->slots + l->n_slots + 1) / 2 * 2;
	memcpy(s->cos, view->cos, sizeof(s->cos));
	s->by24_4 = reserve(x, ((size_t)1 << 24) * sizeof(*view->lpm4.by24));
	s->base_4 = reserve(x, ((size_t)1 << 16) * sizeof(*view->lpm4.base));
	s->block_4 = reserve(x, view->lpm4.n_blocks * 256 * sizeof(*view->lpm4.block));
	s->root_6 = reserve(x, ((size_t)1 << 16) * sizeof(*view->lpm6.root));
	s->table_6 = reserve(x, view->lpm6.n_tables * sizeof(*view->lpm6.table));
	s->node_6 = reserve(x, view->lpm6.n_nodes * sizeof(*view->lpm6.node));
	s->deeper_6 = reserve(x, view->lpm6.n_deeper * sizeof(*view->lpm6.deeper));
	x->match = mem_array(l->n_taps, sizeof(*x->match));
	x->match_page = mem_array(l->n_taps, sizeof(*x->match_page));
	for (uint32_t tap = 0; tap < l->n_taps; tap++) {
		if (spread(&x->match[tap], &view->tap[tap].match)) {
			xdp_view_free(x);
			return -E2BIG;
		}
		x->match_page[tap] =
			reserve(x, ((size_t)x->match[tap].mask + 1) * sizeof(*x->match[tap].entry));
	}
	return 0;
}

void xdp_view_free(struct xdp_view *x)
{
	for (uint32_t tap = 0; x->match && tap < x->common.n_taps; tap++)
		free(x->match[tap].entry);
	free(x->match);
	free(x->match_page);
	*x = (struct xdp_view){ 0 };
}

static void put(void *pages, uint32_t page, const void *table, size_t bytes)
{
	memcpy((char *)pages + (size_t)page * METER_PAGE, table, bytes);
}

/* Pages of zeros are left alone: reading them from `table` costs nothing there, nor does it here. */
static void put_sparse(void *pages, uint32_t page, const void *table, size_t bytes)
{
	static const char zeros[METER_PAGE];

	for (size_t at = 0; at < bytes; at += METER_PAGE)
		if (memcmp((const char *)table + at, zeros, METER_PAGE))
			put(pages, page + (uint32_t)(at / METER_PAGE), (const char *)table + at, METER_PAGE);
}

void xdp_view_write(const struct xdp_view *x, void *pages)
{
	const struct meter_settings *s = &x->common;
	const struct lpm4 *l4 = &x->view->lpm4;
	const struct lpm6 *l6 = &x->view->lpm6;

	put_sparse(pages, s->by24_4, l4->by24, ((size_t)1 << 24) * sizeof(*l4->by24));
	put_sparse(pages, s->base_4, l4->base, ((size_t)1 << 16) * sizeof(*l4->base));
	put(pages, s->block_4, l4->block, l4->n_blocks * 256 * sizeof(*l4->block));
	put(pages, s->root_6, l6->root, ((size_t)1 << 16) * sizeof(*l6->root));
	put(pages, s->table_6, l6->table, l6->n_tables * sizeof(*l6->table));
	put(pages, s->node_6, l6->node, l6->n_nodes * sizeof(*l6->node));
	put(pages, s->deeper_6, l6->deeper, l6->n_deeper * sizeof(*l6->deeper));
	for (uint32_t tap = 0; tap < x->view->layout.n_taps; tap++)
		put(pages, x->match_page[tap], x->match[tap].entry,
			((size_t)x->match[tap].mask + 1) * sizeof(*x->match[tap].entry));
}

void xdp_view_settings(const struct xdp_view *x, uint32_t tap, struct meter_settings *settings,
	uint32_t direct[static MATCH_VIDS])
{
	const struct match *m = &x->view->tap[tap].match;

	*settings = x->common;
	settings->tap = tap;
	settings->direction = x->view->tap[tap].direction;
	settings->match_page = x->match_page[tap];
	settings->match_mask = x->match[tap].mask;
	settings->n_shapes = m->n_shapes;
	memcpy(settings->shape, m->shape, sizeof(settings->shape));
	memcpy(direct, m->direct, sizeof(m->direct));
}
