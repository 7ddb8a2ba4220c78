/* SPDX-License-Identifier: BSD-3-Clause */
/* A driver's own statistics (ethtool -S): names, looked up once, and values. One thread at a time. */
#ifndef PATH_XDP_ETHTOOL_H
#define PATH_XDP_ETHTOOL_H

#include <stddef.h>
#include <stdint.h>

#define XDP_ETHTOOL_NAME 32 /* bytes of a name; without a 0 at its end if it takes all */

struct xdp_ethtool {
	size_t n; /* 0: the driver has none */
	char (*name)[XDP_ETHTOOL_NAME];
	const uint64_t *value; /* as last read */
	void *memory;	       /* that the kernel writes to */
	size_t size;
};

/* 0 or -errno; a driver without statistics is none. */
int xdp_ethtool_open(struct xdp_ethtool *e, const char *interface);
void xdp_ethtool_close(struct xdp_ethtool *e);

/* 0 or -errno: -ESTALE when the driver has another number of statistics by now. */
int xdp_ethtool_read(struct xdp_ethtool *e, const char *interface);

#endif
