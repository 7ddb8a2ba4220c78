/* SPDX-License-Identifier: BSD-3-Clause */
/* What rows cannot say: mistakes that lie between two elements. Called on elements that were read well. */
#include <stdlib.h>
#include <string.h>

#include "reading.h"
#include "text.h"

void check_tap(struct reading *r, const struct yaml_node *node, void *object)
{
	struct config_tap *tap = object;

	(void)r;
	tap->line = node->line;
}

/* Contract section 2.3: of several that match, the most specific wins, by VLAN and then by MAC. Two
 * whose VLAN and MAC are the same are equally specific, and match the same frames. Two that differ in
 * a VID or in the MAC never match the same frame in the same direction. */
static bool equally_specific(const struct config_peering *a, const struct config_peering *b)
{
	if (a->link != b->link || a->vlan != b->vlan || a->outer != b->outer || a->inner != b->inner)
		return false;
	return a->has_mac == b->has_mac && !memcmp(a->mac, b->mac, sizeof(a->mac));
}

static void remember(struct reading *r, size_t index, unsigned line)
{
	if (index >= r->peering_room) {
		size_t room = 2 * (index + 8);

		r->peering_line = mem_grow(r->peering_line, room, sizeof(*r->peering_line));
		memset(r->peering_line + r->peering_room, 0,
			(room - r->peering_room) * sizeof(*r->peering_line));
		r->peering_room = room;
	}
	r->peering_line[index] = line;
}

void check_peering(struct reading *r, const struct yaml_node *node, void *object)
{
	const struct config_peering *all = r->c->peerings, *p = object;
	size_t index = (size_t)(p - all);

	for (size_t i = 0; i < index && i < r->peering_room; i++) {
		if (!r->peering_line[i] || !equally_specific(&all[i], p))
			continue;
		diag_at(r->d, r->file, node->line,
			"peering \"%s\" matches the same frames as peering \"%s\" at line %u; peerings of one "
			"link that differ in vlan or mac are allowed",
			p->name, all[i].name, r->peering_line[i]);
		return;
	}
	remember(r, index, node->line);
}

void check_dscp(struct reading *r, const struct yaml_node *node, void *object)
{
	int dscp = field_dscp_number(node->text, node->size);
	size_t cos = r->c->n_cos - 1; /* the one that is being read */

	(void)object;
	if (r->dscp[dscp].line && r->dscp[dscp].cos != cos) {
		diag_at(r->d, r->file, node->line,
			"dscp %d belongs to another cos already (line %u); one cos for a DSCP is allowed", dscp,
			r->dscp[dscp].line);
		return;
	}
	r->dscp[dscp].line = node->line;
	r->dscp[dscp].cos = cos;
}

void check_redis(struct reading *r, const struct yaml_node *node, void *object)
{
	const struct config *c = object;

	if (c->redis.user && !c->redis.password_file)
		diag_at(r->d, r->file, node->line,
			"redis has a user and no password_file; both, or password_file alone, is allowed");
}

/* That the key is there at all asks for TLS. */
void check_tls(struct reading *r, const struct yaml_node *node, void *object)
{
	struct config *c = object;

	c->redis.tls = true;
	if (!c->redis.certificate != !c->redis.key)
		diag_at(r->d, r->file, node->line,
			"tls has a %s alone; certificate and key together, or neither, is allowed",
			c->redis.key ? "key" : "certificate");
}

#define METRICS_LISTEN "127.0.0.1:9469"

/* That the key is there at all asks for them. */
void check_metrics(struct reading *r, const struct yaml_node *node, void *object)
{
	struct config *c = object;

	if (!c->metrics.listen)
		c->metrics.listen = mem_dup(METRICS_LISTEN);
	if (!c->metrics.token_file && strncmp(c->metrics.listen, "127.", 4) &&
		strncmp(c->metrics.listen, "[::1]:", 6))
		diag_at(r->d, r->file, node->line,
			"metrics listens on %s, which is beyond loopback; that is allowed with a token_file",
			c->metrics.listen);
}

void reading_end(struct reading *r)
{
	for (size_t i = 0; i < LISTS; i++)
		names_free(&r->names[i]);
	free(r->peering_line);
}
