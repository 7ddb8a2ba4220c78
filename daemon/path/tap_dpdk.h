/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * DPDK ports as taps. The EAL is one a process, so all DPDK taps are opened together. Works on huge pages
 * where they are free, and without.
 */
#ifndef PATH_TAP_DPDK_H
#define PATH_TAP_DPDK_H

#include <stddef.h>
#include <stdint.h>

#include "tap.h"

struct tap_dpdk_port {
	uint32_t tap;	    /* its number in the layout */
	const char *name;   /* for messages */
	const char *device; /* an EAL device: PCI address or virtual device, with its arguments */
};

struct tap_dpdk_options {
	const char *meter;
	const struct tap_dpdk_port *ports;
	size_t n_ports;
	/* A port that can spread frames over queues (RSS) gets one for each worker, one whose driver has queues of its
	 * own all of these, any other one. */
	unsigned n_workers;
	char *const *args;  /* further EAL arguments */
	size_t n_args;
	unsigned n_buffers; /* of each queue, at least */
};

struct tap_dpdk;

/* 0 or -errno; says in the log which tap failed and why. At most once a process. */
int tap_dpdk_open(const struct tap_dpdk_options *o, struct tap_dpdk **out);
void tap_dpdk_close(struct tap_dpdk *t); /* accepts NULL */

/* Port `port`'s queues, each to be polled by one worker. */
size_t tap_dpdk_n_queues(const struct tap_dpdk *t, size_t port);
struct tap_queue *tap_dpdk_queue(struct tap_dpdk *t, size_t port, size_t queue);

/* Frames that port `port` could not deliver since the last call: no descriptor, no buffer, broken on the
 * wire; docs/taps.md. */
uint64_t tap_dpdk_missed(struct tap_dpdk *t, size_t port);

/* What the port itself says it received since it was opened: to be held against what was counted. Whether
 * `bytes` has the FCS depends on the driver. */
struct tap_dpdk_counters {
	uint64_t packets, bytes;
};
struct tap_dpdk_counters tap_dpdk_counters(const struct tap_dpdk *t, size_t port);

/* What a worker's thread does before it polls and after. */
void tap_dpdk_enter(void);
void tap_dpdk_leave(void);

#endif
