/* SPDX-License-Identifier: BSD-3-Clause */
#include "live_totals.h"

#include <stdlib.h>
#include <string.h>

const struct tap_count *live_totals_tap(const struct live_totals *t, const char *name)
{
	for (size_t i = 0; i < t->n_taps; i++)
		if (!strcmp(t->tap[i].name, name))
			return &t->tap[i];
	return NULL;
}

static struct tap_count *tap_of(struct live_totals *t, const char *name)
{
	const struct tap_count *known = live_totals_tap(t, name);

	if (known)
		return (struct tap_count *)known;
	t->tap = mem_grow(t->tap, t->n_taps + 1, sizeof(*t->tap));
	t->tap[t->n_taps] = (struct tap_count){ 0 };
	memcpy(t->tap[t->n_taps].name, name, NAME_SIZE);
	return &t->tap[t->n_taps++];
}

static void add_tap(struct live_totals *t, const struct tap_count *from)
{
	struct tap_count *to = tap_of(t, from->name);

	to->packets += from->packets;
	to->l2_bytes += from->l2_bytes;
	to->unknown_packets += from->unknown_packets;
	to->unknown_l2_bytes += from->unknown_l2_bytes;
	to->malformed += from->malformed;
	to->late += from->late;
	to->missed += from->missed;
}

static uint32_t new_side(struct live_totals *t, const struct cell_name *cell)
{
	struct cell_name name = *cell;
	const struct cell_name *known;
	uint32_t before;

	memset(name.cos, 0, sizeof(name.cos));
	name.family = FAMILY_IPV4;
	if (!t->sides)
		t->sides = cellbook_new();
	before = cellbook_count(t->sides);
	known = cellbook_intern(t->sides, &name);
	if (known->id == before) {
		t->side = mem_grow(t->side, before + 1, sizeof(*t->side));
		t->side[before] = (struct live_side){ .name = known };
	}
	return known->id;
}

static struct live_side *side_of(struct live_totals *t, const struct cell_name *cell)
{
	if (cell->id >= t->n_cells) {
		size_t n = 2 * ((size_t)cell->id + 32);

		t->side_of = mem_grow(t->side_of, n, sizeof(*t->side_of));
		memset(t->side_of + t->n_cells, 0, (n - t->n_cells) * sizeof(*t->side_of));
		t->n_cells = n;
	}
	if (!t->side_of[cell->id])
		t->side_of[cell->id] = new_side(t, cell) + 1;
	return &t->side[t->side_of[cell->id] - 1];
}

void live_totals_add(struct live_totals *t, const struct interval *iv, int64_t now_ns)
{
	t->intervals++;
	t->covered_ms += iv->covered_ms;
	t->spanned_ms += (uint64_t)(iv->end - iv->start) * 1000;
	t->last_covered_ms = iv->covered_ms;
	t->end = iv->end;
	if (iv->origin == ORIGIN_LIVE)
		t->lag_ns = now_ns - iv->end * 1000000000;
	for (size_t i = 0; i < iv->n_taps; i++)
		add_tap(t, &iv->taps[i]);
	for (size_t i = 0; i < iv->n_records; i++) {
		struct live_side *to = side_of(t, iv->records[i].cell);

		to->packets += iv->records[i].count.packets;
		to->l2_bytes += iv->records[i].count.l2_bytes;
		to->l3_bytes += iv->records[i].count.l3_bytes;
	}
}

size_t live_totals_sides(const struct live_totals *t)
{
	return t->sides ? cellbook_count(t->sides) : 0;
}

void live_totals_free(struct live_totals *t)
{
	cellbook_free(t->sides);
	free(t->side);
	free(t->side_of);
	free(t->tap);
}
