/* SPDX-License-Identifier: BSD-3-Clause */
/* Memory that is given back all at once. Zero-initialise; arena_free() when done. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>

struct arena_chunk;

struct arena {
	struct arena_chunk *chunks;
};

/* Zeroed, aligned to 16 bytes, never NULL (see mem_alloc). Valid until arena_free(). */
void *arena_alloc(struct arena *a, size_t size);
void arena_free(struct arena *a);

#endif
