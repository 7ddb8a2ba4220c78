/* SPDX-License-Identifier: BSD-3-Clause */
#include "world_config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

struct canonical {
	struct link_capacity *link;
	size_t n;
};

static void take_line(struct world *w, struct canonical *c, const char *line)
{
	struct world_peering p = { .capacity = 0 };
	struct link_capacity l;

	if (sscanf(line, "link %32s %llu", l.name, &l.capacity) == 2) {
		c->link = mem_grow(c->link, c->n + 1, sizeof(*c->link));
		c->link[c->n++] = l;
	} else if (sscanf(line, "peering %32s %32s %32s", p.name, p.partner, p.link) == 3) {
		for (size_t i = 0; i < c->n; i++)
			if (!strcmp(c->link[i].name, p.link))
				p.capacity = c->link[i].capacity;
		world_add_peering(w, &p);
	} else if (sscanf(line, "class %32s", p.name) == 1) {
		world_add_class(w, p.name);
	}
}

void world_canonical(struct world *w, const char *text)
{
	struct canonical c = { 0 };
	char line[256];

	while (*text) {
		size_t n = strcspn(text, "\n");

		if (n < sizeof(line)) {
			memcpy(line, text, n);
			line[n] = 0;
			take_line(w, &c, line);
		}
		text += n + (text[n] == '\n');
	}
	free(c.link);
}
