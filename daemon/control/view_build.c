/* SPDX-License-Identifier: BSD-3-Clause */
#include "view_build.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "text.h"

static void set_name(char to[static NAME_SIZE], const char *from)
{
	memcpy(to, from, strlen(from) + 1);
}

static int build_layout(const struct config *c, struct layout *l)
{
	l->n_taps = (uint32_t)c->n_taps;
	l->n_peerings = (uint32_t)c->n_peerings;
	l->n_values = (uint32_t)c->n_classes + 1;
	l->n_cos = (uint32_t)c->n_cos + 1;
	l->tap = mem_array(l->n_taps, sizeof(*l->tap));
	l->peering = mem_array(l->n_peerings, sizeof(*l->peering));
	l->value = mem_array(l->n_values, sizeof(*l->value));
	l->cos = mem_array(l->n_cos, sizeof(*l->cos));
	for (size_t i = 0; i < c->n_taps; i++)
		set_name(l->tap[i], c->taps[i].name);
	for (size_t i = 0; i < c->n_peerings; i++) {
		const struct config_peering *p = &c->peerings[i];

		set_name(l->peering[i].name, p->name);
		set_name(l->peering[i].partner, c->partners[p->partner].name);
		set_name(l->peering[i].link, c->links[p->link].name);
	}
	set_name(l->value[0], CLASS_UNROUTED);
	for (size_t i = 0; i < c->n_classes; i++)
		set_name(l->value[i + 1], c->classes[i].name);
	set_name(l->cos[0], COS_DEFAULT);
	for (size_t i = 0; i < c->n_cos; i++)
		set_name(l->cos[i + 1], c->cos[i].name);
	return layout_size(l);
}

static struct match_rule rule_of(const struct config_peering *p, uint32_t number)
{
	static const enum match_shape shape[][2] = {
		[VLAN_ANY] = { SHAPE_ANY, SHAPE_MAC },
		[VLAN_OUTER] = { SHAPE_OUTER, SHAPE_OUTER_MAC },
		[VLAN_UNTAGGED] = { SHAPE_OUTER, SHAPE_OUTER_MAC }, /* outer VID 0 */
		[VLAN_OUTER_INNER] = { SHAPE_OUTER_INNER, SHAPE_OUTER_INNER_MAC },
	};
	struct match_rule r = { .shape = shape[p->vlan][p->has_mac], .peering = number };

	if (p->vlan == VLAN_OUTER || p->vlan == VLAN_OUTER_INNER)
		r.outer = p->outer;
	if (p->vlan == VLAN_OUTER_INNER)
		r.inner = p->inner;
	for (int i = 0; p->has_mac && i < 6; i++)
		r.mac = r.mac << 8 | p->mac[i];
	return r;
}

static void build_taps(const struct config *c, struct view *v)
{
	static const enum view_direction direction[] = {
		[TAP_INGRESS] = VIEW_INGRESS,
		[TAP_EGRESS] = VIEW_EGRESS,
		[TAP_BY_MAC] = VIEW_BY_MAC,
	};
	struct match_rule *rule = mem_array(c->n_peerings, sizeof(*rule));

	v->tap = mem_array(c->n_taps, sizeof(*v->tap));
	for (size_t i = 0; i < c->n_taps; i++) {
		const struct config_tap *t = &c->taps[i];
		size_t n = 0;

		for (size_t k = 0; k < c->n_peerings; k++)
			if (c->peerings[k].link == t->link)
				rule[n++] = rule_of(&c->peerings[k], (uint32_t)k);
		v->tap[i].direction = direction[t->direction];
		match_build(&v->tap[i].match, rule, n, t->direction == TAP_BY_MAC);
	}
	free(rule);
}

static void build_cos(const struct config *c, struct view *v)
{
	for (size_t i = 0; i < c->n_cos; i++)
		for (unsigned d = 0; d < 64; d++)
			if (c->cos[i].dscp >> d & 1)
				v->cos[d] = (uint8_t)(i + 1);
}

static uint64_t big_endian(const uint8_t *p)
{
	uint64_t v = 0;

	for (int i = 0; i < 8; i++)
		v = v << 8 | p[i];
	return v;
}

static int build_prefixes(const struct prefix_table *t, struct view *v)
{
	struct lpm4_route *r4 = mem_array(t->n4, sizeof(*r4));
	struct lpm6_route *r6 = mem_array(t->n6, sizeof(*r6));
	int error;

	for (size_t i = 0; i < t->n4; i++)
		r4[i] = (struct lpm4_route){ .address = t->v4[i].address,
			.length = t->v4[i].length,
			.value = (uint16_t)(t->v4[i].class + 1) };
	for (size_t i = 0; i < t->n6; i++)
		r6[i] = (struct lpm6_route){ .high = big_endian(t->v6[i].address),
			.low = big_endian(t->v6[i].address + 8),
			.length = t->v6[i].length,
			.value = (uint16_t)(t->v6[i].class + 1) };
	error = lpm4_build(&v->lpm4, r4, t->n4);
	if (!error)
		error = lpm6_build(&v->lpm6, r6, t->n6);
	free(r4);
	free(r6);
	return error;
}

int view_build(const struct config *c, struct view **out)
{
	struct view *v = mem_alloc(sizeof(*v));
	int error = build_layout(c, &v->layout);

	if (error) {
		log_error("%s: %zu peerings x %zu classes x %zu classes of service are too many cells; "
			  "a meter holds %u", c->file, c->n_peerings, c->n_classes + 1, c->n_cos + 1,
			LAYOUT_MAX_SLOTS);
		view_free(v);
		return error;
	}
	build_taps(c, v);
	build_cos(c, v);
	error = build_prefixes(&c->prefixes, v);
	if (error) {
		log_error("%s: no memory for %zu IPv4 and %zu IPv6 prefixes", c->file, c->prefixes.n4,
			c->prefixes.n6);
		view_free(v);
		return error;
	}
	*out = v;
	return 0;
}

void view_free(struct view *v)
{
	if (!v)
		return;
	for (uint32_t i = 0; v->tap && i < v->layout.n_taps; i++)
		match_free(&v->tap[i].match);
	free(v->tap);
	lpm4_free(&v->lpm4);
	lpm6_free(&v->lpm6);
	layout_free(&v->layout);
	free(v);
}
