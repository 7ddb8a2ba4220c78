/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * DPDK's environment (EAL): its arguments, and how much memory it is to take. One a process; at the start and
 * the end, main thread. And what device strings say before there is a device to ask.
 */
#ifndef PATH_TAP_DPDK_EAL_H
#define PATH_TAP_DPDK_EAL_H

#include <stdbool.h>

#include "tap_dpdk.h"

#define TAP_DPDK_MOST_ARGS 127

/* The EAL keeps pointers into its arguments until its end. Zero-initialise. */
struct tap_dpdk_args {
	char *arg[TAP_DPDK_MOST_ARGS + 1];
	int n;
};

/* 0 or -errno (logged). Fills `a`, also on failure: tap_dpdk_eal_free() after rte_eal_cleanup(). */
int tap_dpdk_eal_start(const struct tap_dpdk_options *o, struct tap_dpdk_args *a);
void tap_dpdk_eal_free(struct tap_dpdk_args *a);

/* domain:bus:device.function, as lspci prints it. */
bool tap_dpdk_eal_is_pci(const char *device);

/* Whether ports of this driver have the queues that their arguments say, and spread frames over all of them. */
bool tap_dpdk_eal_has_own_queues(const char *driver);

#endif
