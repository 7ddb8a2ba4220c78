/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Longest prefix match for IPv6, made for how the Internet's table looks: the first 24 bits take few
 * values, and most allocations hold a handful of longer prefixes, some of them thousands.
 *
 * An entry is a value or a node. A node looks at the bits from its depth on:
 *   table   8 bits: an entry each. Only where more than LPM6_RANGES ranges would be in a block.
 *   block   32 bits: up to LPM6_RANGES ranges in one cache line, the entry of the last start <= those
 *           bits. Longer prefixes inside one value of the 32 bits are a range of their own, with a node
 *           that is 32 bits deeper.
 * The root is a table of 24 bits. A lookup in the Internet's table reads the root, one table and one
 * block, in memory that is some twenty times smaller than a trie of 8-bit strides. Built once, then read
 * only; the same arrays serve the packet path and BPF.
 */
#ifndef PATH_LPM6_H
#define PATH_LPM6_H

#include <stddef.h>
#include <stdint.h>

#define LPM6_TABLE  0x80000000u /* bits 0..29: which table */
#define LPM6_BLOCK  0x40000000u /* bits 0..29: which block */
#define LPM6_NODE   (LPM6_TABLE | LPM6_BLOCK)
#define LPM6_INDEX  0x3fffffffu
#define LPM6_RANGES 8

/* Starts ascend, the first one is 0, those not used repeat the last range. Stored with the upper bit
 * inverted, so that the signed comparison that every x86 has orders them. */
struct lpm6_block {
	int32_t start[LPM6_RANGES];
	uint32_t entry[LPM6_RANGES];
};
_Static_assert(sizeof(struct lpm6_block) == 64, "a block is a cache line; the array begins at one");

struct lpm6 {
	uint32_t *root;		  /* [1 << 24] */
	uint32_t (*table)[256];	  /* [n_tables] */
	struct lpm6_block *block; /* [n_blocks] */
	size_t n_tables, n_blocks;
};

struct lpm6_route {
	uint64_t high, low; /* host order, no host bits */
	uint16_t value;
	uint8_t length;
};

/* `routes` are sorted by (address, length), each prefix once. 0, or -ENOMEM. Without a match: 0. */
int lpm6_build(struct lpm6 *t, const struct lpm6_route *routes, size_t n);
void lpm6_free(struct lpm6 *t);
size_t lpm6_bytes(const struct lpm6 *t); /* of address space */

static inline uint32_t lpm6_search(const struct lpm6_block *b, uint32_t bits)
{
	int32_t key = (int32_t)(bits ^ 0x80000000u);
	int last = -1;

	for (int i = 0; i < LPM6_RANGES; i++)
		last += b->start[i] <= key;
	return b->entry[last];
}

/* The 32 bits from `depth` (24..120) on, zeros after the end. */
static inline uint32_t lpm6_bits(uint64_t high, uint64_t low, unsigned depth)
{
	if (depth >= 64)
		return (uint32_t)(low << (depth - 64) >> 32);
	return (uint32_t)(high << depth >> 32 | (depth > 32 ? low >> (96 - depth) : 0));
}

/* From a node at `depth` down to the value. */
static inline uint16_t lpm6_walk(
	const struct lpm6 *t, uint32_t e, unsigned depth, uint64_t high, uint64_t low)
{
	while (e & LPM6_NODE) {
		uint32_t bits = lpm6_bits(high, low, depth);

		if (e & LPM6_TABLE) {
			e = t->table[e & LPM6_INDEX][bits >> 24];
			depth += 8;
		} else {
			e = lpm6_search(&t->block[e & LPM6_INDEX], bits);
			depth += 32;
		}
	}
	return (uint16_t)e;
}

static inline uint16_t lpm6_find(const struct lpm6 *t, uint64_t high, uint64_t low)
{
	return lpm6_walk(t, t->root[high >> 40], 24, high, low);
}

/* Up to this many lookups at once, level by level, so that their misses overlap. */
#define LPM6_BULK 32
void lpm6_find_bulk(const struct lpm6 *t, const uint64_t *high, const uint64_t *low, uint16_t *value,
	uint32_t n);

#endif
