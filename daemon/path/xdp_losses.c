/* SPDX-License-Identifier: BSD-3-Clause */
#include "xdp_losses.h"

#include <ctype.h>
#include <linux/if_link.h>
#include <string.h>

#define MOST 9 /* of one driver */

#define AT_ANY	  (AT_DRIVER | AT_DRIVER_TAKING | AT_TC)
#define AT_NATIVE (AT_DRIVER | AT_DRIVER_TAKING)

#define LINK(f)		 { .of = OF_LINK, .field = offsetof(struct rtnl_link_stats64, f), .at = AT_ANY }
#define LINK_AT(f, when) { .of = OF_LINK, .field = offsetof(struct rtnl_link_stats64, f), .at = (when) }
#define PEER(f)		 { .of = OF_PEER, .field = offsetof(struct rtnl_link_stats64, f), .at = AT_ANY }
#define OWN(n)		 { .of = OF_DRIVER, .name = (n), .at = AT_ANY }
#define OWN_AT(n, when)	 { .of = OF_DRIVER, .name = (n), .at = (when) }
#define LESS_AT(n, when) { .of = OF_DRIVER, .name = (n), .at = (when), .is_off = true }

struct driver {
	const char *name;
	struct xdp_loss loss[MOST + 1];
};

/*
 * rx_dropped of the kernel's is nowhere here as it is: the stack counts in it what it drops of frames that a program
 * has passed on, and some drivers the program's own verdicts.
 *
 * Left out because they would count frames twice: rx_missed_errors of igb and igc (in rx_fifo_errors), rx_fifo_errors
 * and rx_length_errors of mlx4 (in its rx_dropped), rx_jabbers_phy of mlx5, rx_out_of_range_len_phy (in
 * rx_oversize_pkts_phy), what is counted by priority, class or queue beside a sum. Because it is not known whether a
 * frame was lost: rx_length_errors of i40e and ice (ice has given it up as wrong), rx_ovrsz_frames and rx_stat_discard
 * of bnxt, rx_wqe_err of mlx5, rx_no_buffer_count of igb, igc and e1000e. Because the frame may have been counted:
 * buffers for the stack that could not be had (rx_alloc_fail, rx_oom_discards ...), but where it is before a program.
 */
static const struct driver drivers[] = {
	{ "mlx5_core",
		{
			LINK(rx_missed_errors),		  /* no descriptor */
			OWN("rx_discards_phy"),		  /* no room in the port's own buffer */
			OWN("rx_crc_errors_phy"),	  /* the rest: broken on the wire, too short or too long */
			OWN("rx_in_range_len_errors_phy"),
			OWN("rx_undersize_pkts_phy"),
			OWN("rx_fragments_phy"),
			OWN("rx_oversize_pkts_phy"),
			OWN("rx_oversize_pkts_buffer"),
			OWN("rx_oversize_pkts_sw_drop"),
		} },
	/* Its rx_dropped, unlike the kernel's, is the port's alone. */
	{ "mlx4_en", { OWN("rx_dropped"), OWN("rx_crc_errors"), OWN("rx_jabbers") } },
	{ "ice",
		{
			OWN("rx_dropped"),     /* no descriptor */
			OWN("rx_dropped.nic"), /* no room in the port's own buffer; the kernel does not get it */
			OWN("rx_crc_errors.nic"),
			OWN("rx_undersize.nic"),
			OWN("rx_fragments.nic"),
			OWN("rx_oversize.nic"),
			OWN("rx_jabber.nic"),
		} },
	{ "i40e",
		{
			OWN("rx_missed_errors"), /* no descriptor */
			OWN("rx_dropped"),	 /* what its queues refused: the kernel's has the stack's drops too */
			OWN("port.rx_discards"), /* no room in the port's own buffer */
			OWN("port.rx_crc_errors"),
			OWN("port.rx_undersize"),
			OWN("port.rx_fragments"),
			OWN("port.rx_oversize"),
			OWN("port.rx_jabber"),
		} },
	{ "iavf", { OWN("rx_discards") } },
	{ "ixgbe",
		{
			LINK(rx_missed_errors),	   /* no room in the port's own buffer */
			OWN("rx_no_dma_resources"), /* no descriptor */
			LINK(rx_crc_errors),
			LINK(rx_length_errors),
			OWN("rx_long_length_errors"),
			OWN("rx_short_length_errors"),
		} },
	/* Their rx_fifo_errors is rx_missed_errors and the queues' drops. */
	{ "igb",
		{ LINK(rx_fifo_errors), LINK(rx_crc_errors), LINK(rx_length_errors), LINK(rx_frame_errors) } },
	{ "igc",
		{ LINK(rx_fifo_errors), LINK(rx_crc_errors), LINK(rx_length_errors), LINK(rx_frame_errors) } },
	{ "e1000e",
		{ LINK(rx_missed_errors), LINK(rx_crc_errors), LINK(rx_length_errors), LINK(rx_frame_errors) } },
	{ "bnxt_en", { LINK(rx_missed_errors), LINK(rx_crc_errors), OWN("[#]: rx_buf_errors") } },
	/* The kernel's rx_dropped is the device's drops and, on 6.12, the program's; on 6.1, without these, the difference
	 * says nothing. A frame in several buffers never reaches the program, and is counted as if it had dropped it. */
	{ "ena",
		{
			LINK_AT(rx_dropped, AT_DRIVER_TAKING),
			LESS_AT("queue_#_rx_xdp_drop", AT_DRIVER_TAKING),
			OWN_AT("queue_#_rx_xdp_drop", AT_DRIVER),
		} },
	/* Of the frames that it took from its rings, those that did not get to the program. Its drops hold the
	 * program's. Names as of 6.1, and as of 6.11. */
	{ "virtio_net",
		{
			LINK_AT(rx_packets, AT_NATIVE),
			LESS_AT("rx_queue_#_xdp_packets", AT_NATIVE),
			LESS_AT("rx#_xdp_packets", AT_NATIVE),
			OWN_AT("rx_queue_#_drops", AT_TC),
			OWN_AT("rx#_drops", AT_TC),
			OWN("rx#_hw_drops"), /* the host's, if it tells */
		} },
	/* What the other end could not hand over: the ring in front of the program was full, or the frame too long. */
	{ "veth", { PEER(tx_dropped), OWN("rx_queue_#_drops") } },
	/* The kernel's rx_dropped holds verdicts, and frames that were counted; the writer is told of all the rest. */
	{ "tun", { { 0 } } },
	{ "vmxnet3", { OWN("  pkts rx OOB"), OWN("  drv dropped rx total") } },
	/* Counts as the program's drops the frames for which it had no page or that were too long, too. */
	{ "hv_netvsc", { OWN_AT("rx_queue_#_xdp_drop", AT_DRIVER), OWN_AT("rx_no_memory", AT_TC) } },
	{ "gve",
		{
			OWN("rx_desc_err_dropped_pkt"),
			OWN("rx_queue_drop_cnt[#]"), /* the NIC's, if it reports */
			OWN_AT("rx_skb_alloc_fail", AT_TC),
		} },
};

/* The two whose meaning the kernel lays down: no buffer in the host, and broken on the wire. */
static const struct xdp_loss any_driver[] = { LINK(rx_missed_errors), LINK(rx_crc_errors), { 0 } };

const struct xdp_loss *xdp_losses_of(const char *driver)
{
	for (size_t i = 0; i < sizeof(drivers) / sizeof(*drivers); i++)
		if (!strcmp(drivers[i].name, driver))
			return drivers[i].loss;
	return any_driver;
}

bool xdp_loss_is(const struct xdp_loss *l, const char *name, size_t size)
{
	const char *end = name + strnlen(name, size), *wanted;

	if (l->of != OF_DRIVER)
		return false;
	for (wanted = l->name; *wanted && name < end; wanted++) {
		if (*wanted == '#' ? !isdigit((unsigned char)*name) : *wanted != *name)
			return false;
		name++;
		while (*wanted == '#' && name < end && isdigit((unsigned char)*name))
			name++;
	}
	return !*wanted && name == end;
}
