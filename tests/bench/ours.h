/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The meter's own path over frames in mbufs, stopped after any stage. The steps are those of
 * daemon/path/burst.c and the hand-over of tap_dpdk.c: the very source files are compiled in.
 */
#ifndef BENCH_OURS_H
#define BENCH_OURS_H

#include "bank.h"
#include "stage.h"
#include "view.h"

struct routes;

/* Lookup tables of one route table, shared by all that use it. */
struct ours_tables {
	struct lpm4 lpm4;
	struct lpm6 lpm6;
};

struct ours {
	struct view view;
	struct bank *bank;
};

/* 0 or -errno. */
int ours_tables_build(struct ours_tables *t, const struct routes *routes);
void ours_tables_free(struct ours_tables *t);

/* One ingress tap; peering 0 takes what is untagged, peering p outer VID p. */
int ours_open(struct ours *o, const struct ours_tables *t, unsigned peerings, unsigned classes);
void ours_close(struct ours *o);

/* What (peering, class) has counted, all families. */
struct counters ours_sum(const struct ours *o, unsigned peering, unsigned class);
/* What is in no cell of a class: unknown, non-IP, unrouted, malformed. */
uint64_t ours_astray(const struct ours *o);

/* With burst kernel `name`, or NULL where the CPU at hand does not run it; NULL for `name`: as the daemon. */
stage_pass_fn *ours_pass(const char *name);

#endif
