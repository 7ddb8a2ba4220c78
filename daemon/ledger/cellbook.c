/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Entries live in blocks that never move, found by number through the list of blocks and by name
 * through an open-addressed table of numbers that is kept at most half full.
 */
#include "cellbook.h"

#include <stdlib.h>
#include <string.h>

#include "text.h"

#define BLOCK 256u /* entries a block */

struct cellbook {
	struct cell_name **block;
	uint32_t count;
	uint32_t *slot; /* entry number + 1; 0: empty */
	uint32_t mask;	/* slots - 1 */
};

const char *const direction_name[DIRECTIONS] = { "ingress", "egress" };
const char *const family_name[FAMILIES] = { "ipv4", "ipv6", "other" };

struct cellbook *cellbook_new(void)
{
	struct cellbook *book = mem_alloc(sizeof(*book));

	book->mask = 2 * BLOCK - 1;
	book->slot = mem_array(book->mask + 1, sizeof(*book->slot));
	return book;
}

void cellbook_free(struct cellbook *book)
{
	if (!book)
		return;
	for (uint32_t i = 0; i < book->count; i += BLOCK)
		free(book->block[i / BLOCK]);
	free(book->block);
	free(book->slot);
	free(book);
}

uint32_t cellbook_count(const struct cellbook *book)
{
	return book->count;
}

const struct cell_name *cellbook_at(const struct cellbook *book, uint32_t id)
{
	return &book->block[id / BLOCK][id % BLOCK];
}

/* FNV-1a, 64 bits, folded. */
static uint64_t hash_string(uint64_t h, const char *s)
{
	do
		h = (h ^ (uint8_t)*s) * UINT64_C(0x100000001b3);
	while (*s++);
	return h;
}

static uint32_t hash(const struct cell_name *n)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325) ^ ((uint64_t)n->direction << 8 | n->family);

	h = hash_string(h, n->link);
	h = hash_string(h, n->partner);
	h = hash_string(h, n->peering);
	h = hash_string(h, n->class);
	h = hash_string(h, n->cos);
	return (uint32_t)(h ^ h >> 32);
}

int cell_name_compare(const struct cell_name *a, const struct cell_name *b)
{
	int order = strcmp(a->peering, b->peering);

	if (!order)
		order = strcmp(direction_name[a->direction], direction_name[b->direction]);
	if (!order)
		order = strcmp(a->class, b->class);
	if (!order)
		order = strcmp(a->cos, b->cos);
	if (!order)
		order = strcmp(family_name[a->family], family_name[b->family]);
	if (!order)
		order = strcmp(a->partner, b->partner);
	if (!order)
		order = strcmp(a->link, b->link);
	return order;
}

/* The slot that holds `name`, or the empty one where it belongs. */
static uint32_t *find(const struct cellbook *book, const struct cell_name *name)
{
	uint32_t at = hash(name) & book->mask;

	while (book->slot[at] && cell_name_compare(cellbook_at(book, book->slot[at] - 1), name))
		at = (at + 1) & book->mask;
	return &book->slot[at];
}

static void widen(struct cellbook *book)
{
	free(book->slot);
	book->mask = 2 * book->mask + 1;
	book->slot = mem_array((size_t)book->mask + 1, sizeof(*book->slot));
	for (uint32_t i = 0; i < book->count; i++)
		*find(book, cellbook_at(book, i)) = i + 1;
}

const struct cell_name *cellbook_intern(struct cellbook *book, const struct cell_name *name)
{
	uint32_t *slot = find(book, name), id = book->count;
	struct cell_name *entry;

	if (*slot)
		return cellbook_at(book, *slot - 1);
	if (id % BLOCK == 0) {
		book->block = mem_grow(book->block, id / BLOCK + 1, sizeof(*book->block));
		book->block[id / BLOCK] = mem_array(BLOCK, sizeof(**book->block));
	}
	entry = &book->block[id / BLOCK][id % BLOCK];
	*entry = *name;
	entry->id = id;
	*slot = ++book->count;
	if (book->count > book->mask / 2)
		widen(book);
	return entry;
}
