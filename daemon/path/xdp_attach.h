/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One program on one side of an interface, through a pinned bpf_link. Attaching where a link is pinned
 * already replaces its program in one step: no frame passes between the old and the new one.
 */
#ifndef PATH_XDP_ATTACH_H
#define PATH_XDP_ATTACH_H

#include <stdbool.h>
#include <stdint.h>

#include "xdp_pins.h"
#include "xdp_port.h"
#include "xdp_program.h"

struct xdp_attach {
	const char *tap, *interface; /* names, borrowed */
	uint32_t number;	     /* of the tap in the layout */
	bool sent, consume;
	char pin[XDP_PINS_SIZE + NAME_SIZE + 16];
	int index; /* of the interface; 0: not attached */
	int link;
	struct xdp_program program;
};

/* 0 or -errno (logged, with the mode in which it is attached). */
int xdp_attach_up(struct xdp_attach *a, const struct xdp_view *view, const struct xdp_maps *maps);

/* Takes the program off the interface. */
void xdp_attach_down(struct xdp_attach *a);

/* Lets go and leaves the program where it is. */
void xdp_attach_leave(struct xdp_attach *a);

#endif
