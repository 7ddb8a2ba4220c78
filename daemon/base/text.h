/* SPDX-License-Identifier: BSD-3-Clause */
/* A growing byte string. Zero-initialise; text_free() when done. Appending never fails: it aborts when
 * memory ends, as the rest of the control side does (the packet path allocates nothing). */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stddef.h>
#include <stdint.h>

struct text {
	char *data; /* always terminated once something was appended */
	size_t size; /* without the terminator */
	size_t room;
};

void text_add(struct text *t, const char *s, size_t size);
void text_str(struct text *t, const char *s);
void text_printf(struct text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_u64(struct text *t, uint64_t n); /* decimal digits */
void text_json(struct text *t, const char *s); /* a JSON string, with its quotes (RFC 8259 section 7) */
void text_clear(struct text *t);	       /* keeps the room */
void text_free(struct text *t);

/* malloc family that never returns NULL (aborts with a message). */
void *mem_alloc(size_t size);		     /* zeroed */
void *mem_array(size_t n, size_t size);	     /* zeroed, overflow checked */
void *mem_grow(void *p, size_t n, size_t size); /* realloc of an array, overflow checked */
/* Array `*list` of `*n` elements gets room for element `i` if it has none, and some more; new ones are zero. */
void mem_reach(void **list, size_t *n, size_t i, size_t size);
char *mem_dup(const char *s);
char *mem_printf(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
