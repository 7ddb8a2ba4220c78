/* SPDX-License-Identifier: BSD-3-Clause */
#include "tap_dpdk_stats.h"

#include <dirent.h>
#include <linux/if_packet.h>
#include <linux/if_xdp.h>
#include <net/if.h>
#include <rte_ethdev.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "tap_dpdk_losses.h"

/* Reading clears: what a driver reads itself it also tells, and is not here. */
static uint64_t packet_drops(int fd, uint64_t before)
{
	struct tpacket_stats stats = { 0 };
	socklen_t size = sizeof(stats);

	return getsockopt(fd, SOL_PACKET, PACKET_STATISTICS, &stats, &size) ? before : before + stats.tp_drops;
}

/* The driver tells rx_dropped, but not that the ring to us was full. */
static uint64_t xdp_drops(int fd, uint64_t before)
{
	struct xdp_statistics stats = { 0 };
	socklen_t size = sizeof(stats);

	return getsockopt(fd, SOL_XDP, XDP_STATISTICS, &stats, &size) ? before : stats.rx_ring_full;
}

/* Drivers that keep their sockets to themselves, and the sockets' drops too. */
static const struct tap_dpdk_sockets {
	const char *driver;
	int family;
	uint64_t (*drops)(int fd, uint64_t before); /* since the socket was opened */
} sockets[] = {
	{ "net_af_packet", AF_PACKET, packet_drops },
	{ "net_af_xdp", AF_XDP, xdp_drops },
};

static bool is_taken(const struct tap_dpdk_stats *s, int fd)
{
	for (; s; s = s->before)
		for (unsigned i = 0; i < s->n_sockets; i++)
			if (s->socket[i].fd == fd)
				return true;
	return false;
}

/* A packet socket is also asked for its interface: libpcap has such sockets too. An XDP socket does not tell. */
static bool is_at(int fd, int family, unsigned interface)
{
	struct sockaddr_ll address = { 0 };
	socklen_t size = sizeof(address);

	return family != AF_PACKET || (!getsockname(fd, (struct sockaddr *)&address, &size) &&
					      (unsigned)address.sll_ifindex == interface);
}

static bool is_of(int fd, int family)
{
	socklen_t size = sizeof(int);
	int domain;

	return !getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) && domain == family;
}

/* They are in this process: those that no port before this one has. */
static void find_sockets(struct tap_dpdk_stats *s, const char *driver, unsigned interface)
{
	const struct tap_dpdk_sockets *kind = NULL;
	struct dirent *entry;
	DIR *dir;

	for (size_t i = 0; i < RTE_DIM(sockets); i++)
		if (!strcmp(driver, sockets[i].driver))
			kind = &sockets[i];
	dir = kind ? opendir("/proc/self/fd") : NULL;
	while (dir && (entry = readdir(dir)) && s->n_sockets < TAP_DPDK_MOST_SOCKETS) {
		int fd = atoi(entry->d_name);

		if (is_of(fd, kind->family) && is_at(fd, kind->family, interface) && !is_taken(s->before, fd))
			s->socket[s->n_sockets++].fd = fd;
	}
	if (dir)
		closedir(dir);
	s->kind = kind;
}

static uint64_t dropped_by_sockets(struct tap_dpdk_stats *s)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < s->n_sockets; i++) {
		s->socket[i].dropped = s->kind->drops(s->socket[i].fd, s->socket[i].dropped);
		sum += s->socket[i].dropped;
	}
	return sum;
}

/* What the kernel could not hand to the port: of net_tap's interface, in our network namespace. */
static uint64_t dropped_by_interface(const struct tap_dpdk_stats *s)
{
	char name[IF_NAMESIZE], line[512], found[IF_NAMESIZE];
	FILE *f = s->tap_interface && if_indextoname(s->tap_interface, name) ? fopen("/proc/self/net/dev", "r") : NULL;
	unsigned long long drops, sum = 0;

	while (f && fgets(line, sizeof(line), f)) /* eight numbers of what it received, then bytes, packets, errors */
		if (sscanf(line, " %15[^:]: %*u %*u %*u %*u %*u %*u %*u %*u %*u %*u %*u %llu", found, &drops) == 2 &&
			!strcmp(found, name))
			sum = drops;
	if (f)
		fclose(f);
	return sum;
}

/* By name, once. If not all are there that stand in place of ierrors, ierrors is better than some of them. */
static void find_losses(struct tap_dpdk_stats *s, const char *driver)
{
	const struct tap_dpdk_losses *l = tap_dpdk_losses_of(driver);
	unsigned wanted = 0;

	s->with_ierrors = true;
	for (; l && wanted < TAP_DPDK_MOST_LOSSES && l->name[wanted]; wanted++)
		if (!rte_eth_xstats_get_id_by_name(s->port, l->name[wanted], &s->loss[s->n_losses]))
			s->n_losses++;
	if (l && l->is_for_ierrors && s->n_losses == wanted)
		s->with_ierrors = false;
	else if (l && l->is_for_ierrors)
		s->n_losses = 0;
}

void tap_dpdk_stats_open(struct tap_dpdk_stats *s, uint16_t port, const char *driver, unsigned interface,
	const struct tap_dpdk_stats *before)
{
	*s = (struct tap_dpdk_stats){ .port = port, .before = before };
	find_losses(s, driver);
	find_sockets(s, driver, interface);
	s->tap_interface = strcmp(driver, "net_tap") ? 0 : interface;
	tap_dpdk_stats_received(s, &s->packets, &s->octets);
	tap_dpdk_stats_missed(s);
}

uint64_t tap_dpdk_stats_missed(struct tap_dpdk_stats *s)
{
	uint64_t value[TAP_DPDK_MOST_LOSSES] = { 0 }, now, since;
	struct rte_eth_stats stats;
	int n = 0;

	if (rte_eth_stats_get(s->port, &stats))
		return 0;
	now = stats.imissed + (s->with_ierrors ? stats.ierrors : 0) + stats.rx_nombuf + dropped_by_sockets(s) +
	      dropped_by_interface(s);
	if (s->n_losses)
		n = rte_eth_xstats_get_by_id(s->port, s->loss, value, s->n_losses);
	/* Without all of them `now` would fall, and rise again: they are made up for at the next look. */
	if (n != (int)s->n_losses)
		return 0;
	for (int i = 0; i < n; i++)
		now += value[i];
	/* Somebody cleared the port's counters. */
	since = now < s->missed ? now : now - s->missed;
	s->missed = now;
	return since;
}

void tap_dpdk_stats_received(const struct tap_dpdk_stats *s, uint64_t *packets, uint64_t *octets)
{
	struct rte_eth_stats stats;

	*packets = *octets = 0;
	if (rte_eth_stats_get(s->port, &stats))
		return;
	*packets = stats.ipackets - s->packets;
	*octets = stats.ibytes - s->octets;
}
