/* SPDX-License-Identifier: BSD-3-Clause */
/* Kernel interfaces as the XDP taps need to know them. No BPF in here; any thread. */
#ifndef PATH_XDP_PORT_H
#define PATH_XDP_PORT_H

#include <stdbool.h>
#include <stdint.h>

#define XDP_PORT_NAME 16 /* bytes of an interface's name, with the 0 at its end */

struct xdp_port {
	int index;
	char driver[32];  /* "" when it does not say */
	uint32_t min_wire; /* what the hardware pads sent frames to, bytes without FCS; 0: nothing pads */
	bool strips_tags; /* takes the outer VLAN tag out of received frames */
};

/* 0; -ENODEV when there is no such interface, -EPROTOTYPE when its frames are not Ethernet's. */
int xdp_port_look(const char *name, struct xdp_port *p);

/* Leaves received tags in the frames. 0, or -errno when the driver cannot. */
int xdp_port_keep_tags(const char *name);

/* Lets frames for anybody in: a mirror port sees no others. */
int xdp_port_promiscuous(const char *name);

/* SIOCETHTOOL: what the command begins with says what is asked, and how long it is. 0 or -errno. */
int xdp_port_ethtool(const char *name, void *command);

/* A descriptor that becomes readable when interfaces come, go or change; xdp_port_heard() empties it. */
int xdp_port_listen(void);
void xdp_port_heard(int fd);

#endif
