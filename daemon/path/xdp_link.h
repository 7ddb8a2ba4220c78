/* SPDX-License-Identifier: BSD-3-Clause */
/* What rtnetlink says of an interface, here or in a namespace that can be seen from here. Any thread. */
#ifndef PATH_XDP_LINK_H
#define PATH_XDP_LINK_H

#include <linux/if_link.h>
#include <stdbool.h>
#include <stdint.h>

#include "xdp_port.h"

#define XDP_LINK_HERE INT32_MIN /* this network namespace; others have numbers in it */

struct xdp_link {
	char name[XDP_PORT_NAME];
	bool native;	    /* an XDP program runs in its driver */
	bool on_a_bus;	    /* it is a device's (Linux 5.14 tells), and not the kernel's own */
	int32_t peer;	    /* index of a pair's other end; 0: there is none */
	int32_t peer_space; /* the namespace that it is in */
	struct rtnl_link_stats64 stats;
};

/* Interface number `index` of namespace `space`. 0 or -errno: -ENODEV when there is none; others when that
 * namespace cannot be seen. */
int xdp_link_read(int index, int32_t space, struct xdp_link *l);

#endif
