/* SPDX-License-Identifier: BSD-3-Clause */
/* The work on a frame, stage by stage; a pass does all stages up to `last` for each of its frames. */
#ifndef BENCH_STAGE_H
#define BENCH_STAGE_H

enum stage {
	STAGE_TOUCH,   /* load from the first line of the frame */
	STAGE_READ,    /* headers */
	STAGE_PEERING, /* whose frame it is */
	STAGE_CLASS,   /* where its far end lies */
	STAGE_COUNT,   /* add it to its cell */
	STAGES,
};

#define STAGE_BURST 32u

struct rte_mbuf;

/* `n` is a multiple of STAGE_BURST. */
typedef void stage_pass_fn(void *self, enum stage last, struct rte_mbuf **m, unsigned n);

#endif
