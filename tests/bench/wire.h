/* SPDX-License-Identifier: BSD-3-Clause */
/* Writes valid headers, from the destination MAC to the ports. No DPDK, and nothing of the daemon's. */
#ifndef BENCH_WIRE_H
#define BENCH_WIRE_H

#include <stdbool.h>
#include <stdint.h>

#define WIRE_HEAD 128u /* bytes that wire_write() may touch */

enum wire_kind {
	WIRE_PLAIN,
	WIRE_VLAN,	  /* 0x8100 */
	WIRE_QINQ,	  /* 0x88a8, then 0x8100 */
	WIRE_MPLS,	  /* two labels, no tag */
	WIRE_VLAN_LABEL,  /* a tag, one label */
	WIRE_VLAN_LABELS, /* a tag, two labels */
	WIRE_KINDS,
};

struct wire {
	enum wire_kind kind;
	bool six;
	uint16_t vid; /* of the outer tag */
	uint8_t proto; /* 6 TCP, 17 UDP, 1 ICMP */
	uint16_t sport, dport;
	uint32_t label;
	uint64_t src[2], dst[2]; /* host order; IPv4: src[0] and dst[0] */
};

/* Bytes before the IP header. */
unsigned wire_l2(const struct wire *w);

/* Writes the headers of a frame of `length` bytes, or of as many as the headers need, and returns its
 * length. */
unsigned wire_write(uint8_t *p, const struct wire *w, unsigned length);

#endif
