/* SPDX-License-Identifier: BSD-3-Clause */
#include "world_config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "canonical.h"
#include "text.h"

void world_config(struct world *w, const struct config *c)
{
	for (size_t i = 0; i < c->n_peerings; i++) {
		const struct config_link *l = &c->links[c->peerings[i].link];
		struct world_peering p = { .capacity = l->capacity };

		memcpy(p.name, c->peerings[i].name, NAME_SIZE);
		memcpy(p.partner, c->partners[c->peerings[i].partner].name, NAME_SIZE);
		memcpy(p.link, l->name, NAME_SIZE);
		world_add_peering(w, &p);
	}
	for (size_t i = 0; i < c->n_classes; i++)
		world_add_class(w, c->classes[i].name);
}

/* Links come before peerings: the lines are sorted by their first word. */
struct link_capacity {
	char name[NAME_SIZE];
	unsigned long long capacity;
};

struct reading {
	struct world *world;
	struct link_capacity *link;
	size_t n;
};

static void take_line(void *to, const char *line)
{
	struct reading *r = to;
	struct world_peering p = { .capacity = 0 };
	struct link_capacity l;

	if (sscanf(line, "link %32s %llu", l.name, &l.capacity) == 2) {
		r->link = mem_grow(r->link, r->n + 1, sizeof(*r->link));
		r->link[r->n++] = l;
	} else if (sscanf(line, "peering %32s %32s %32s", p.name, p.partner, p.link) == 3) {
		for (size_t i = 0; i < r->n; i++)
			if (!strcmp(r->link[i].name, p.link))
				p.capacity = r->link[i].capacity;
		world_add_peering(r->world, &p);
	} else if (sscanf(line, "class %32s", p.name) == 1) {
		world_add_class(r->world, p.name);
	}
}

void world_canonical(struct world *w, const char *text)
{
	struct reading r = { .world = w };

	canonical_lines(text, take_line, &r);
	free(r.link);
}
