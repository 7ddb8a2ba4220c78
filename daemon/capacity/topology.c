/* SPDX-License-Identifier: BSD-3-Clause */
#include "topology.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "canonical.h"
#include "text.h"

/* One zeroed element more. */
#define GROW(t, list) grown((void **)&(t)->list, &(t)->n_##list, sizeof(*(t)->list))

static void *grown(void **list, size_t *n, size_t size)
{
	char *element;

	*list = mem_grow(*list, *n + 1, size);
	element = (char *)*list + (*n)++ * size;
	memset(element, 0, size);
	return element;
}

struct topology *topology_new(void)
{
	return mem_alloc(sizeof(struct topology));
}

void topology_free(struct topology *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < t->n_links; i++)
		free(t->links[i].description);
	for (size_t i = 0; i < t->n_steps; i++)
		free(t->steps[i].reason);
	free(t->links);
	free(t->peerings);
	free(t->classes);
	free(t->shares);
	free(t->steps);
	free(t);
}

/* All elements begin with their name. */
static uint32_t find(const void *list, size_t n, size_t size, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp((const char *)list + i * size, name))
			return (uint32_t)i;
	return TOPOLOGY_NONE;
}

uint32_t topology_find_link(const struct topology *t, const char *name)
{
	return find(t->links, t->n_links, sizeof(*t->links), name);
}

uint32_t topology_find_peering(const struct topology *t, const char *name)
{
	return find(t->peerings, t->n_peerings, sizeof(*t->peerings), name);
}

uint32_t topology_find_class(const struct topology *t, const char *name)
{
	return find(t->classes, t->n_classes, sizeof(*t->classes), name);
}

static void set_name(char out[static NAME_SIZE], const char *name)
{
	snprintf(out, NAME_SIZE, "%s", name);
}

static struct topology_link *add_link(struct topology *t, const char *name, const char *description,
	uint64_t capacity)
{
	struct topology_link *l = GROW(t, links);

	set_name(l->name, name);
	l->description = mem_dup(description);
	l->capacity = capacity;
	return l;
}

static void add_peering(struct topology *t, const char *name, const char *partner, uint32_t link)
{
	struct topology_peering *p = GROW(t, peerings);

	set_name(p->name, name);
	set_name(p->partner, partner);
	p->link = link;
}

static void add_class(struct topology *t, const char *name, uint32_t via)
{
	struct topology_class *c = GROW(t, classes);

	set_name(c->name, name);
	c->via = via;
}

uint32_t topology_learn_peering(struct topology *t, const char *name, const char *partner)
{
	uint32_t known = topology_find_peering(t, name);

	if (known != TOPOLOGY_NONE)
		return known;
	/* A link that happens to have the peering's name is another thing. */
	add_link(t, name, "", 0)->made_up = true;
	add_peering(t, name, partner, (uint32_t)t->n_links - 1);
	return (uint32_t)t->n_peerings - 1;
}

uint32_t topology_learn_class(struct topology *t, const char *name)
{
	uint32_t known = topology_find_class(t, name);

	if (known != TOPOLOGY_NONE)
		return known;
	add_class(t, name, TOPOLOGY_NONE);
	return (uint32_t)t->n_classes - 1;
}

static void add_plans(struct topology *t, const struct config *c)
{
	for (size_t i = 0; i < c->n_failovers; i++) {
		const struct config_failover *f = &c->failovers[i];
		uint32_t class = f->class < 0 ? TOPOLOGY_NONE : (uint32_t)f->class;

		*(struct topology_share *)GROW(t, shares) =
			(struct topology_share){ f->link, f->to, class, f->share };
	}
	for (size_t i = 0; i < c->n_planned; i++) {
		const struct config_planned *p = &c->planned[i];
		struct topology_step *s = GROW(t, steps);

		*s = (struct topology_step){ .link = p->link, .date = p->date, .reason = mem_dup(p->reason) };
		while (!p->rate[s->change])
			s->change++;
		s->rate = p->rate[s->change];
		s->side[DIRECTION_INGRESS] = p->sides != SIDES_EGRESS;
		s->side[DIRECTION_EGRESS] = p->sides != SIDES_INGRESS;
	}
}

/* The first of all: indices are then the configuration's. */
void topology_config(struct topology *t, const struct config *c)
{
	for (size_t i = 0; i < c->n_links; i++)
		add_link(t, c->links[i].name, c->links[i].description, c->links[i].capacity);
	for (size_t i = 0; i < c->n_peerings; i++)
		add_peering(t, c->peerings[i].name, c->partners[c->peerings[i].partner].name,
			c->peerings[i].link);
	for (size_t i = 0; i < c->n_classes; i++)
		add_class(t, c->classes[i].name,
			c->classes[i].via < 0 ? TOPOLOGY_NONE : (uint32_t)c->classes[i].via);
	add_plans(t, c);
}

static void take_line(void *to, const char *line)
{
	struct topology *t = to;
	char name[NAME_SIZE], partner[NAME_SIZE], link[NAME_SIZE];
	unsigned long long capacity;

	if (sscanf(line, "link %32s %llu", name, &capacity) == 2) {
		if (topology_find_link(t, name) == TOPOLOGY_NONE)
			add_link(t, name, "", capacity);
	} else if (sscanf(line, "peering %32s %32s %32s", name, partner, link) == 3) {
		if (topology_find_peering(t, name) == TOPOLOGY_NONE &&
			topology_find_link(t, link) != TOPOLOGY_NONE)
			add_peering(t, name, partner, topology_find_link(t, link));
	}
}

static void take_via(void *to, const char *line)
{
	struct topology *t = to;
	char name[NAME_SIZE], via[NAME_SIZE];

	if (sscanf(line, "class %32s %32s", name, via) == 2 && topology_find_class(t, name) == TOPOLOGY_NONE)
		add_class(t, name, topology_find_peering(t, via));
}

/* Lines are sorted by their first word: a class comes before the peering that it names, and that before
 * none. So they are read twice; what is known stays. */
void topology_canonical(struct topology *t, const char *text)
{
	canonical_lines(text, take_line, t);
	canonical_lines(text, take_via, t);
}
