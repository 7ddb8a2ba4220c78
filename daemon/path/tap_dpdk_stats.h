/* SPDX-License-Identifier: BSD-3-Clause */
/* What a DPDK port says of itself: frames it could not deliver, and frames it received. docs/taps.md. */
#ifndef PATH_TAP_DPDK_STATS_H
#define PATH_TAP_DPDK_STATS_H

#include <stddef.h>
#include <stdbool.h>
#include <stdint.h>

#include "tap_dpdk_losses.h"

#define TAP_DPDK_MOST_SOCKETS  64

struct tap_dpdk_sockets;

/* One thread at a time, but for tap_dpdk_stats_received(). */
struct tap_dpdk_stats {
	uint16_t port;
	uint64_t missed;	  /* at the last look */
	uint64_t packets, octets; /* when it was opened */
	uint64_t loss[TAP_DPDK_MOST_LOSSES]; /* numbers of the xstats that count as missed */
	unsigned n_losses;
	bool with_ierrors; /* and ierrors does */
	const struct tap_dpdk_stats *before;
	const struct tap_dpdk_sockets *kind;
	struct {
		int fd;
		uint64_t dropped;
	} socket[TAP_DPDK_MOST_SOCKETS]; /* the driver's, whose drops it does not tell */
	unsigned n_sockets;
	unsigned tap_interface; /* the kernel's, of net_tap; else 0 */
};

/* After the port has been started: looks up what its driver has, and counts from here on. `interface`: the
 * kernel's, if the port is one of these. `before`: the port that was opened before this one, or NULL. */
void tap_dpdk_stats_open(struct tap_dpdk_stats *s, uint16_t port, const char *driver, unsigned interface,
	const struct tap_dpdk_stats *before);

/* Frames that the port could not deliver since the last call. */
uint64_t tap_dpdk_stats_missed(struct tap_dpdk_stats *s);

/* Frames that it received since it was opened, and their bytes. */
void tap_dpdk_stats_received(const struct tap_dpdk_stats *s, uint64_t *packets, uint64_t *octets);

#endif
