/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Longest prefix match for IPv6, made for how the Internet's table looks: the first 24 bits take few
 * values, most routes are /29 to /48 inside allocations of /32, and little is longer than /64.
 *
 *   by24[first 24 bits] -> by32[next 8 bits], where more than LPM6_SMALL ranges lie inside
 *                       -> a block of ranges of the upper 64 bits, searched by halving
 *                          -> for prefixes beyond /64, a block of ranges of the lower 64 bits
 *
 * An entry is a value, or says where to go on. A lookup costs two or three dependent reads of memory that
 * is some twenty times smaller than a trie with 8-bit strides. Built once, then read only.
 *
 * A block of size 2^k: 2^k starts (uint64_t, ascending, the first one is the block's lower bound, padded
 * with UINT64_MAX), then 2^k entries (uint32_t). The answer is the entry of the last start <= key.
 */
#ifndef PATH_LPM6_H
#define PATH_LPM6_H

#include <stddef.h>
#include <stdint.h>

#define LPM6_KIND(e)   ((e) >> 30)
#define LPM6_VALUE     0u /* the entry is the value */
#define LPM6_BY32      1u /* bits 0..29: which table of 256 entries */
#define LPM6_BLOCK     2u /* bits 25..29: k; bits 0..24: offset in `ranges`, in units of LPM6_UNIT bytes */
#define LPM6_BLOCK_LOW 3u /* the same, searched by the lower 64 bits */

#define LPM6_UNIT  32u /* bytes */
#define LPM6_SMALL 8u  /* ranges in one /24 that are searched without a `by32` */

struct lpm6 {
	uint32_t *by24;	  /* [1 << 24] */
	uint32_t *by32;	  /* [n_by32][256] */
	uint8_t *ranges;  /* blocks */
	size_t n_by32, ranges_size;
	size_t by32_room, ranges_room; /* of the mappings */
};

struct lpm6_route {
	uint64_t high, low; /* host order, no host bits */
	uint16_t value;
	uint8_t length;
};

/* `routes` are sorted by (address, length), each prefix once. 0, or -ENOMEM. Without a match: 0. */
int lpm6_build(struct lpm6 *t, const struct lpm6_route *routes, size_t n);
void lpm6_free(struct lpm6 *t);
size_t lpm6_bytes(const struct lpm6 *t);

static inline const uint8_t *lpm6_block_at(const struct lpm6 *t, uint32_t entry)
{
	return t->ranges + (size_t)(entry & 0x1ffffff) * LPM6_UNIT;
}

/* Halving without a branch: after k steps `at` is the last start <= key. */
static inline uint32_t lpm6_search(const struct lpm6 *t, uint32_t entry, uint64_t key)
{
	const uint8_t *block = lpm6_block_at(t, entry);
	const uint64_t *start = (const void *)block;
	uint32_t k = entry >> 25 & 31, at = 0;

	for (uint32_t half = 1u << k >> 1; half; half >>= 1)
		at += start[at + half] <= key ? half : 0;
	return ((const uint32_t *)(const void *)(block + ((size_t)8 << k)))[at];
}

static inline uint16_t lpm6_find(const struct lpm6 *t, uint64_t high, uint64_t low)
{
	uint32_t e = t->by24[high >> 40];

	if (LPM6_KIND(e) == LPM6_BY32)
		e = t->by32[(size_t)(e & 0x3fffffff) * 256 + (high >> 32 & 255)];
	if (LPM6_KIND(e) == LPM6_BLOCK)
		e = lpm6_search(t, e, high);
	if (LPM6_KIND(e) == LPM6_BLOCK_LOW)
		e = lpm6_search(t, e, low);
	return (uint16_t)e;
}

#endif
