/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Frames as a driver hands them over: in mbufs of a pool, more than 2 KiB apart, taken in shuffled order
 * so that no prefetcher guesses the next one. A small working set is gone through many times, each time in
 * another order, so that no branch predictor knows it by heart. Headers are valid throughout: nothing is
 * malformed.
 */
#ifndef BENCH_FRAMES_H
#define BENCH_FRAMES_H

#include <stdbool.h>
#include <stdint.h>

#include "routes.h"

struct rte_mbuf;

struct frames {
	unsigned n;
	struct rte_mbuf **mbuf;	 /* [n] */
	struct rte_mbuf **queue; /* [n]: in the order in which they come; see frames_fill() */
};

/* Of a hundred frames. Of the rest, the untagged, none has a VLAN; VLAN+MPLS has two labels. */
struct frames_mix {
	unsigned vlan, qinq, vlan_mpls, ipv6;
};

struct frames_spec {
	const struct routes *routes;
	bool zipf;	   /* destinations by Zipf(1.0) over routes, else evenly */
	unsigned peerings; /* VIDs 1 .. peerings - 1, evenly; an untagged frame belongs to peering 0 */
	struct frames_mix mix;
	uint64_t seed;
};

/* NULL and a message on stderr when there is no memory. */
struct frames *frames_new(unsigned n);

/* Writes the first `working` frames anew, and a queue in which each of them comes n / working times. */
void frames_fill(struct frames *f, unsigned working, const struct frames_spec *spec);

#endif
