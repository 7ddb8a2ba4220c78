/* SPDX-License-Identifier: BSD-3-Clause */
/* A list's names and what they stand for: found in constant time, also a million times over. Owns copies
 * of the names. Zero-initialise; names_free() when done. */
#ifndef CONTROL_NAMES_H
#define CONTROL_NAMES_H

#include <stddef.h>
#include <stdint.h>

#include "text.h"
#include "transitd/words.h"

struct name {
	char text[NAME_SIZE];
	uint8_t size;
	unsigned value; /* an index, as a rule */
	unsigned line;	/* where it was given */
};

struct names {
	struct name *all;
	size_t n, room;
	uint32_t *slot; /* index into all, plus 1; 0: free */
	size_t n_slots; /* a power of two, more than 2 * n */
};

const struct name *names_find(const struct names *s, const char *text, size_t size);

/* NULL when added, else the entry that has the name already. `text` fits a struct name. */
const struct name *names_add(struct names *s, const char *text, unsigned value, unsigned line);

/* Appends "a, b, c" in the order of adding, cut short after a dozen; "none" if there are none. */
void names_list(const struct names *s, struct text *out);

void names_free(struct names *s);

#endif
