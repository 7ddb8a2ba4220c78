/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The headers of a burst at once, one array a field, without a branch on what a frame is: real traffic mixes
 * encapsulations and families, and a mispredicted branch costs more than all of this. The common shapes (up
 * to two tags and two labels, together no more than three, above a header that is as it should be) are read
 * here; the rest, and whatever looks odd, is left to frame_read(), whose answer this one's is always.
 */
#ifndef PATH_HEADS_H
#define PATH_HEADS_H

#include <stdint.h>
#include <string.h>

#include "lanes.h"
#include "transitd/frame.h"

#define BURST_MAX 64

typedef uint64_t frame_set; /* of a burst; bit i: frame i */

static inline frame_set frame_set_of(uint32_t i)
{
	return UINT64_C(1) << i;
}

static inline frame_set frame_set_all(uint32_t n)
{
	return n ? UINT64_MAX >> (64 - n) : 0;
}

/* Takes the first one out; the set is not empty. */
static inline uint32_t frame_set_next(frame_set *s)
{
	uint32_t i = (uint32_t)__builtin_ctzll(*s);

	*s &= *s - 1;
	return i;
}

/* As in struct frame. */
struct heads {
	uint32_t outer[BURST_MAX], inner[BURST_MAX];
	uint32_t l3[BURST_MAX];
	uint32_t l3_bytes[BURST_MAX];
	uint32_t family[BURST_MAX];
	uint32_t dscp[BURST_MAX];
	frame_set malformed, truncated;
};

#define HEADS_WINDOW 12 /* where the first ethertype is; it and 14 more bytes decide on the shape */
#define HEADS_LEAST  34 /* captured bytes that hold the window, and 8 of an IP header behind three words */

/* Loaded for all frames before anything is decided: two words each, in the order of the wire. */
struct heads_loaded {
	uint64_t word01[BURST_MAX], word23[BURST_MAX];
	uint64_t ip[BURST_MAX]; /* its first 8 bytes: everything but the addresses */
};

LANES_INLINE lanes heads_is_tag(lanes type)
{
	return lanes_equal(type, ETHERTYPE_VLAN) | lanes_equal(type, ETHERTYPE_QINQ) |
	       lanes_equal(type, ETHERTYPE_QINQ_OLD);
}

/* Tags, labels, and the family that they announce, of the frames from `i` on; returns those that are not of
 * a shape known here. A word is an ethertype and what follows it; after the last ethertype, a label's last
 * two bytes, the bottom bit among them, and the next two bytes. */
LANES_INLINE lanes heads_l2(struct heads *h, const struct heads_loaded *l, uint32_t i)
{
	const lanes none = { 0 };
	lanes w0 = lanes_big_endian(lanes_even(l->word01 + i)), w1 = lanes_big_endian(lanes_odd(l->word01 + i));
	lanes w2 = lanes_big_endian(lanes_even(l->word23 + i)), w3 = lanes_big_endian(lanes_odd(l->word23 + i));
	lanes tag1 = heads_is_tag(w0 >> 16), tag2 = tag1 & heads_is_tag(w1 >> 16);
	lanes vid1 = w0 & tag1 & 0xfff, vid2 = w1 & tag2 & 0xfff, counts1 = (lanes)(vid1 != 0);
	lanes type = lanes_select(tag2, w2, lanes_select(tag1, w1, w0)) >> 16;
	lanes label1 = lanes_select(tag2, w3, lanes_select(tag1, w2, w1));
	lanes label2 = lanes_select(tag2, none, lanes_select(tag1, w3, w2));
	lanes bottom1 = (lanes)((label1 & 1 << 24) != 0), bottom2 = (lanes)((label2 & 1 << 24) != 0) & ~bottom1;
	lanes mpls = lanes_equal(type, ETHERTYPE_MPLS) | lanes_equal(type, ETHERTYPE_MPLS_UPSTREAM);
	lanes nibble = ((label1 & bottom1) | (label2 & bottom2)) >> 12 & 15;
	lanes four = lanes_equal(type, ETHERTYPE_IPV4) | (mpls & lanes_equal(nibble, 4));
	lanes six = lanes_equal(type, ETHERTYPE_IPV6) | (mpls & lanes_equal(nibble, 6));

	lanes_store(h->outer + i, vid1 | (vid2 & ~counts1));
	lanes_store(h->inner + i, vid2 & counts1);
	lanes_store(h->l3 + i, FRAME_MIN + (tag1 & 4) + (tag2 & 4) + (mpls & 4) + (mpls & bottom2 & 4));
	lanes_store(h->family + i, (six & FAMILY_IPV6) | (~(four | six) & FAMILY_OTHER));
	return (tag2 & heads_is_tag(type)) | (mpls & ~(four | six));
}

/* IPv4 and IPv6 by the rules of frame_ipv4() and frame_ipv6(); returns the frames that break one. */
LANES_INLINE lanes heads_l3(
	struct heads *h, const struct heads_loaded *l, lanes captured, lanes wire, uint32_t i)
{
	lanes w0 = lanes_big_endian(lanes_even(l->ip + i)), w1 = lanes_big_endian(lanes_odd(l->ip + i));
	lanes l3 = lanes_load(h->l3 + i), family = lanes_load(h->family + i);
	lanes four = lanes_equal(family, FAMILY_IPV4), six = lanes_equal(family, FAMILY_IPV6);
	lanes left = wire - l3, here = captured - l3, version = w0 >> 28;
	lanes header = w0 >> 22 & 0x3c, length4 = w0 & 0xffff, length6 = w1 >> 16;
	lanes total4 = lanes_select(lanes_equal(length4, 0), left, length4);
	lanes whole6 = lanes_equal(length6, 0) & (lanes)((w1 >> 8 & 0xff) != IPPROTO_NO_NEXT_HEADER);
	lanes total6 = lanes_select(whole6, left, length6 + 40);
	lanes fine4 = lanes_equal(version, 4) & (lanes)(here >= 20) & (lanes)(header >= 20) &
		      (lanes)(header <= total4) & (lanes)(total4 <= left);
	lanes fine6 = lanes_equal(version, 6) & (lanes)(here >= 40) & (lanes)(total6 <= left);

	lanes_store(h->l3_bytes + i, (four & total4) | (six & total6));
	lanes_store(h->dscp + i, (four & w0 >> 18 & 63) | (six & w0 >> 22 & 63));
	return (four & ~fine4) | (six & ~fine6);
}

static inline void heads_exactly(
	struct heads *h, uint32_t i, const uint8_t *data, uint32_t captured, uint32_t wire)
{
	struct frame f;

	frame_read(data, data + captured, wire, &f);
	h->outer[i] = f.outer;
	h->inner[i] = f.inner;
	h->l3[i] = f.l3;
	h->l3_bytes[i] = f.l3_bytes;
	h->family[i] = f.family;
	h->dscp[i] = f.dscp;
	h->malformed |= (frame_set)f.malformed << i;
	h->truncated |= (frame_set)f.truncated << i;
}

/* Reads `n` frames (0 .. BURST_MAX): captured[i] bytes at data[i], wire[i] on the wire. The arrays have
 * BURST_MAX elements; from `n` on captured[i] is 0. */
LANES_INLINE void heads_read(struct heads *h, const uint8_t *const *data, const uint32_t *captured,
	const uint32_t *wire, uint32_t n)
{
	static const uint8_t nothing[HEADS_LEAST]; /* loaded for a frame that has less; no ethertype */
	struct heads_loaded l;
	frame_set strange = 0;

	for (uint32_t i = 0; i < BURST_MAX; i++) {
		const uint8_t *from = (captured[i] < HEADS_LEAST ? nothing : data[i]) + HEADS_WINDOW;

		memcpy(&l.word01[i], from, 8);
		memcpy(&l.word23[i], from + 8, 8);
	}
	for (uint32_t i = 0; i < BURST_MAX; i += LANES)
		strange |= (frame_set)lanes_bits(heads_l2(h, &l, i)) << i;
	for (uint32_t i = 0; i < BURST_MAX; i++)
		memcpy(&l.ip[i], captured[i] < HEADS_LEAST ? nothing : data[i] + h->l3[i], sizeof(l.ip[i]));
	for (uint32_t i = 0; i < BURST_MAX; i += LANES) {
		lanes c = lanes_load(captured + i), odd = heads_l3(h, &l, c, lanes_load(wire + i), i);

		strange |= (frame_set)lanes_bits((lanes)(c < HEADS_LEAST) | odd) << i;
	}
	h->malformed = h->truncated = 0;
	for (strange &= frame_set_all(n); strange;) {
		uint32_t i = frame_set_next(&strange);

		heads_exactly(h, i, data[i], captured[i], wire[i]);
	}
}

#endif
