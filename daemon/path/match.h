/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Which peering of one link a frame belongs to (contract section 2.3). A VID whose answer is the same
 * whatever follows is read from one table by outer VID (0: no VID counts); where an inner VID or a MAC can
 * make a difference, the keys that occur on the link are tried from the most to the least specific in one
 * small hash table.
 */
#ifndef PATH_MATCH_H
#define PATH_MATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "transitd/words.h"

#define MATCH_NONE   UINT32_MAX
#define MATCH_DEEP   (UINT32_MAX - 1)
#define MATCH_VIDS   4096
#define MATCH_SHAPES 6

/* What a key looks at, most specific first. `untagged` is outer VID 0. */
enum match_shape {
	SHAPE_OUTER_INNER_MAC,
	SHAPE_OUTER_INNER,
	SHAPE_OUTER_MAC,
	SHAPE_OUTER,
	SHAPE_MAC,
	SHAPE_ANY,
};

/* One peering of the link, as control/ gives it. */
struct match_rule {
	enum match_shape shape;
	uint16_t outer, inner; /* 0 where the shape does not look at them */
	uint64_t mac;	       /* 48 bits, as match_mac() reads them; 0 likewise */
	uint32_t peering;
};

struct match_entry {
	uint64_t mac;
	uint32_t vlan; /* shape, outer and inner packed, plus one; 0: empty */
	uint32_t peering;
};

struct match {
	uint32_t direct[MATCH_VIDS]; /* peering, MATCH_NONE or MATCH_DEEP */
	uint8_t shape[MATCH_SHAPES]; /* those that occur */
	uint32_t n_shapes;
	uint32_t mask; /* of `entry` */
	struct match_entry *entry;
};

/* What a shape looks at, the key and its hash; BPF computes them from the same source. */
static inline bool match_looks_outer(uint32_t shape)
{
	return shape <= SHAPE_OUTER;
}

static inline bool match_looks_inner(uint32_t shape)
{
	return shape <= SHAPE_OUTER_INNER;
}

static inline bool match_looks_mac(uint32_t shape)
{
	return shape == SHAPE_OUTER_INNER_MAC || shape == SHAPE_OUTER_MAC || shape == SHAPE_MAC;
}

static inline uint32_t match_vlan(uint32_t shape, uint16_t outer, uint16_t inner)
{
	return (shape << 24 | (match_looks_outer(shape) ? (uint32_t)outer << 12 : 0) |
		       (match_looks_inner(shape) ? inner : 0)) + 1;
}

static inline uint32_t match_hash(uint32_t vlan, uint64_t mac)
{
	return (uint32_t)((mac ^ (uint64_t)vlan << 20) * UINT64_C(0x9e3779b97f4a7c15) >> 32);
}

static inline uint64_t match_mac(const uint8_t *mac)
{
	return (uint64_t)mac[0] << 40 | (uint64_t)mac[1] << 32 | (uint64_t)mac[2] << 24 | mac[3] << 16 |
	       mac[4] << 8 | mac[5];
}

/* `need_mac`: only rules with a MAC can match (taps of direction by-mac). */
void match_build(struct match *m, const struct match_rule *rules, size_t n, bool need_mac);
void match_free(struct match *m);

/* The slow way. */
uint32_t match_deep(const struct match *m, uint16_t outer, uint16_t inner, uint64_t mac);

/* The peering, or MATCH_NONE. `mac` is the partner's. */
static inline uint32_t match_find(const struct match *m, uint16_t outer, uint16_t inner, const uint8_t *mac)
{
	uint32_t peering = m->direct[outer];

	return peering == MATCH_DEEP ? match_deep(m, outer, inner, match_mac(mac)) : peering;
}

#endif
