/* SPDX-License-Identifier: BSD-3-Clause */
#include "top_rates.h"

#include <stdlib.h>
#include <string.h>

#include "text.h"

#define WIRE_BYTES 24 /* preamble, FCS and gap of a packet */

__extension__ typedef unsigned __int128 u128;

static struct top_link *link_of(struct top_rates *r, const char *name)
{
	for (size_t i = 0; i < r->n_links; i++)
		if (!strcmp(r->link[i].name, name))
			return &r->link[i];
	r->link = mem_grow(r->link, r->n_links + 1, sizeof(*r->link));
	r->link[r->n_links] = (struct top_link){ .capacity = 0 };
	strncpy(r->link[r->n_links].name, name, NAME_SIZE - 1);
	return &r->link[r->n_links++];
}

static struct top_peering *peering_of(struct top_rates *r, const char *name, const char *partner, const char *link)
{
	struct top_peering *p;

	for (size_t i = 0; i < r->n_peerings; i++)
		if (!strcmp(r->peering[i].name, name) && !strcmp(r->peering[i].link, link))
			return &r->peering[i];
	r->peering = mem_grow(r->peering, r->n_peerings + 1, sizeof(*r->peering));
	p = &r->peering[r->n_peerings++];
	*p = (struct top_peering){ .name = "" };
	strncpy(p->name, name, NAME_SIZE - 1);
	strncpy(p->partner, partner, NAME_SIZE - 1);
	strncpy(p->link, link, NAME_SIZE - 1);
	return p;
}

void top_rates_begin(struct top_rates *r, const struct config *c)
{
	*r = (struct top_rates){ .n_links = 0 };
	for (size_t i = 0; i < c->n_links; i++)
		link_of(r, c->links[i].name)->capacity = c->links[i].capacity;
	for (size_t i = 0; i < c->n_peerings; i++)
		peering_of(r, c->peerings[i].name, c->partners[c->peerings[i].partner].name,
			c->links[c->peerings[i].link].name);
}

void top_rates_clear(struct top_rates *r)
{
	free(r->link);
	free(r->peering);
	*r = (struct top_rates){ .n_links = 0 };
}

static void count(struct top_side *s, const struct counters *n)
{
	s->count.packets += n->packets;
	s->count.l2_bytes += n->l2_bytes;
}

static uint64_t a_second(u128 n, uint64_t ms)
{
	return (uint64_t)(n * 1000 / ms);
}

/* What was counted becomes rates, added to those of other meters. */
static void finish(struct top_side *s, uint64_t ms)
{
	s->bits += a_second((u128)s->count.l2_bytes * 8, ms);
	s->packets += a_second(s->count.packets, ms);
	s->wire_bits += a_second(((u128)s->count.l2_bytes + (u128)WIRE_BYTES * s->count.packets) * 8, ms);
	s->count = (struct counters){ 0 };
}

static void add_taps(struct top_rates *r, const struct config *c, const struct interval *iv)
{
	for (size_t i = 0; i < iv->n_taps; i++)
		for (size_t k = 0; k < c->n_taps; k++) {
			struct top_link *l;

			if (strcmp(iv->taps[i].name, c->taps[k].name))
				continue;
			l = link_of(r, c->links[c->taps[k].link].name);
			l->seen += iv->taps[i].packets;
			l->unknown += iv->taps[i].unknown_packets;
			l->missed += iv->taps[i].missed;
		}
}

void top_rates_add(struct top_rates *r, const struct config *c, const struct interval *iv)
{
	uint64_t ms = iv->covered_ms ? iv->covered_ms : (uint64_t)(iv->end - iv->start) * 1000;

	for (size_t i = 0; i < iv->n_records; i++) {
		const struct cell_name *cell = iv->records[i].cell;

		count(&link_of(r, cell->link)->side[cell->direction], &iv->records[i].count);
		count(&peering_of(r, cell->peering, cell->partner, cell->link)->side[cell->direction],
			&iv->records[i].count);
	}
	if (!strcmp(iv->meter, c->meter)) /* another meter's taps may have the same names */
		add_taps(r, c, iv);
	for (size_t i = 0; i < r->n_peerings; i++)
		for (int d = 0; d < DIRECTIONS; d++)
			finish(&r->peering[i].side[d], ms);
	for (size_t i = 0; i < r->n_links; i++) {
		struct top_link *l = &r->link[i];
		u128 all = (u128)l->seen + l->missed;

		for (int d = 0; d < DIRECTIONS; d++) {
			finish(&l->side[d], ms);
			l->used[d] = l->capacity ? (unsigned)((u128)l->side[d].wire_bits * 1000 / l->capacity) : 0;
		}
		l->loss = all ? (unsigned)((u128)l->missed * 1000000 / all) : 0;
	}
}

/* --- Order --- */

struct ordering {
	enum top_order order;
	bool reverse;
};

static int greater_first(uint64_t a, uint64_t b)
{
	return a == b ? 0 : a > b ? -1 : 1;
}

static unsigned most_used(const struct top_link *l)
{
	return l->used[0] > l->used[1] ? l->used[0] : l->used[1];
}

static int decide(const struct ordering *o, int by_value, const char *a, const char *b)
{
	int d = by_value ? by_value : o->order == TOP_BY_NAME ? strcmp(a, b) : 0;

	d = o->reverse ? -d : d;
	return d ? d : strcmp(a, b);
}

static int order_links(const void *x, const void *y, void *context)
{
	const struct top_link *a = x, *b = y;
	const struct ordering *o = context;
	int d = 0;

	if (o->order == TOP_BY_USE)
		d = greater_first(most_used(a), most_used(b));
	else if (o->order == TOP_BY_LOSS)
		d = greater_first(a->loss, b->loss);
	else if (o->order != TOP_BY_NAME) {
		enum direction side = o->order == TOP_BY_EGRESS ? DIRECTION_EGRESS : DIRECTION_INGRESS;

		d = greater_first(a->side[side].bits, b->side[side].bits);
	}
	return decide(o, d, a->name, b->name);
}

/* A peering has neither capacity nor taps of its own: by use it is by the greater direction, by loss by name. */
static int order_peerings(const void *x, const void *y, void *context)
{
	const struct top_peering *a = x, *b = y;
	const struct ordering *o = context;
	uint64_t in[] = { a->side[DIRECTION_INGRESS].bits, b->side[DIRECTION_INGRESS].bits };
	uint64_t out[] = { a->side[DIRECTION_EGRESS].bits, b->side[DIRECTION_EGRESS].bits };
	int d = 0;

	if (o->order == TOP_BY_INGRESS)
		d = greater_first(in[0], in[1]);
	else if (o->order == TOP_BY_EGRESS)
		d = greater_first(out[0], out[1]);
	else if (o->order == TOP_BY_USE)
		d = greater_first(in[0] > out[0] ? in[0] : out[0], in[1] > out[1] ? in[1] : out[1]);
	return decide(o, d, a->name, b->name);
}

void top_rates_sort(struct top_rates *r, enum top_order order, bool reverse)
{
	struct ordering o = { order, reverse };

	if (r->n_links)
		qsort_r(r->link, r->n_links, sizeof(*r->link), order_links, &o);
	if (r->n_peerings)
		qsort_r(r->peering, r->n_peerings, sizeof(*r->peering), order_peerings, &o);
}
