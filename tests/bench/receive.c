/* SPDX-License-Identifier: BSD-3-Clause */
#include "receive.h"

#include "tap_dpdk.c"

void receive_burst(struct rte_mbuf **m, struct burst *b)
{
	hand_over(m, b);
}
