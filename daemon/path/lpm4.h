/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Longest prefix match for IPv4: one 16-bit entry per /24, and a block of 256 behind those /24 that hold
 * longer prefixes (the DIR-24-8 idea, Gupta, Lin and McKeown 1998). An entry is a value, or the number of
 * the block counted from the first block of its /16: a /16 has at most 256 of them, so 16 bits are enough
 * for any table. Built once, then read only; 32 MiB of address space, of which pages without a route stay
 * untouched.
 */
#ifndef PATH_LPM4_H
#define PATH_LPM4_H

#include <stddef.h>
#include <stdint.h>

#define LPM4_BLOCK 0x8000u /* set in an entry of `by24`: the rest is a block's number within its /16 */

struct lpm4 {
	uint16_t *by24;	 /* [1 << 24] */
	uint16_t *block; /* [n_blocks][256] */
	uint32_t *base;	 /* [1 << 16]: the first block of each /16 */
	size_t n_blocks;
};

/* A route to `value` (< LPM4_BLOCK). */
struct lpm4_route {
	uint32_t address; /* host order, no host bits */
	uint16_t value;
	uint8_t length;
};

/* `routes` are sorted by (address, length), each prefix once. 0, or -ENOMEM. Without a match the value
 * is 0. */
int lpm4_build(struct lpm4 *t, const struct lpm4_route *routes, size_t n);
void lpm4_free(struct lpm4 *t);
size_t lpm4_bytes(const struct lpm4 *t); /* of address space */

static inline uint16_t lpm4_block(const struct lpm4 *t, uint32_t address, uint16_t entry)
{
	size_t block = t->base[address >> 16] + (entry & ~LPM4_BLOCK);

	return t->block[block * 256 + (address & 255)];
}

static inline uint16_t lpm4_find(const struct lpm4 *t, uint32_t address)
{
	uint16_t entry = t->by24[address >> 8];

	return entry & LPM4_BLOCK ? lpm4_block(t, address, entry) : entry;
}

#endif
