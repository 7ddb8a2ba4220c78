/* SPDX-License-Identifier: BSD-3-Clause */
#include "bank.h"

#include <stdlib.h>
#include <string.h>

#include "table_memory.h"
#include "text.h"

#define LINE ((size_t)64)

static size_t taps_size(const struct layout *l)
{
	return (l->n_taps * sizeof(struct bank_tap) + LINE - 1) / LINE * LINE;
}

size_t bank_size(const struct layout *l)
{
	size_t size = sizeof(struct bank_head) + taps_size(l) + l->n_slots * sizeof(struct bank_slot);

	return (size + LINE - 1) / LINE * LINE;
}

struct bank *bank_at(const struct layout *l, void *memory)
{
	struct bank *b = mem_alloc(sizeof(*b));
	char *at = memory;

	b->n_taps = l->n_taps;
	b->n_slots = l->n_slots;
	b->size = bank_size(l);
	b->head = memory;
	b->tap = (void *)(at + sizeof(*b->head));
	b->slot = (void *)(at + sizeof(*b->head) + taps_size(l));
	return b;
}

struct bank *bank_new(const struct layout *l)
{
	void *memory = table_memory_new(bank_size(l));
	struct bank *b;

	if (!memory)
		return NULL;
	b = bank_at(l, memory);
	b->owned = true;
	return b;
}

void bank_clear(struct bank *b)
{
	memset(b->head, 0, b->size);
}

void bank_free(struct bank *b)
{
	if (b && b->owned)
		table_memory_free(b->head, b->size);
	free(b);
}

void bank_settle(struct bank *b)
{
	uint64_t packets = 0, l2_bytes = 0; /* in slots, and in no tap */

	for (uint32_t i = 0; i < b->n_slots; i++) {
		packets += b->slot[i].count.packets;
		l2_bytes += b->slot[i].count.l2_bytes;
	}
	for (uint32_t i = 0; i < b->n_taps; i++) {
		packets -= b->tap[i].packets;
		l2_bytes -= b->tap[i].l2_bytes;
	}
	if (b->head->tap_in_hand < b->n_taps) {
		b->tap[b->head->tap_in_hand].packets += packets;
		b->tap[b->head->tap_in_hand].l2_bytes += l2_bytes;
	}
}
