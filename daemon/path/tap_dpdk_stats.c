/* SPDX-License-Identifier: BSD-3-Clause */
#include "tap_dpdk_stats.h"

#include <dirent.h>
#include <linux/if_packet.h>
#include <rte_ethdev.h>
#include <stdlib.h>
#include <sys/socket.h>

/* What drivers leave out of imissed and ierrors, though no frame came of it. Most drivers leave out nothing:
 * a name may stand here only if it is in neither of them. */
static const char *const discards[] = {
	"rx_phy_discard_packets", /* mlx5: no room in the port's own buffer; its imissed is rx_out_of_buffer */
	"rx_phy_crc_errors",	  /* mlx5: broken on the wire; its ierrors are those of its queues */
};
_Static_assert(RTE_DIM(discards) <= TAP_DPDK_MOST_DISCARDS, "there is room for all");

static bool is_packet_socket(int fd, unsigned interface)
{
	struct sockaddr_ll address = { 0 };
	socklen_t size = sizeof(address);

	return !getsockname(fd, (struct sockaddr *)&address, &size) && address.sll_family == AF_PACKET &&
	       address.sll_ifindex == (int)interface;
}

/* net_af_packet keeps its sockets to itself, but they are ours: this process has no others. */
static void find_sockets(struct tap_dpdk_stats *s, unsigned interface)
{
	DIR *dir = interface ? opendir("/proc/self/fd") : NULL;
	struct dirent *entry;

	while (dir && (entry = readdir(dir)) && s->n_sockets < TAP_DPDK_MOST_SOCKETS) {
		int fd = atoi(entry->d_name);

		if (is_packet_socket(fd, interface))
			s->socket[s->n_sockets++] = fd;
	}
	if (dir)
		closedir(dir);
}

/* Reading clears: what a driver reads itself it also tells, and is not here. */
static uint64_t dropped_by_sockets(struct tap_dpdk_stats *s)
{
	for (unsigned i = 0; i < s->n_sockets; i++) {
		struct tpacket_stats stats = { 0 };
		socklen_t size = sizeof(stats);

		if (!getsockopt(s->socket[i], SOL_PACKET, PACKET_STATISTICS, &stats, &size))
			s->dropped += stats.tp_drops;
	}
	return s->dropped;
}

void tap_dpdk_stats_open(struct tap_dpdk_stats *s, uint16_t port, unsigned interface)
{
	*s = (struct tap_dpdk_stats){ .port = port };
	for (size_t i = 0; i < RTE_DIM(discards); i++)
		if (!rte_eth_xstats_get_id_by_name(port, discards[i], &s->discard[s->n_discards]))
			s->n_discards++;
	find_sockets(s, interface);
	tap_dpdk_stats_received(s, &s->packets, &s->octets);
	tap_dpdk_stats_missed(s);
}

uint64_t tap_dpdk_stats_missed(struct tap_dpdk_stats *s)
{
	uint64_t value[TAP_DPDK_MOST_DISCARDS] = { 0 }, now, since;
	struct rte_eth_stats stats;
	int n = 0;

	if (rte_eth_stats_get(s->port, &stats))
		return 0;
	now = stats.imissed + stats.ierrors + stats.rx_nombuf + dropped_by_sockets(s);
	if (s->n_discards)
		n = rte_eth_xstats_get_by_id(s->port, s->discard, value, s->n_discards);
	/* Without all of them `now` would fall, and rise again: they are made up for at the next look. */
	if (n != (int)s->n_discards)
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
