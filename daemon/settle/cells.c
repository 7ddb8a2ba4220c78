/* SPDX-License-Identifier: BSD-3-Clause */
#include "cells.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

#define MOST_CELLS  500000u  /* 1,024 peerings x 2 directions x 16 classes x 3 families x 4 CoS fit */
#define MOST_BLOCKS 8000000u /* a file that spreads its rows wider is not usage */
#define BLOCK_BINS  512
#define CHUNK	    1024 /* cells never move: they live in chunks */

struct slot {
	uint32_t hash, id;
	char *key; /* NULL: free */
	size_t size;
};

struct block {
	uint64_t key; /* cell << 32 | bin / BLOCK_BINS, plus 1: 0 is free */
	uint64_t seen[BLOCK_BINS / 64];
};

struct cells {
	struct slot *slot;
	size_t slots; /* a power of two, more than half of it free */
	struct row_cell **chunk;
	uint32_t n;
	struct block *block;
	size_t blocks, used;
};

struct cells *cells_new(void)
{
	struct cells *c = mem_alloc(sizeof(*c));

	c->slots = 1024;
	c->slot = mem_array(c->slots, sizeof(*c->slot));
	c->blocks = 1024;
	c->block = mem_array(c->blocks, sizeof(*c->block));
	return c;
}

void cells_free(struct cells *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->slots; i++)
		free(c->slot[i].key);
	for (uint32_t i = 0; i < c->n; i += CHUNK)
		free(c->chunk[i / CHUNK]);
	free(c->slot);
	free(c->chunk);
	free(c->block);
	free(c);
}

/* Eight bytes a step, then a final mix: keys are short and alike. */
static uint32_t hash_of(const char *key, size_t size)
{
	uint64_t h = size * UINT64_C(0x9e3779b97f4a7c15), word;

	for (; size >= 8; key += 8, size -= 8) {
		memcpy(&word, key, 8);
		h = (h ^ word) * UINT64_C(0xff51afd7ed558ccd);
		h ^= h >> 32;
	}
	word = 0;
	memcpy(&word, key, size);
	h = (h ^ word) * UINT64_C(0xff51afd7ed558ccd);
	return (uint32_t)(h >> 32 ^ h);
}

static struct slot *slot_for(const struct cells *c, uint32_t hash, const char *key, size_t size)
{
	size_t i = hash & (c->slots - 1);

	while (c->slot[i].key) {
		struct slot *s = &c->slot[i];

		if (s->hash == hash && s->size == size && !memcmp(s->key, key, size))
			return s;
		i = (i + 1) & (c->slots - 1);
	}
	return &c->slot[i];
}

const struct row_cell *cells_find(const struct cells *c, const char *key, size_t size)
{
	const struct slot *s = slot_for(c, hash_of(key, size), key, size);

	return s->key ? cells_at(c, s->id) : NULL;
}

static void grow_slots(struct cells *c)
{
	struct slot *old = c->slot;
	size_t n = c->slots;

	c->slots *= 2;
	c->slot = mem_array(c->slots, sizeof(*c->slot));
	for (size_t i = 0; i < n; i++)
		if (old[i].key)
			*slot_for(c, old[i].hash, old[i].key, old[i].size) = old[i];
	free(old);
}

const struct row_cell *cells_add(
	struct cells *c, const char *key, size_t size, const struct row_cell *cell)
{
	struct row_cell *copy;
	struct slot *s;

	if (c->n == MOST_CELLS)
		return NULL;
	if (c->n >= c->slots / 2)
		grow_slots(c);
	if (c->n % CHUNK == 0) {
		c->chunk = mem_grow(c->chunk, c->n / CHUNK + 1, sizeof(*c->chunk));
		c->chunk[c->n / CHUNK] = mem_array(CHUNK, sizeof(**c->chunk));
	}
	copy = &c->chunk[c->n / CHUNK][c->n % CHUNK];
	*copy = *cell;
	copy->id = c->n++;
	s = slot_for(c, hash_of(key, size), key, size);
	*s = (struct slot){ hash_of(key, size), copy->id, mem_alloc(size + 1), size };
	memcpy(s->key, key, size);
	return copy;
}

uint32_t cells_count(const struct cells *c)
{
	return c->n;
}

const struct row_cell *cells_at(const struct cells *c, uint32_t id)
{
	return &c->chunk[id / CHUNK][id % CHUNK];
}

static struct block *block_for(const struct cells *c, uint64_t key)
{
	uint64_t h = key * UINT64_C(0x9e3779b97f4a7c15);
	size_t i = (h >> 32) & (c->blocks - 1);

	while (c->block[i].key && c->block[i].key != key)
		i = (i + 1) & (c->blocks - 1);
	return &c->block[i];
}

static void grow_blocks(struct cells *c)
{
	struct block *old = c->block;
	size_t n = c->blocks;

	c->blocks *= 2;
	c->block = mem_array(c->blocks, sizeof(*c->block));
	for (size_t i = 0; i < n; i++)
		if (old[i].key)
			*block_for(c, old[i].key) = old[i];
	free(old);
}

int cells_mark(struct cells *c, uint32_t id, int64_t bin)
{
	uint64_t key = ((uint64_t)id << 32 | (uint64_t)(bin / BLOCK_BINS)) + 1;
	uint64_t bit = UINT64_C(1) << (bin % 64), *word;
	struct block *b = block_for(c, key);

	if (!b->key) {
		if (c->used == MOST_BLOCKS)
			return -E2BIG;
		if (++c->used > c->blocks / 2) {
			grow_blocks(c);
			b = block_for(c, key);
		}
		b->key = key;
	}
	word = &b->seen[bin % BLOCK_BINS / 64];
	if (*word & bit)
		return -EEXIST;
	*word |= bit;
	return 0;
}
