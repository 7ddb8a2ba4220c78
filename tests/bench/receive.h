/* SPDX-License-Identifier: BSD-3-Clause */
/* What tap_dpdk.c does with a burst that its driver has just handed over. */
#ifndef BENCH_RECEIVE_H
#define BENCH_RECEIVE_H

struct burst;
struct rte_mbuf;

void receive_burst(struct rte_mbuf **m, struct burst *b); /* b->n of them */

#endif
