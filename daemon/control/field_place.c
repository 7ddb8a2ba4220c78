/* SPDX-License-Identifier: BSD-3-Clause */
/* Where a link begins and ends, for the map of the routes: NAME, or NAME @ X,Y. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "field.h"

#define NAME_MOST 64u

/* "X,Y", each 0 to 100. */
static bool position(const char *text, size_t size, struct config_place *p)
{
	const char *comma = memchr(text, ',', size);
	uint64_t x, y;

	if (!comma || !field_number(text, (size_t)(comma - text), 0, 100, &x) ||
		!field_number(comma + 1, size - (size_t)(comma + 1 - text), 0, 100, &y))
		return false;
	p->placed = true;
	p->x = (uint8_t)x;
	p->y = (uint8_t)y;
	return true;
}

int field_place(const char *text, size_t size, void *at)
{
	const char *mark = memmem(text, size, " @ ", 3);
	size_t name = mark ? (size_t)(mark - text) : size;
	struct config_place p = { .placed = false }, *place = at;

	if (!name || name > NAME_MOST || (mark && !position(mark + 3, size - name - 3, &p)))
		return -EINVAL;
	p.name = field_copy(text, name);
	free(place->name);
	*place = p;
	return 0;
}
