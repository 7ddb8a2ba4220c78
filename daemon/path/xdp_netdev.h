/* SPDX-License-Identifier: BSD-3-Clause */
/* What the kernel's netdev family (generic netlink, Linux 6.3) says of an interface. Any thread. */
#ifndef PATH_XDP_NETDEV_H
#define PATH_XDP_NETDEV_H

#include <stdbool.h>

/* Does the driver tell XDP programs the VLAN tag that it took out of a frame (Linux 6.8)? A program may ask any driver:
 * one that does not tell answers like a frame without a tag, whatever the frame was. */
bool xdp_netdev_tells_tags(int index);

#endif
