/* SPDX-License-Identifier: BSD-3-Clause */
/* What a DPDK port says of itself: frames it could not deliver, and frames it received. docs/taps.md. */
#ifndef PATH_TAP_DPDK_STATS_H
#define PATH_TAP_DPDK_STATS_H

#include <stddef.h>
#include <stdint.h>

#define TAP_DPDK_MOST_DISCARDS 4
#define TAP_DPDK_MOST_SOCKETS  64

/* One thread at a time, but for tap_dpdk_stats_received(). */
struct tap_dpdk_stats {
	uint16_t port;
	uint64_t missed;	  /* at the last look */
	uint64_t packets, octets; /* when it was opened */
	uint64_t discard[TAP_DPDK_MOST_DISCARDS]; /* numbers of the xstats that count as missed */
	unsigned n_discards;
	int socket[TAP_DPDK_MOST_SOCKETS]; /* the driver's packet sockets, whose drops it does not tell */
	unsigned n_sockets;
	uint64_t dropped; /* by these */
};

/* After the port has been started: looks up what its driver has, and counts from here on. `interface`: that of
 * net_af_packet, else 0. */
void tap_dpdk_stats_open(struct tap_dpdk_stats *s, uint16_t port, unsigned interface);

/* Frames that the port could not deliver since the last call. */
uint64_t tap_dpdk_stats_missed(struct tap_dpdk_stats *s);

/* Frames that it received since it was opened, and their bytes. */
void tap_dpdk_stats_received(const struct tap_dpdk_stats *s, uint64_t *packets, uint64_t *octets);

#endif
