/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The one reader of headers (contract sections 2.1, 2.2 and 2.4), for every tap: user space, BPF, tests
 * and fuzzer compile this file. It takes the captured bytes and the length on the wire, never reads
 * outside [start, end), and knows nothing of where the frame came from. Total: any bytes give a result.
 *
 * Written so that the BPF verifier follows it: offsets grow by constants in loops with constant bounds,
 * and each access stands behind a comparison of the very pointer with `end`.
 */
#ifndef TRANSITD_FRAME_H
#define TRANSITD_FRAME_H

#include <stdbool.h>
#include <stdint.h>

#include "transitd/words.h"

#define FRAME_MIN	 14 /* captured bytes below which a frame is unknown and malformed (2.1) */
#define FRAME_MAX_TAGS	 4
#define FRAME_MAX_LABELS 8

/* No bytes after this many can change what is counted: 12 of addresses, four tags, the ethertype,
 * eight labels and an IPv6 header. A tap may hand over that much and keep the rest. */
#define FRAME_HEAD (12 + 4 * FRAME_MAX_TAGS + 2 + 4 * FRAME_MAX_LABELS + 40)

enum ethertype {
	ETHERTYPE_IPV4 = 0x0800,
	ETHERTYPE_VLAN = 0x8100,
	ETHERTYPE_IPV6 = 0x86dd,
	ETHERTYPE_MPLS = 0x8847,
	ETHERTYPE_MPLS_UPSTREAM = 0x8848,
	ETHERTYPE_QINQ = 0x88a8,
	ETHERTYPE_QINQ_OLD = 0x9100,
};

#define IPPROTO_NO_NEXT_HEADER 59 /* RFC 8200 section 4.7 */

/* What a frame's headers say. */
struct frame {
	uint32_t l2_bytes; /* on the wire, without FCS */
	uint32_t l3_bytes; /* 0 for family other */
	uint16_t outer;	   /* first and second VID that count; 0: there is none */
	uint16_t inner;
	uint16_t l3;	  /* offset of the IP header; meaningless for family other */
	uint8_t family;	  /* enum family */
	uint8_t dscp;	  /* 0 for family other */
	bool malformed;	  /* adds one to the tap's malformed */
	bool truncated;	  /* fewer than FRAME_MIN bytes: unknown without looking for a peering */
};

static inline uint16_t frame_be16(const uint8_t *p)
{
#if defined(__bpf__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ /* clang does not join the bytes there */
	return __builtin_bswap16(*(const uint16_t *)p);
#else
	return (uint16_t)(p[0] << 8 | p[1]);
#endif
}

static inline bool frame_is_tag(uint16_t type)
{
	return type == ETHERTYPE_VLAN || type == ETHERTYPE_QINQ || type == ETHERTYPE_QINQ_OLD;
}

/* IPv4 at `off`: readable with 20 captured bytes, version 4, IHL >= 5 and IHL*4 <= total length <= the
 * bytes left on the wire; total length 0 (segmentation offload) stands for those. */
static inline bool frame_ipv4(
	const uint8_t *start, const uint8_t *end, uint32_t off, uint32_t wire, struct frame *f)
{
	const uint8_t *ip = start + off;
	uint32_t left = wire - off, header, total;

	if (ip + 20 > end || ip[0] >> 4 != 4)
		return false;
	header = (ip[0] & 15u) * 4;
	total = frame_be16(ip + 2);
	if (!total)
		total = left;
	if (header < 20 || header > total || total > left)
		return false;
	f->family = FAMILY_IPV4;
	f->dscp = ip[1] >> 2;
	f->l3 = (uint16_t)off;
	f->l3_bytes = total;
	return true;
}

/* IPv6 at `off`: readable with 40 captured bytes, version 6 and 40 + payload length <= the bytes left on
 * the wire; payload length 0 stands for those, unless nothing follows the header. */
static inline bool frame_ipv6(
	const uint8_t *start, const uint8_t *end, uint32_t off, uint32_t wire, struct frame *f)
{
	const uint8_t *ip = start + off;
	uint32_t left = wire - off, total;

	if (ip + 40 > end || ip[0] >> 4 != 6)
		return false;
	total = 40u + frame_be16(ip + 4);
	if (total == 40 && ip[6] != IPPROTO_NO_NEXT_HEADER)
		total = left;
	if (total > left)
		return false;
	f->family = FAMILY_IPV6;
	f->dscp = (uint8_t)(frame_be16(ip) >> 6 & 63);
	f->l3 = (uint16_t)off;
	f->l3_bytes = total;
	return true;
}

/* The label stack at `off`, to the bottom, and what is under it. */
static inline void frame_mpls(
	const uint8_t *start, const uint8_t *end, uint32_t off, uint32_t wire, struct frame *f)
{
	bool bottom = false;

	for (int i = 0; i < FRAME_MAX_LABELS && !bottom; i++) {
		const uint8_t *label = start + off;

		if (label + 4 > end)
			break;
		bottom = label[2] & 1;
		off += 4;
	}
	if (!bottom || start + off + 1 > end) {
		f->malformed = true;
		return;
	}
	switch (start[off] >> 4) {
	case 4:
		f->malformed = !frame_ipv4(start, end, off, wire, f);
		break;
	case 6:
		f->malformed = !frame_ipv6(start, end, off, wire, f);
		break;
	default: /* a pseudowire, say: other, and nothing is wrong with it */
		break;
	}
}

/* A VLAN tag that a device or the kernel has taken out of the frame and carries beside it; it was the
 * outermost one. */
struct frame_tag {
	bool present;
	uint16_t vid;
};

/* Reads the frame in [start, end), which was `wire` bytes long without the tag beside it; captured bytes
 * beyond that are padding of the capture and must not be given (end - start <= wire). */
static inline void frame_read_tagged(
	const uint8_t *start, const uint8_t *end, uint32_t wire, struct frame_tag beside, struct frame *f)
{
	uint32_t off = FRAME_MIN;
	uint16_t type;

	*f = (struct frame){ .l2_bytes = wire + (beside.present ? 4 : 0), .family = FAMILY_OTHER };
	if (start + FRAME_MIN > end) {
		f->truncated = f->malformed = true;
		return;
	}
	if (beside.present)
		f->outer = beside.vid;
	type = frame_be16(start + 12);
	for (int i = beside.present; i < FRAME_MAX_TAGS && frame_is_tag(type); i++) {
		const uint8_t *tag = start + off;
		uint16_t vid;

		if (tag + 4 > end)
			break; /* cut short: `type` stays a tag, which is not IP */
		vid = frame_be16(tag) & 0xfff;
		type = frame_be16(tag + 2);
		off += 4;
		if (!f->outer)
			f->outer = vid;
		else if (!f->inner)
			f->inner = vid;
	}
	switch (type) {
	case ETHERTYPE_IPV4:
		f->malformed = !frame_ipv4(start, end, off, wire, f);
		break;
	case ETHERTYPE_IPV6:
		f->malformed = !frame_ipv6(start, end, off, wire, f);
		break;
	case ETHERTYPE_MPLS:
	case ETHERTYPE_MPLS_UPSTREAM:
		frame_mpls(start, end, off, wire, f);
		break;
	default:
		break;
	}
}

/* The same with all tags in the frame. */
static inline void frame_read(
	const uint8_t *start, const uint8_t *end, uint32_t wire, struct frame *f)
{
	frame_read_tagged(start, end, wire, (struct frame_tag){ .present = false }, f);
}

#endif
