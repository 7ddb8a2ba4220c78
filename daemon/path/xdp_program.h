/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Loading one instance of a program of bpf/meter.bpf.c: with the constants of its tap, on the maps of its
 * meter. The kernel's verifier sees it here.
 */
#ifndef PATH_XDP_PROGRAM_H
#define PATH_XDP_PROGRAM_H

#include <stdbool.h>
#include <stdint.h>

#include "xdp_view.h"

struct meter_bpf;

enum xdp_entry {
	XDP_ENTRY_PLAIN, /* native XDP */
	XDP_ENTRY_VLAN,	 /* the same, bound to a device that tells the tag it took out */
	XDP_ENTRY_TC,	 /* a tc program, received or sent */
};

struct xdp_program {
	struct meter_bpf *skeleton;
	int fd;
	uint32_t processed; /* instructions the verifier went through; 0: not asked for */
};

struct xdp_maps {
	int view, banks;	    /* descriptors */
	int bank;		    /* any bank: what all of them are like */
	uint32_t n_pages, n_cells; /* entries of view and of a bank */
};

/* `settings` and `direct` as xdp_view_settings() made them, completed by the caller. `count` asks the
 * verifier for its figures. 0, or -errno (logged when `quiet` is false). */
int xdp_program_load(struct xdp_program *p, enum xdp_entry entry, int ifindex,
	const struct meter_settings *settings, const uint32_t direct[static MATCH_VIDS],
	const struct xdp_maps *maps, bool quiet, bool count);
void xdp_program_unload(struct xdp_program *p);

/* Does this kernel know frames in several buffers (5.18)? */
bool xdp_program_frags(void);

#endif
