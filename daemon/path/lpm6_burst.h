/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * lpm6_find() in three steps, each to be done for all lookups of a burst before the next, so that their
 * misses overlap. Nearly every address of the Internet is found behind an inner node and a leaf, or a leaf
 * alone; these are walked without a branch, what else there is goes the plain way at the end.
 */
#ifndef PATH_LPM6_BURST_H
#define PATH_LPM6_BURST_H

#include "lanes.h"
#include "lpm6.h"

/* The node of an entry; of a value, any. */
LANES_INLINE const union lpm6_node *lpm6_burst_node(const struct lpm6 *t, uint32_t e)
{
	return &t->node[e & LPM6_NODE ? e & LPM6_INDEX : 0];
}

/* How many of the first `n` words of a node are below the key: they ascend. */
LANES_INLINE uint32_t lpm6_burst_below(const union lpm6_node *node, uint32_t n, uint32_t key)
{
	const uint32_t *last = node->inner.last;
	uint32_t below = 0;

	for (uint32_t i = 0; i < sizeof(*node) / 4; i += LANES)
		below |= lanes_bits(lanes_below(lanes_load(last + i), key)) << i;
	return (uint32_t)__builtin_ctz(~below | 1u << n);
}

/* The entry of the first 24 bits; its node is asked for. */
LANES_INLINE uint32_t lpm6_burst_first(const struct lpm6 *t, uint64_t high)
{
	uint32_t e = lpm6_first(t, high);

	__builtin_prefetch(lpm6_burst_node(t, e));
	return e;
}

/* Behind an inner node, if `e` is one; the next node is asked for. */
LANES_INLINE uint32_t lpm6_burst_inner(const struct lpm6 *t, uint32_t e, uint64_t high)
{
	const struct lpm6_inner *n = &lpm6_burst_node(t, e)->inner;
	uint32_t child = n->first + lpm6_burst_below((const union lpm6_node *)n, LPM6_FANOUT - 1,
					    lpm6_key(high, 0, LPM6_DEPTH));

	e = e & LPM6_INNER ? child : e;
	__builtin_prefetch(lpm6_burst_node(t, e));
	return e;
}

/* The value behind a leaf, if `e` is one. */
LANES_INLINE uint32_t lpm6_burst_leaf(const struct lpm6 *t, uint32_t e, uint64_t high, uint64_t low)
{
	const struct lpm6_leaf *n = &lpm6_burst_node(t, e)->leaf;
	uint32_t found = n->entry[lpm6_burst_below((const union lpm6_node *)n, LPM6_RANGES - 1,
		lpm6_key(high, 0, LPM6_DEPTH))];

	if (__builtin_expect(e & LPM6_INNER || (e & LPM6_LEAF && found & LPM6_DEEPER), 0))
		return lpm6_find(t, high, low);
	return e & LPM6_LEAF ? found : e;
}

#endif
