/* SPDX-License-Identifier: BSD-3-Clause */
#include "names.h"

#include <stdlib.h>
#include <string.h>

#define LIST_MOST 12u

static uint32_t hash(const char *text, size_t size)
{
	uint32_t h = 2166136261u; /* FNV-1a */

	for (size_t i = 0; i < size; i++)
		h = (h ^ (unsigned char)text[i]) * 16777619u;
	return h;
}

/* The slot that holds the name, or the free one where it would go. */
static uint32_t *seek(const struct names *s, const char *text, size_t size)
{
	size_t mask = s->n_slots - 1, at = hash(text, size) & mask;

	for (; s->slot[at]; at = (at + 1) & mask) {
		const struct name *n = &s->all[s->slot[at] - 1];

		if (n->size == size && !memcmp(n->text, text, size))
			break;
	}
	return &s->slot[at];
}

const struct name *names_find(const struct names *s, const char *text, size_t size)
{
	uint32_t *slot;

	if (!s->n || size >= NAME_SIZE)
		return NULL;
	slot = seek(s, text, size);
	return *slot ? &s->all[*slot - 1] : NULL;
}

static void grow(struct names *s)
{
	s->room = s->room ? 2 * s->room : 16;
	s->all = mem_grow(s->all, s->room, sizeof(*s->all));
	free(s->slot);
	s->n_slots = 4 * s->room;
	s->slot = mem_array(s->n_slots, sizeof(*s->slot));
	for (size_t i = 0; i < s->n; i++)
		*seek(s, s->all[i].text, s->all[i].size) = (uint32_t)i + 1;
}

const struct name *names_add(struct names *s, const char *text, unsigned value, unsigned line)
{
	size_t size = strlen(text);
	struct name *n;
	uint32_t *slot;

	if (s->n == s->room)
		grow(s);
	slot = seek(s, text, size);
	if (*slot)
		return &s->all[*slot - 1];
	n = &s->all[s->n];
	*n = (struct name){ .size = (uint8_t)size, .value = value, .line = line };
	memcpy(n->text, text, size);
	*slot = (uint32_t)++s->n;
	return NULL;
}

void names_list(const struct names *s, struct text *out)
{
	if (!s->n)
		text_str(out, "none");
	for (size_t i = 0; i < s->n && i < LIST_MOST; i++)
		text_printf(out, "%s%s", i ? ", " : "", s->all[i].text);
	if (s->n > LIST_MOST)
		text_printf(out, " and %zu more", s->n - LIST_MOST);
}

void names_free(struct names *s)
{
	free(s->all);
	free(s->slot);
	*s = (struct names){ 0 };
}
