/* SPDX-License-Identifier: BSD-3-Clause */
#include "tap_dpdk_stats.h"

#include <rte_ethdev.h>

/* What drivers leave out of imissed and ierrors, though no frame came of it. Most drivers leave out nothing:
 * a name may stand here only if it is in neither of them. */
static const char *const discards[] = {
	"rx_phy_discard_packets", /* mlx5: no room in the port's own buffer; its imissed is rx_out_of_buffer */
	"rx_phy_crc_errors",	  /* mlx5: broken on the wire; its ierrors are those of its queues */
};
_Static_assert(RTE_DIM(discards) <= TAP_DPDK_MOST_DISCARDS, "there is room for all");

void tap_dpdk_stats_open(struct tap_dpdk_stats *s, uint16_t port)
{
	*s = (struct tap_dpdk_stats){ .port = port };
	for (size_t i = 0; i < RTE_DIM(discards); i++)
		if (!rte_eth_xstats_get_id_by_name(port, discards[i], &s->discard[s->n_discards]))
			s->n_discards++;
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
	now = stats.imissed + stats.ierrors + stats.rx_nombuf;
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
