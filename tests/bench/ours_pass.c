/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The stages are cut out of the daemon's own source: burst_kernel.c is compiled into this file, which is
 * compiled for each of its instruction sets, OURS_PASS being the name of what it exports. A stage calls the
 * steps before it as the kernel's classify() does; when these change, this file does not compile until it
 * follows.
 */
#include "burst_kernel.c"
#include "ours.h"
#include "receive.h"

stage_pass_fn OURS_PASS;

/* What `p` points to is needed: the compiler must not leave out work that no later stage uses. */
static inline void keep(const void *p)
{
	__asm__ volatile("" : : "r"(p) : "memory");
}

static inline __attribute__((always_inline)) void stages(
	struct ours *o, const enum stage last, struct rte_mbuf **m, unsigned n)
{
	struct found found;
	struct burst b;

	for (unsigned i = 0; i + BURST_MAX <= n; i += BURST_MAX) {
		b.n = BURST_MAX;
		receive_burst(m + i, &b);
		if (last >= STAGE_CLASS) {
			classify(&b, &o->view, o->bank, 0);
		} else {
			burst_read(&b);
			if (last == STAGE_PEERING)
				burst_match(&b, &o->view, 0, &found);
		}
		if (last >= STAGE_COUNT)
			count(&b, o->bank, 0);
		keep(&found);
		keep(&b);
	}
}

void OURS_PASS(void *self, enum stage last, struct rte_mbuf **m, unsigned n)
{
	switch (last) {
	case STAGE_READ:
		stages(self, STAGE_READ, m, n);
		break;
	case STAGE_PEERING:
		stages(self, STAGE_PEERING, m, n);
		break;
	case STAGE_CLASS:
		stages(self, STAGE_CLASS, m, n);
		break;
	default:
		stages(self, STAGE_COUNT, m, n);
		break;
	}
}
