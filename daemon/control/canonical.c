/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Lines are sorted bytewise as a whole, so that the order in the file does not matter, and the kind of
 * line comes first. The prefix table is stamped by a SHA-256 over its own text, sorted by family,
 * address and length, so that anyone can recompute it from a prefix file.
 */
#include "canonical.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

struct lines {
	char **line;
	size_t n;
};

static void take(struct lines *l, struct text *t)
{
	l->line = mem_grow(l->line, l->n + 1, sizeof(*l->line));
	l->line[l->n++] = t->data;
	*t = (struct text){ 0 };
}

static const char *const direction_word[] = {
	[TAP_INGRESS] = "ingress", [TAP_EGRESS] = "egress", [TAP_BY_MAC] = "by-mac"
};

static void add_links(struct lines *l, const struct config *c)
{
	struct text t = { 0 };

	for (size_t i = 0; i < c->n_links; i++) {
		text_printf(&t, "link %s %llu", c->links[i].name, (unsigned long long)c->links[i].capacity);
		take(l, &t);
	}
	for (size_t i = 0; i < c->n_taps; i++) {
		text_printf(&t, "tap %s %s %s", c->taps[i].name, c->links[c->taps[i].link].name,
			direction_word[c->taps[i].direction]);
		take(l, &t);
	}
}

static void add_vlan(struct text *t, const struct config_peering *p)
{
	switch (p->vlan) {
	case VLAN_ANY:
		text_str(t, " any");
		break;
	case VLAN_UNTAGGED:
		text_str(t, " untagged");
		break;
	case VLAN_OUTER:
		text_printf(t, " %u", p->outer);
		break;
	case VLAN_OUTER_INNER:
		text_printf(t, " %u.%u", p->outer, p->inner);
		break;
	}
}

static void add_peerings(struct lines *l, const struct config *c)
{
	struct text t = { 0 };

	for (size_t i = 0; i < c->n_partners; i++) {
		text_printf(&t, "partner %s %u", c->partners[i].name, c->partners[i].asn);
		take(l, &t);
	}
	for (size_t i = 0; i < c->n_peerings; i++) {
		const struct config_peering *p = &c->peerings[i];

		text_printf(&t, "peering %s %s %s", p->name, c->partners[p->partner].name,
			c->links[p->link].name);
		add_vlan(&t, p);
		if (p->has_mac)
			text_printf(&t, " %02x:%02x:%02x:%02x:%02x:%02x", p->mac[0], p->mac[1], p->mac[2],
				p->mac[3], p->mac[4], p->mac[5]);
		else
			text_str(&t, " any");
		take(l, &t);
	}
}

static void add_classes(struct lines *l, const struct config *c)
{
	struct text t = { 0 };

	for (size_t i = 0; i < c->n_classes; i++) {
		const struct config_class *class = &c->classes[i];

		text_printf(&t, "class %s %s", class->name,
			class->via < 0 ? "-" : c->peerings[class->via].name);
		take(l, &t);
	}
	for (size_t i = 0; i < c->n_cos; i++) {
		text_printf(&t, "cos %s ", c->cos[i].name);
		for (unsigned d = 0, comma = 0; d < 64; d++)
			if (c->cos[i].dscp >> d & 1)
				text_printf(&t, "%s%u", comma++ ? "," : "", d);
		take(l, &t);
	}
}

static void add_hex(struct text *t, const uint8_t *byte, size_t n)
{
	static const char hex[] = "0123456789abcdef";
	char out[32];

	for (size_t i = 0; i < n; i++) {
		out[2 * i] = hex[byte[i] >> 4];
		out[2 * i + 1] = hex[byte[i] & 15];
	}
	text_add(t, out, 2 * n);
}

/* "/LENGTH,CLASS\n" */
static void add_class_of(struct text *t, const struct config *c, uint8_t length, uint16_t class)
{
	text_add(t, "/", 1);
	text_u64(t, length);
	text_add(t, ",", 1);
	text_str(t, c->classes[class].name);
	text_add(t, "\n", 1);
}

static struct digest prefix_digest(const struct config *c)
{
	const struct prefix_table *p = &c->prefixes;
	struct text t = { 0 };
	struct digest d;

	for (size_t i = 0; i < p->n4; i++) {
		uint32_t a = p->v4[i].address;
		uint8_t byte[] = { (uint8_t)(a >> 24), (uint8_t)(a >> 16), (uint8_t)(a >> 8), (uint8_t)a };

		add_hex(&t, byte, sizeof(byte));
		add_class_of(&t, c, p->v4[i].length, p->v4[i].class);
	}
	for (size_t i = 0; i < p->n6; i++) {
		add_hex(&t, p->v6[i].address, sizeof(p->v6[i].address));
		add_class_of(&t, c, p->v6[i].length, p->v6[i].class);
	}
	d = digest_of(&(struct digest_piece){ .data = t.data, .size = t.size }, 1);
	text_free(&t);
	return d;
}

static int order(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

char *canonical_text(const struct config *c)
{
	struct digest prefixes = prefix_digest(c);
	char hex[DIGEST_HEX_SIZE];
	struct lines l = { 0 };
	struct text t = { 0 };

	add_links(&l, c);
	add_peerings(&l, c);
	add_classes(&l, c);
	if (l.n)
		qsort(l.line, l.n, sizeof(*l.line), order);
	text_printf(&t, "transitd-configuration 1\nmeter %s\ninterval %u\n", c->meter, c->interval);
	if (c->redundant[0])
		text_printf(&t, "redundant %s\n", c->redundant);
	for (size_t i = 0; i < l.n; i++) {
		text_printf(&t, "%s\n", l.line[i]);
		free(l.line[i]);
	}
	free(l.line);
	text_printf(&t, "prefixes %zu %zu %s\n", c->prefixes.n4, c->prefixes.n6,
		digest_hex(hex, &prefixes));
	return t.data;
}

void canonical_lines(const char *text, void (*give)(void *to, const char *line), void *to)
{
	char line[256];

	while (*text) {
		size_t n = strcspn(text, "\n");

		if (n < sizeof(line)) {
			memcpy(line, text, n);
			line[n] = 0;
			give(to, line);
		}
		text += n + (text[n] == '\n');
	}
}
