/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What ports lose and how their drivers tell it, by driver: a table made from the drivers' sources (DPDK 22.11
 * and 24.11), told in docs/taps.md. It knows nothing of DPDK. A frame that is in imissed, ierrors or rx_nombuf
 * must be in no xstat here, and the other way round: it would count twice.
 */
#ifndef PATH_TAP_DPDK_LOSSES_H
#define PATH_TAP_DPDK_LOSSES_H

#include <stdbool.h>

#define TAP_DPDK_MOST_LOSSES 8

struct tap_dpdk_losses {
	const char *driver;  /* a pattern of fnmatch(3) */
	bool is_for_ierrors; /* these stand for it: the driver's own sum holds frames that were delivered */
	const char *name[TAP_DPDK_MOST_LOSSES + 1]; /* xstats of frames that never came; NULL ends them */
};

/* NULL: imissed, ierrors and rx_nombuf say it all. */
const struct tap_dpdk_losses *tap_dpdk_losses_of(const char *driver);

#endif
