/* SPDX-License-Identifier: BSD-3-Clause */
#include "tap_dpdk_eal.h"

#include <rte_common.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "text.h"

#define LEAST_BUFFERS 6144u /* that memory must do for: a driver may want a longer ring */
#define NO_HUGE_BASE  64u   /* MiB that DPDK itself wants without huge pages */
#define BUFFER_ROOM   2560u /* bytes that a buffer takes, with its head */

/* Free huge pages of any size, in MiB. */
static unsigned long huge_free(void)
{
	static const struct {
		const char *file;
		unsigned long mib;
	} kinds[] = {
		{ "/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages", 2 },
		{ "/sys/kernel/mm/hugepages/hugepages-1048576kB/free_hugepages", 1024 },
	};
	unsigned long sum = 0;

	for (size_t i = 0; i < RTE_DIM(kinds); i++) {
		FILE *f = fopen(kinds[i].file, "r");
		unsigned long n;

		if (!f)
			continue;
		if (fscanf(f, "%lu", &n) == 1)
			sum += n * kinds[i].mib;
		fclose(f);
	}
	return sum;
}

/* domain:bus:device.function, as lspci prints it. */
bool tap_dpdk_eal_is_pci(const char *device)
{
	unsigned domain, bus, slot, function;

	return sscanf(device, "%x:%x:%x.%u", &domain, &bus, &slot, &function) == 4 ||
	       sscanf(device, "%x:%x.%u", &bus, &slot, &function) == 3;
}

static void args_add(struct tap_dpdk_args *a, const char *text)
{
	if (a->n < TAP_DPDK_MOST_ARGS)
		a->arg[a->n++] = mem_dup(text);
}

void tap_dpdk_eal_free(struct tap_dpdk_args *a)
{
	while (a->n)
		free(a->arg[--a->n]);
}

/* Drivers that have as many queues as their device's arguments say, and spread frames over them whoever polls:
 * a queue that is left out is traffic that is not seen. */
static const struct own_queues {
	const char *driver, *argument;
	bool is_counted; /* as often as the argument stands there; else its value */
} own_queues[] = {
	{ "net_af_packet", "qpairs=", false },
	{ "net_af_xdp", "queue_count=", false },
	{ "net_pcap", "rx_pcap=", true },
	{ "net_pcap", "rx_iface=", true },
};

bool tap_dpdk_eal_has_own_queues(const char *driver)
{
	for (size_t i = 0; i < RTE_DIM(own_queues); i++)
		if (!strcmp(driver, own_queues[i].driver))
			return true;
	return false;
}

/* By the arguments: before there is a device to ask. */
static unsigned count_own_queues(const char *device)
{
	unsigned n = 0;

	for (size_t i = 0; i < RTE_DIM(own_queues); i++) {
		const struct own_queues *o = &own_queues[i];
		const char *at = strncmp(device, o->driver, strlen(o->driver)) ? NULL : device;

		while (at && (at = strstr(at, o->argument))) {
			at += strlen(o->argument);
			n += o->is_counted ? 1 : (unsigned)atoi(at);
		}
	}
	return n;
}

/* Queues that buffers are needed for, at the most. */
static unsigned count_queues(const struct tap_dpdk_options *o)
{
	unsigned n = 0;

	for (size_t i = 0; i < o->n_ports; i++)
		n += RTE_MAX(o->n_workers, count_own_queues(o->ports[i].device));
	return n;
}

static bool is_given(const struct tap_dpdk_options *o, const char *arg)
{
	for (size_t i = 0; i < o->n_args; i++)
		if (!strcmp(o->args[i], arg))
			return true;
	return false;
}

/* Nothing of ours is for other processes: no files, with huge pages or without, where the EAL does not let
 * --in-memory stand. */
static void add_memory(const struct tap_dpdk_options *o, struct tap_dpdk_args *a)
{
	uint64_t buffers = (uint64_t)RTE_MAX(o->n_buffers, LEAST_BUFFERS) * count_queues(o);
	unsigned need = NO_HUGE_BASE + (unsigned)(buffers * BUFFER_ROOM >> 20);
	char mib[16];

	if (is_given(o, "--no-huge")) {
		args_add(a, "--no-shconf");
	} else if (huge_free() >= need) {
		args_add(a, "--in-memory");
	} else {
		log_info("dpdk: %lu MiB of huge pages free, %u wanted: running without", huge_free(), need);
		snprintf(mib, sizeof(mib), "%u", need);
		args_add(a, "--no-shconf");
		args_add(a, "--no-huge");
		args_add(a, "-m");
		args_add(a, mib);
	}
}

int tap_dpdk_eal_start(const struct tap_dpdk_options *o, struct tap_dpdk_args *a)
{
	char *argv[TAP_DPDK_MOST_ARGS + 1];
	char text[64];
	bool pci = false;
	int n;

	args_add(a, "transitd");
	snprintf(text, sizeof(text), "--file-prefix=transitd-%s", o->meter);
	args_add(a, text);
	snprintf(text, sizeof(text), "--lcores=0@%d", sched_getcpu());
	args_add(a, text);
	args_add(a, "--log-level=lib.eal:error");
	args_add(a, "--log-level=lib.telemetry:error");
	for (size_t i = 0; i < o->n_ports; i++) {
		if (!tap_dpdk_eal_is_pci(o->ports[i].device))
			continue;
		pci = true;
		args_add(a, "-a");
		args_add(a, o->ports[i].device);
	}
	if (!pci)
		args_add(a, "--no-pci");
	add_memory(o, a);
	for (size_t i = 0; i < o->n_args; i++)
		args_add(a, o->args[i]);
	memcpy(argv, a->arg, sizeof(argv)); /* EAL moves its arguments about */
	n = rte_eal_init(a->n, argv);
	if (n < 0)
		log_error("dpdk: the EAL does not start: %s", rte_strerror(rte_errno));
	return n < 0 ? -rte_errno : 0;
}
