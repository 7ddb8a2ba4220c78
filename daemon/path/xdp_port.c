/* SPDX-License-Identifier: BSD-3-Clause */
#include "xdp_port.h"

#include <errno.h>
#include <net/if.h> /* first: linux/if.h then leaves the flags to it */

#include <linux/ethtool.h>
#include <linux/if_arp.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "xdp_link.h"

#define MIN_FRAME 60 /* IEEE 802.3: 64 bytes with the FCS */

/* An interface request; `data` for SIOCETHTOOL. 0 or -errno. */
static int request(const char *name, unsigned long what, struct ifreq *ifr, void *data)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), error;

	if (fd < 0)
		return -errno;
	snprintf(ifr->ifr_name, sizeof(ifr->ifr_name), "%s", name);
	if (data)
		ifr->ifr_data = data;
	error = ioctl(fd, what, ifr) ? -errno : 0;
	close(fd);
	return error;
}

int xdp_port_ethtool(const char *name, void *command)
{
	struct ifreq ifr = { 0 };

	return request(name, SIOCETHTOOL, &ifr, command);
}

/* Hardware pads; what exists in memory alone (veth, tap, a guest's virtio) does not. */
static bool pads(const struct xdp_port *p)
{
	struct xdp_link link;

	return strcmp(p->driver, "virtio_net") && !xdp_link_read(p->index, XDP_LINK_HERE, &link) && link.on_a_bus;
}

static void look_at_driver(const char *name, struct xdp_port *p)
{
	struct ethtool_drvinfo info = { .cmd = ETHTOOL_GDRVINFO };
	struct ethtool_value flags = { .cmd = ETHTOOL_GFLAGS };

	if (!xdp_port_ethtool(name, &info))
		snprintf(p->driver, sizeof(p->driver), "%s", info.driver);
	if (!xdp_port_ethtool(name, &flags))
		p->strips_tags = flags.data & ETH_FLAG_RXVLAN;
	p->min_wire = pads(p) ? MIN_FRAME : 0;
}

int xdp_port_look(const char *name, struct xdp_port *p)
{
	struct ifreq ifr = { 0 };
	int error = request(name, SIOCGIFHWADDR, &ifr, NULL);

	if (error)
		return error;
	if (ifr.ifr_hwaddr.sa_family != ARPHRD_ETHER)
		return -EPROTOTYPE;
	*p = (struct xdp_port){ .index = (int)if_nametoindex(name) };
	if (!p->index)
		return -ENODEV;
	look_at_driver(name, p);
	return 0;
}

int xdp_port_keep_tags(const char *name)
{
	struct ethtool_value flags = { .cmd = ETHTOOL_GFLAGS };
	int error = xdp_port_ethtool(name, &flags);

	if (error || !(flags.data & ETH_FLAG_RXVLAN))
		return error;
	flags.cmd = ETHTOOL_SFLAGS;
	flags.data &= ~(uint32_t)ETH_FLAG_RXVLAN;
	return xdp_port_ethtool(name, &flags);
}

int xdp_port_promiscuous(const char *name)
{
	struct ifreq ifr = { 0 };
	int error = request(name, SIOCGIFFLAGS, &ifr, NULL);

	if (error || ifr.ifr_flags & IFF_PROMISC)
		return error;
	ifr.ifr_flags |= IFF_PROMISC;
	return request(name, SIOCSIFFLAGS, &ifr, NULL);
}

int xdp_port_listen(void)
{
	struct sockaddr_nl address = { .nl_family = AF_NETLINK, .nl_groups = RTMGRP_LINK };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, NETLINK_ROUTE);

	if (fd >= 0 && !bind(fd, (struct sockaddr *)&address, sizeof(address)))
		return fd;
	if (fd >= 0)
		close(fd);
	return -errno;
}

void xdp_port_heard(int fd)
{
	char message[8192];

	/* What it says is not read: whoever listens looks at its interfaces anew, also after an overflow. */
	while (recv(fd, message, sizeof(message), 0) > 0 || errno == ENOBUFS)
		;
}
