/* SPDX-License-Identifier: BSD-3-Clause */
#include "snapshot.h"

#include <stdlib.h>
#include <string.h>

#include "text.h"

struct snapshot {
	const struct layout *layout;
	struct cellbook *book;
	const struct cell_name **name; /* [n_slots], found when a cell counts for the first time */
};

struct snapshot *snapshot_new(const struct layout *layout, struct cellbook *book)
{
	struct snapshot *s = mem_alloc(sizeof(*s));

	s->layout = layout;
	s->book = book;
	s->name = mem_array(layout->n_slots, sizeof(*s->name));
	return s;
}

void snapshot_free(struct snapshot *s)
{
	if (!s)
		return;
	free(s->name);
	free(s);
}

static const struct cell_name *find_name(struct snapshot *s, uint32_t slot)
{
	const struct layout_cell c = layout_cell(s->layout, slot);
	const struct layout_peering *p = &s->layout->peering[c.peering];
	struct cell_name name = { .direction = c.direction, .family = c.family };

	memcpy(name.link, p->link, NAME_SIZE);
	memcpy(name.partner, p->partner, NAME_SIZE);
	memcpy(name.peering, p->name, NAME_SIZE);
	memcpy(name.class, c.class, strlen(c.class) + 1);
	memcpy(name.cos, c.cos, strlen(c.cos) + 1);
	return cellbook_intern(s->book, &name);
}

static struct counters sum_slot(struct bank *const *bank, size_t n, uint32_t slot)
{
	struct counters sum = { 0 };

	for (size_t i = 0; i < n; i++) {
		const struct counters *c = &bank[i]->slot[slot].count;

		sum.packets += c->packets;
		sum.l2_bytes += c->l2_bytes;
		sum.l3_bytes += c->l3_bytes;
	}
	return sum;
}

static void take_tap(struct tap_count *out, const char *name, struct bank *const *bank, size_t n,
	uint32_t tap, uint64_t missed)
{
	struct counters unknown = sum_slot(bank, n, tap);

	*out = (struct tap_count){ .unknown_packets = unknown.packets,
		.unknown_l2_bytes = unknown.l2_bytes,
		.missed = missed };
	memcpy(out->name, name, NAME_SIZE);
	for (size_t i = 0; i < n; i++) {
		const struct bank_tap *t = &bank[i]->tap[tap];

		out->packets += t->packets;
		out->l2_bytes += t->l2_bytes;
		out->malformed += t->malformed;
		out->late += t->late;
	}
}

/* How many cells counted something: the records of the interval. */
static size_t count_records(const struct layout *l, struct bank *const *bank, size_t n)
{
	size_t records = 0;

	for (uint32_t slot = l->n_taps; slot < l->n_slots; slot++) {
		uint64_t any = 0;

		for (size_t i = 0; i < n; i++)
			any |= bank[i]->slot[slot].count.packets;
		records += any != 0;
	}
	return records;
}

struct interval *snapshot_take(
	struct snapshot *s, struct bank *const *bank, size_t n, const uint64_t *missed)
{
	const struct layout *l = s->layout;
	struct interval *iv = interval_new(l->n_taps, count_records(l, bank, n));
	size_t at = 0;

	for (uint32_t tap = 0; tap < l->n_taps; tap++)
		take_tap(&iv->taps[tap], l->tap[tap], bank, n, tap, missed ? missed[tap] : 0);
	for (uint32_t slot = l->n_taps; slot < l->n_slots; slot++) {
		struct counters sum = sum_slot(bank, n, slot);

		if (!sum.packets)
			continue;
		if (!s->name[slot])
			s->name[slot] = find_name(s, slot);
		iv->records[at++] = (struct record){ .cell = s->name[slot], .count = sum };
	}
	interval_sort(iv);
	return iv;
}
