/* SPDX-License-Identifier: BSD-3-Clause */
#include "lpm4.h"

#include <errno.h>

#include "table_memory.h"

#define N24 ((size_t)1 << 24)
#define N16 ((size_t)1 << 16)

static size_t block_bytes(size_t n_blocks)
{
	return (n_blocks + 1) * 256 * sizeof(uint16_t);
}

/* Counts the /24 that hold a prefix longer than 24 (sorted routes visit each once) and gives every /16 the
 * number of its first block. */
static size_t number_blocks(struct lpm4 *t, const struct lpm4_route *routes, size_t n)
{
	size_t blocks = 0, next16 = 0;
	uint32_t last = UINT32_MAX;

	for (size_t i = 0; i < n; i++) {
		uint32_t slash24 = routes[i].address >> 8;

		if (routes[i].length <= 24 || slash24 == last)
			continue;
		last = slash24;
		while (next16 <= slash24 >> 8)
			t->base[next16++] = (uint32_t)blocks;
		blocks++;
	}
	while (next16 < N16)
		t->base[next16++] = (uint32_t)blocks;
	return blocks;
}

static void fill(uint16_t *at, size_t n, uint16_t value)
{
	for (size_t i = 0; i < n; i++)
		at[i] = value;
}

static void write_short(struct lpm4 *t, const struct lpm4_route *r)
{
	fill(t->by24 + (r->address >> 8), (size_t)1 << (24 - r->length), r->value);
}

static void write_long(struct lpm4 *t, const struct lpm4_route *r, size_t *next)
{
	uint16_t *entry = &t->by24[r->address >> 8];
	uint32_t base = t->base[r->address >> 16];

	if (!(*entry & LPM4_BLOCK)) {
		fill(t->block + *next * 256, 256, *entry);
		*entry = (uint16_t)(LPM4_BLOCK | (*next - base));
		(*next)++;
	}
	fill(t->block + (size_t)(base + (*entry & ~LPM4_BLOCK)) * 256 + (r->address & 255),
		(size_t)1 << (32 - r->length), r->value);
}

int lpm4_build(struct lpm4 *t, const struct lpm4_route *routes, size_t n)
{
	size_t next = 0;

	*t = (struct lpm4){ 0 };
	t->by24 = table_memory_new(N24 * sizeof(*t->by24));
	t->base = table_memory_new(N16 * sizeof(*t->base));
	if (t->by24 && t->base) {
		t->n_blocks = number_blocks(t, routes, n);
		t->block = table_memory_new(block_bytes(t->n_blocks));
	}
	if (!t->block) {
		lpm4_free(t);
		return -ENOMEM;
	}
	/* In the order of (address, length) a prefix comes after all that contain it, so that what is written
	 * last is the longest. */
	for (size_t i = 0; i < n; i++) {
		if (routes[i].length <= 24)
			write_short(t, &routes[i]);
		else
			write_long(t, &routes[i], &next);
	}
	return 0;
}

void lpm4_free(struct lpm4 *t)
{
	table_memory_free(t->by24, N24 * sizeof(*t->by24));
	table_memory_free(t->base, N16 * sizeof(*t->base));
	table_memory_free(t->block, block_bytes(t->n_blocks));
	*t = (struct lpm4){ 0 };
}

size_t lpm4_bytes(const struct lpm4 *t)
{
	return N24 * sizeof(*t->by24) + N16 * sizeof(*t->base) + block_bytes(t->n_blocks);
}
