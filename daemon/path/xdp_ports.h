/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The interfaces of a meter's XDP taps: which sides of each are metered, the programs on them, and a thread that
 * attaches again to an interface that went and came back.
 *
 * The lock is held whenever what is attached changes; the era that counts is the owner's to change under it.
 */
#ifndef PATH_XDP_PORTS_H
#define PATH_XDP_PORTS_H

#include <pthread.h>

#include "xdp_era.h"
#include "xdp_lost.h"

struct tap_xdp_port;
struct tap_xdp_state;

enum xdp_side { SIDE_RECEIVED, SIDE_SENT, SIDES };

struct xdp_ports_port {
	char tap[NAME_SIZE], interface[XDP_PORT_NAME];
	uint32_t number; /* of the tap in the layout */
	bool consume;
	int index; /* of the interface when it was attached to, 0: it is gone */
	struct xdp_attach side[SIDES];
	bool is_minded; /* what it loses is asked for */
};

struct xdp_ports {
	struct xdp_ports_port *port;
	size_t n;
	pthread_mutex_t lock;
	const struct xdp_era *era; /* what is attached counts in this one */
	pthread_t watch;
	bool watches;
	int listen, stop;
	struct xdp_lost lost;
};

/* `folder`: where the meter's links are pinned. 0 or -errno (logged); xdp_ports_free() either way. */
int xdp_ports_init(struct xdp_ports *p, const char *folder, const struct tap_xdp_port *port, size_t n);
void xdp_ports_free(struct xdp_ports *p);

/* Attaches all for `era` and watches. 0 or -errno (logged): then nothing is attached. */
int xdp_ports_up(struct xdp_ports *p, const struct xdp_era *era);

/* The programs of `era`, whose view has the same taps, loaded aside into era->ready. Any thread. 0 or -errno (logged). */
int xdp_ports_prepare(struct xdp_ports *p, struct xdp_era *era);

/* What is attached counts in `era` when this returns; programs that run in this moment may not have ended. */
void xdp_ports_switch(struct xdp_ports *p, struct xdp_era *era);

/* Ends watching; detaches all, or lets go of all and leaves it attached. */
void xdp_ports_down(struct xdp_ports *p);
void xdp_ports_leave(struct xdp_ports *p);

/* At a cut, when what is attached counts in the next interval: what has been lost up to now? */
void xdp_ports_ask(struct xdp_ports *p);

/* What port `port` lost before a program saw it, since the last call and up to the last question. */
uint64_t xdp_ports_missed(struct xdp_ports *p, size_t port);

/* How port `port` is metered now. Any thread. */
void xdp_ports_state(struct xdp_ports *p, size_t port, struct tap_xdp_state *out);

#endif
