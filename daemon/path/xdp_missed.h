/* SPDX-License-Identifier: BSD-3-Clause */
/* What an interface lost before a program saw it: the counters of xdp_losses.h, and what they grow by. One thread at
 * a time. */
#ifndef PATH_XDP_MISSED_H
#define PATH_XDP_MISSED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "xdp_ethtool.h"
#include "xdp_link.h"
#include "xdp_losses.h"

struct xdp_missed_counter {
	const struct xdp_loss *is;
	size_t number; /* of the driver's statistic */
	uint64_t before;
};

struct xdp_missed {
	const char *tap, *interface; /* borrowed */
	int index;		     /* of the interface; 0: nothing is counted */
	bool takes, is_ready;
	struct xdp_missed_counter *counter;
	size_t n;
	struct xdp_ethtool driver;
	struct xdp_link link, peer; /* as last read */
	bool sees_peer, is_new_peer, was_told;
	int64_t owed; /* lost frames that are not told yet; below 0: as many of the next ones were told already */
};

/* From here on: what was lost before is not told. The program has been attached to interface number `index`;
 * `takes`: it lets no frame pass. */
void xdp_missed_open(struct xdp_missed *m, const char *tap, const char *interface, int index, bool takes);

/* Frames that were lost since the last call. */
uint64_t xdp_missed_since(struct xdp_missed *m);

void xdp_missed_close(struct xdp_missed *m); /* a zeroed one too */

#endif
