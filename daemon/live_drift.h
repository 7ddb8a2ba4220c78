/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The cross-check of what was counted with what the ports say they received: both at each cut. The cutter's
 * thread adds, the main thread reads; a lock stands between them, held for a few loads.
 */
#ifndef LIVE_DRIFT_H
#define LIVE_DRIFT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "interval.h"

struct live_drift;

struct drift {
	uint64_t counted_packets, counted_bytes; /* since the start, up to the newest cut */
	uint64_t port_packets, port_bytes;	 /* the same, by the port */
	bool known;				 /* the tap has a port, and there was a cut */
};

struct live_drift *live_drift_new(size_t n_taps);
void live_drift_free(struct live_drift *d); /* accepts NULL */

/* The port's counters at the cut, and what the interval that ends there counted on this tap. */
void live_drift_port(struct live_drift *d, size_t tap, uint64_t packets, uint64_t octets);
void live_drift_counted(struct live_drift *d, size_t tap, const struct tap_count *count);

struct drift live_drift_get(struct live_drift *d, size_t tap);

#endif
