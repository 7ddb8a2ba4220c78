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

struct check {
	const struct world *w;
	const struct contracts *all;
	const char *where;
	struct diag *d;
};

#define wrong(k, line, ...) diag_at((k)->d, (k)->all->file, line, __VA_ARGS__)

static void check_peerings(
	const struct check *k, const struct contract *c, const struct name_list *l, unsigned line)
{
	for (size_t i = 0; i < l->n; i++) {
		const struct world_peering *p = world_find(k->w, l->name[i]);

		if (!p)
			wrong(k, line, "peering \"%s\" is unknown; it must be in %s", l->name[i], k->where);
		else if (strcmp(p->partner, c->partner))
			wrong(k, line, "peering \"%s\" belongs to partner %s, not to %s", l->name[i], p->partner,
				c->partner);
	}
}

static void check_contract(const struct check *k, const struct contract *c)
{
	if (!has_partner(k->w, c->partner)) {
		wrong(k, c->line, "partner \"%s\" has no peering in %s", c->partner, k->where);
		return;
	}
	check_peerings(k, c, &c->peerings, c->line);
	for (size_t i = 0; i < c->n_lines; i++) {
		const struct contract_line *l = &c->lines[i];

		check_peerings(k, c, &l->peerings, l->line);
		for (size_t m = 0; m < l->classes.n; m++)
			if (!has_class(k->w, l->classes.name[m]))
				wrong(k, l->line, "class \"%s\" is unknown; it must be in %s", l->classes.name[m],
					k->where);
	}
}

void world_check(const struct world *w, const struct contracts *all, const char *id, const char *where,
	struct diag *d)
{
	struct check k = { w, all, where, d };

	for (size_t i = 0; i < all->n; i++)
		if (!id || !strcmp(id, all->contract[i].id))
			check_contract(&k, &all->contract[i]);
}
