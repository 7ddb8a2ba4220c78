/* SPDX-License-Identifier: BSD-3-Clause */
#include "known.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "canonical.h"
#include "text.h"

static void take_line(void *to, const char *line)
{
	struct known *k = to;
	struct known_peering p;
	struct known_tap t;

	if (sscanf(line, "peering %32s %32s %32s", p.name, p.partner, p.link) == 3) {
		k->peering = mem_grow(k->peering, k->n_peerings + 1, sizeof(*k->peering));
		k->peering[k->n_peerings++] = p;
	} else if (sscanf(line, "tap %32s %32s", t.name, t.link) == 2) {
		k->tap = mem_grow(k->tap, k->n_taps + 1, sizeof(*k->tap));
		k->tap[k->n_taps++] = t;
	} else {
		(void)!sscanf(line, "redundant %32s", k->redundant);
	}
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct known_peering *)a)->name, ((const struct known_peering *)b)->name);
}

void known_read(struct known *k, const char *text)
{
	canonical_lines(text, take_line, k);
	if (k->n_peerings)
		qsort(k->peering, k->n_peerings, sizeof(*k->peering), by_name);
}

void known_clear(struct known *k)
{
	free(k->peering);
	free(k->tap);
	*k = (struct known){ .n_peerings = 0 };
}

const char *known_link_of_tap(const struct known *k, const char *tap)
{
	for (size_t i = 0; i < k->n_taps; i++)
		if (!strcmp(k->tap[i].name, tap))
			return k->tap[i].link;
	return NULL;
}
