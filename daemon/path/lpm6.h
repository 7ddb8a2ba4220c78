/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Longest prefix match for IPv6, made for how the Internet's table looks: its first bits take few values,
 * and what lies below them is crowded here and empty there. A trie of fixed strides is mostly empty then;
 * a search tree is as small as the table itself, so that most of it stays in the cache.
 *
 * The first 16 bits choose a table, the next 8 an entry in it: a value or a node. Below, the space is cut into
 * disjoint ranges. Nodes are cache lines, and look at the LPM6_BITS bits from their depth on:
 *   inner   up to LPM6_FANOUT children, which lie side by side: the first whose last bits are >= those
 *   leaf    up to LPM6_RANGES ranges, found likewise: a value, or the node of the bits that follow, where
 *           longer prefixes begin inside one value of these
 * Built once, then read only; the same arrays serve the packet path (lpm6_burst.h) and BPF.
 */
#ifndef PATH_LPM6_H
#define PATH_LPM6_H

#include <stddef.h>
#include <stdint.h>

#define LPM6_DEPTH  24 /* of the first nodes */
#define LPM6_BITS   31
#define LPM6_INNER  0x80000000u /* an entry: bits 0..29 are the number of an inner node */
#define LPM6_LEAF   0x40000000u /* or of a leaf; else the entry is a value */
#define LPM6_NODE   (LPM6_INNER | LPM6_LEAF)
#define LPM6_INDEX  0x3fffffffu
#define LPM6_DEEPER 0x8000u /* in a leaf: the rest counts from `deeper` on */
#define LPM6_FANOUT 16
#define LPM6_RANGES 10
#define LPM6_GUARD  0x80000000u /* set in what is stored: two numbers subtract at once in 64 bits */

/* `last` ascends; where there is no such child, it is the highest number, and so after every key. */
struct lpm6_inner {
	uint32_t last[LPM6_FANOUT - 1];
	uint32_t first; /* entry of child 0; the others follow */
};

struct lpm6_leaf {
	uint32_t last[LPM6_RANGES - 1];
	uint16_t entry[LPM6_RANGES];
	uint32_t deeper; /* where its entries in struct lpm6's `deeper` begin */
	uint32_t unused;
};

union lpm6_node {
	struct lpm6_inner inner;
	struct lpm6_leaf leaf;
};
_Static_assert(sizeof(union lpm6_node) == 64, "a node is a cache line; the array begins at one");

struct lpm6 {
	uint32_t *root;	       /* [1 << 16]: numbers of tables */
	uint32_t (*table)[256];
	union lpm6_node *node;
	uint32_t *deeper;      /* entries, of nodes alone */
	size_t n_tables, n_nodes, n_deeper;
};

/* A route to `value` (< LPM6_DEEPER). */
struct lpm6_route {
	uint64_t high, low; /* host order, no host bits */
	uint16_t value;
	uint8_t length;
};

/* `routes` are sorted by (address, length), each prefix once. 0, or -ENOMEM. Without a match: 0. */
int lpm6_build(struct lpm6 *t, const struct lpm6_route *routes, size_t n);
void lpm6_free(struct lpm6 *t);
size_t lpm6_bytes(const struct lpm6 *t); /* of address space */

static inline uint32_t lpm6_first(const struct lpm6 *t, uint64_t high)
{
	return t->table[t->root[high >> 48]][high >> 40 & 255];
}

/* The key of the bits from `depth` (LPM6_DEPTH and on) on, zeros after the end. */
static inline uint32_t lpm6_key(uint64_t high, uint64_t low, unsigned depth)
{
	uint64_t bits = depth >= 64 ? low << (depth - 64) : high << depth | low >> (64 - depth);

	return (uint32_t)(bits >> (64 - LPM6_BITS)) | LPM6_GUARD;
}

static inline uint32_t lpm6_child(const struct lpm6_inner *n, uint32_t key)
{
	uint32_t at = 0;

	for (int i = 0; i < LPM6_FANOUT - 1; i++) /* signed, as every x86 compares several at once */
		at += (int32_t)n->last[i] < (int32_t)key;
	return n->first + at;
}

static inline uint32_t lpm6_range(const struct lpm6 *t, const struct lpm6_leaf *n, uint32_t key)
{
	uint32_t at = 0, entry;

	for (int i = 0; i < LPM6_RANGES - 1; i++)
		at += (int32_t)n->last[i] < (int32_t)key;
	entry = n->entry[at];
	return entry & LPM6_DEEPER ? t->deeper[n->deeper + (entry & ~LPM6_DEEPER)] : entry;
}

/* One node down from `e`, which is one. */
static inline uint32_t lpm6_step(
	const struct lpm6 *t, uint32_t e, unsigned *depth, uint64_t high, uint64_t low)
{
	const union lpm6_node *n = &t->node[e & LPM6_INDEX];
	uint32_t key = lpm6_key(high, low, *depth);

	if (e & LPM6_INNER)
		return lpm6_child(&n->inner, key);
	*depth += LPM6_BITS;
	return lpm6_range(t, &n->leaf, key);
}

static inline uint16_t lpm6_find(const struct lpm6 *t, uint64_t high, uint64_t low)
{
	uint32_t e = lpm6_first(t, high);
	unsigned depth = LPM6_DEPTH;

	while (e & LPM6_NODE)
		e = lpm6_step(t, e, &depth, high, low);
	return (uint16_t)e;
}

#endif
