/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One program on one side of an interface, by a hook (xdp_hook.h). Attaching where one of this meter's is
 * already replaces it in one step: no frame passes between the old and the new one. What takes long, the
 * kernel's check of a program, can be done before.
 */
#ifndef PATH_XDP_ATTACH_H
#define PATH_XDP_ATTACH_H

#include <stdbool.h>
#include <stdint.h>

#include "layout.h"
#include "xdp_pins.h"
#include "xdp_port.h"
#include "xdp_program.h"

struct xdp_hook;
struct xdp_mode; /* which program, and how it may be had: native XDP, tc ... */

/* A program that is loaded for an interface, and not yet attached. */
struct xdp_ready {
	const struct xdp_mode *mode; /* NULL: there is none */
	int index;		     /* of the interface */
	struct xdp_program program;
};

struct xdp_attach {
	const char *interface;	 /* borrowed */
	char tap[NAME_SIZE];
	uint32_t number;	 /* of the tap in the layout */
	bool sent, consume;
	char pin[XDP_PINS_SIZE + NAME_SIZE + 16];
	struct xdp_ready on;	     /* what is attached */
	const struct xdp_hook *hook; /* how */
	int held;		     /* a descriptor of the hook's, or -1 */
};

/* Attaches. 0 or -errno (logged, with the mode in which it is attached). */
int xdp_attach_up(struct xdp_attach *a, const struct xdp_view *view, const struct xdp_maps *maps);

/* Loads a program like the one that is attached, or one that could be, and changes nothing. 0 or -errno (logged). */
int xdp_attach_prepare(const struct xdp_attach *a, const struct xdp_view *view, const struct xdp_maps *maps,
	struct xdp_ready *ready);
void xdp_attach_discard(struct xdp_ready *ready); /* accepts one without a program */

/* The program in the place of the one that is attached, if any; it is used up. 0 or -errno (logged): then the old
 * one goes on. */
int xdp_attach_switch(struct xdp_attach *a, struct xdp_ready *ready);

/* How frames are counted here now, for people: "by native XDP", or "" when they are not. */
#define XDP_ATTACH_WORDS 64
void xdp_attach_words(const struct xdp_attach *a, char words[static XDP_ATTACH_WORDS]);

/* Takes the program off the interface. */
void xdp_attach_down(struct xdp_attach *a);

/* Lets go and leaves the program where it is. */
void xdp_attach_leave(struct xdp_attach *a);

#endif
