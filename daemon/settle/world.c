/* SPDX-License-Identifier: BSD-3-Clause */
#include "world.h"

#include <stdlib.h>
#include <string.h>

#include "text.h"

void world_free(struct world *w)
{
	if (!w)
		return;
	free(w->peering);
	free(w->class);
	free(w);
}

const struct world_peering *world_find(const struct world *w, const char *peering)
{
	for (size_t i = 0; i < w->n; i++)
		if (!strcmp(w->peering[i].name, peering))
			return &w->peering[i];
	return NULL;
}

void world_add_peering(struct world *w, const struct world_peering *p)
{
	struct world_peering *known = (struct world_peering *)world_find(w, p->name);

	if (!known) {
		w->peering = mem_grow(w->peering, w->n + 1, sizeof(*w->peering));
		known = &w->peering[w->n++];
	}
	*known = *p;
}

static bool has_class(const struct world *w, const char *name)
{
	if (!strcmp(name, CLASS_UNROUTED) || !strcmp(name, CLASS_NON_IP))
		return true;
	for (size_t i = 0; i < w->n_classes; i++)
		if (!strcmp(w->class[i], name))
			return true;
	return false;
}

void world_add_class(struct world *w, const char *name)
{
	if (has_class(w, name))
		return;
	w->class = mem_grow(w->class, w->n_classes + 1, sizeof(*w->class));
	memset(w->class[w->n_classes], 0, NAME_SIZE);
	strncpy(w->class[w->n_classes++], name, NAME_SIZE - 1);
}

static bool has_partner(const struct world *w, const char *name)
{
	for (size_t i = 0; i < w->n; i++)
		if (!strcmp(w->peering[i].partner, name))
			return true;
	return false;
}

static void check_peerings(const struct world *w, const struct contracts *all, const struct contract *c,
	const struct name_list *l, unsigned line, struct diag *d)
{
	for (size_t i = 0; i < l->n; i++) {
		const struct world_peering *p = world_find(w, l->name[i]);

		if (!p)
			diag_at(d, all->file, line, "peering \"%s\" is unknown; it must be in the meter's "
						    "configuration", l->name[i]);
		else if (strcmp(p->partner, c->partner))
			diag_at(d, all->file, line, "peering \"%s\" belongs to partner %s, not to %s", l->name[i],
				p->partner, c->partner);
	}
}

void world_check(const struct world *w, const struct contracts *all, struct diag *d)
{
	for (size_t i = 0; i < all->n; i++) {
		const struct contract *c = &all->contract[i];

		if (!has_partner(w, c->partner)) {
			diag_at(d, all->file, c->line, "partner \"%s\" has no peering in the meter's "
						       "configuration", c->partner);
			continue;
		}
		check_peerings(w, all, c, &c->peerings, c->line, d);
		for (size_t k = 0; k < c->n_lines; k++) {
			const struct contract_line *l = &c->lines[k];

			check_peerings(w, all, c, &l->peerings, l->line, d);
			for (size_t m = 0; m < l->classes.n; m++)
				if (!has_class(w, l->classes.name[m]))
					diag_at(d, all->file, l->line, "class \"%s\" is unknown; it must be in the "
								       "meter's configuration",
						l->classes.name[m]);
		}
	}
}
