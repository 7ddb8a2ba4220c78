/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Where the kernel's drivers count the frames that were lost before a program could see them: a table made from the
 * sources of Linux 6.1 and 6.12, told in docs/taps.md. It knows nothing of how counters are read.
 *
 * A frame that a program has seen is in a cell, and must be in no counter here, but for those that are taken off
 * again. A frame that was lost must be in one.
 */
#ifndef PATH_XDP_LOSSES_H
#define PATH_XDP_LOSSES_H

#include <stdbool.h>
#include <stddef.h>

/* Where the program runs; a counter may hold lost frames in one case and counted ones in another. */
enum xdp_losses_at {
	AT_DRIVER = 1,	      /* in the driver, and lets frames pass: no verdict of its own is in the counters */
	AT_DRIVER_TAKING = 2, /* in the driver, and takes all frames */
	AT_TC = 4,	      /* after the driver */
};

enum xdp_losses_of {
	OF_LINK,   /* the kernel's counters of the interface */
	OF_PEER,   /* those of a pair's other end */
	OF_DRIVER, /* the driver's own statistics */
};

struct xdp_loss {
	enum xdp_losses_of of;
	size_t field;	  /* where it is in struct rtnl_link_stats64 */
	const char *name; /* of the driver's; '#' stands for a number */
	unsigned at;	  /* bits: it counts in these cases */
	bool is_off;	  /* is taken off the others, and they are nothing without it */
};

/* What counts for a driver, by the name that it gives itself; an entry with at == 0 ends it. */
const struct xdp_loss *xdp_losses_of(const char *driver);

/* Is it this statistic? The name has `size` bytes at most. */
bool xdp_loss_is(const struct xdp_loss *l, const char *name, size_t size);

#endif
