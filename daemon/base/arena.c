/* SPDX-License-Identifier: BSD-3-Clause */
#include "arena.h"

#include <stdlib.h>

#include "text.h"

#define CHUNK_SIZE 65536u

struct arena_chunk {
	struct arena_chunk *next;
	size_t used, room;
	_Alignas(16) char data[];
};

void *arena_alloc(struct arena *a, size_t size)
{
	struct arena_chunk *c = a->chunks;
	void *p;

	size = (size + 15) & ~(size_t)15;
	if (!c || c->room - c->used < size) {
		size_t room = size > CHUNK_SIZE ? size : CHUNK_SIZE;

		c = mem_alloc(sizeof(*c) + room);
		c->room = room;
		c->next = a->chunks;
		a->chunks = c;
	}
	p = c->data + c->used;
	c->used += size;
	return p;
}

void arena_free(struct arena *a)
{
	struct arena_chunk *next;

	for (struct arena_chunk *c = a->chunks; c; c = next) {
		next = c->next;
		free(c);
	}
	a->chunks = NULL;
}
