/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The kinds of places where the kernel runs a program for an interface. Each leaves a mark in the meter's folder
 * of the bpf file system, by which it is found again after a kill: a pinned bpf_link, or a folder that stands for a
 * filter (xdp_filter.h), which kernels before 6.6 have in place of a link at tc.
 */
#ifndef PATH_XDP_HOOK_H
#define PATH_XDP_HOOK_H

#include <stdbool.h>

struct xdp_spot {
	const char *pin; /* path of the mark */
	int index;	 /* of the interface */
	bool sent;	 /* what it sends, or what it receives */
};

struct xdp_hook {
	const char *words; /* after those of the program, for the log */
	/* Puts the program there. What the mark stands for is replaced in one step: no frame passes between the old and
	 * the new one; on another interface it is taken off. 0, *held a descriptor to be closed, or -1; or -errno;
	 * -EEXIST: it is there by another hook, and goes on. */
	int (*put)(const struct xdp_spot *s, int program, int *held);
	/* Takes it off, and the mark away. Programs that run in this moment may not have ended. */
	void (*take)(const struct xdp_spot *s, int held);
};

/* Whatever the mark stands for is taken off, and the mark away. False: it was the mark of something that is not there. */
bool xdp_hook_remove(const char *pin);

extern const struct xdp_hook xdp_hook_native; /* XDP of the driver */
extern const struct xdp_hook xdp_hook_tcx;    /* tc by a link (6.6), before all others */
extern const struct xdp_hook xdp_hook_filter; /* tc by clsact, before all others of it */

#endif
