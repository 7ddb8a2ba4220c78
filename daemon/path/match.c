/* SPDX-License-Identifier: BSD-3-Clause */
#include "match.h"

#include <stdlib.h>

#include "text.h"

/* The entry of this key, or the empty one where it would go. */
static struct match_entry *probe(const struct match *m, uint32_t vlan, uint64_t mac)
{
	uint32_t at = match_hash(vlan, mac) & m->mask;

	while (m->entry[at].vlan && (m->entry[at].vlan != vlan || m->entry[at].mac != mac))
		at = (at + 1) & m->mask;
	return &m->entry[at];
}

uint32_t match_deep(const struct match *m, uint16_t outer, uint16_t inner, uint64_t mac)
{
	for (uint32_t i = 0; i < m->n_shapes; i++) {
		uint32_t shape = m->shape[i];
		const struct match_entry *e =
			probe(m, match_vlan(shape, outer, inner), match_looks_mac(shape) ? mac : 0);

		if (e->vlan)
			return e->peering;
	}
	return MATCH_NONE;
}

/* Outer VIDs whose frames need a closer look: those that a rule with an inner VID or a MAC names, or all
 * when a rule without a VID has a MAC. */
static void mark_deep(struct match *m, const struct match_rule *r)
{
	if (!match_looks_inner(r->shape) && !match_looks_mac(r->shape))
		return;
	if (match_looks_outer(r->shape)) {
		m->direct[r->outer] = MATCH_DEEP;
		return;
	}
	for (uint32_t vid = 0; vid < MATCH_VIDS; vid++)
		m->direct[vid] = MATCH_DEEP;
}

void match_build(struct match *m, const struct match_rule *rules, size_t n, bool need_mac)
{
	bool occurs[MATCH_SHAPES] = { false };
	size_t room = 4;

	*m = (struct match){ 0 };
	while (room < 2 * n)
		room *= 2;
	m->mask = (uint32_t)room - 1;
	m->entry = mem_array(room, sizeof(*m->entry));
	for (size_t i = 0; i < n; i++) {
		const struct match_rule *r = &rules[i];
		uint32_t vlan = match_vlan(r->shape, r->outer, r->inner);

		if (need_mac && !match_looks_mac(r->shape))
			continue;
		*probe(m, vlan, r->mac) =
			(struct match_entry){ .vlan = vlan, .mac = r->mac, .peering = r->peering };
		occurs[r->shape] = true;
	}
	for (uint8_t shape = 0; shape < MATCH_SHAPES; shape++)
		if (occurs[shape])
			m->shape[m->n_shapes++] = shape;
	/* Without a closer look only SHAPE_OUTER and SHAPE_ANY can answer, and neither reads inner or MAC. */
	for (uint16_t vid = 0; vid < MATCH_VIDS; vid++)
		m->direct[vid] = match_deep(m, vid, 0, 0);
	for (size_t i = 0; i < n; i++)
		if (!need_mac || match_looks_mac(rules[i].shape))
			mark_deep(m, &rules[i]);
}

void match_free(struct match *m)
{
	free(m->entry);
}
