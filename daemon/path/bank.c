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

struct bank *bank_new(const struct layout *l)
{
	size_t size = taps_size(l) + l->n_slots * sizeof(struct bank_slot);
	char *memory = table_memory_new(size);
	struct bank *b;

	if (!memory)
		return NULL;
	b = mem_alloc(sizeof(*b));
	b->n_taps = l->n_taps;
	b->n_slots = l->n_slots;
	b->size = size;
	b->tap = (void *)memory;
	b->slot = (void *)(memory + taps_size(l));
	return b;
}

void bank_clear(struct bank *b)
{
	memset(b->tap, 0, b->size);
}

void bank_free(struct bank *b)
{
	if (!b)
		return;
	table_memory_free(b->tap, b->size);
	free(b);
}
