/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Kernel interfaces as taps: programs count in the kernel (bpf/meter.bpf.c), the cut takes their bank when
 * it is at rest. All XDP taps of a meter share the banks and the view, and are opened together.
 *
 * A reload builds the next view and its counters aside, in maps and programs of their own; the cut that begins
 * it puts these programs in the place of the old ones.
 *
 * Order: tap_xdp_open() prepares; what a dead daemon left is taken with tap_xdp_left(); tap_xdp_begin()
 * attaches. Whatever is pinned goes on counting when the process dies. tap_xdp_end() detaches.
 */
#ifndef PATH_TAP_XDP_H
#define PATH_TAP_XDP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bank.h"
#include "digest.h"
#include "view.h"

struct tap_xdp_port {
	uint32_t tap;	    /* its number in the layout */
	const char *name;   /* borrowed */
	const char *device; /* INTERFACE or INTERFACE,mode=observe|consume */
};

struct tap_xdp_options {
	const char *meter;
	unsigned interval;	 /* seconds */
	struct digest config;
	const struct view *view; /* borrowed until another one is cut to, or tap_xdp_end() */
	const struct tap_xdp_port *ports;
	size_t n_ports;
};

struct tap_xdp;

/* 0 or -errno (logged). -EBUSY: another daemon of this meter runs. */
int tap_xdp_open(const struct tap_xdp_options *o, struct tap_xdp **out);

/* Detaches and unpins, unless something is counted that was not written down: that stays for the next start. */
void tap_xdp_close(struct tap_xdp *t); /* accepts NULL */

/* Has the interval of `generation` been written down outside the kernel? */
typedef bool tap_xdp_safe_fn(void *context, uint64_t generation);

/* Attaches; from here on frames count. What the programs of a dead daemon counted since its last cut counts
 * with them, if the cells are the same ones. `newest`: no generation that was used is above it, but for
 * those that are known in here. 0 or -errno (logged). */
int tap_xdp_begin(struct tap_xdp *t, tap_xdp_safe_fn *is_safe, void *context, uint64_t newest);

/* Intervals that a dead daemon had cut and not yet written down, oldest first, and, if its cells were other
 * ones, what was counted after. After tap_xdp_begin() and before the first cut; each is to be written down
 * under the generation it says, and then tap_xdp_done(). False: there are no more. */
struct tap_xdp_left {
	uint64_t generation;
	const struct layout *layout;
	struct digest config;
	unsigned interval;
	int64_t start;
	struct bank *const *bank;
	size_t n_banks;
};
bool tap_xdp_left(struct tap_xdp *t, struct tap_xdp_left *left);
void tap_xdp_done(struct tap_xdp *t, uint64_t generation);

/* A reload, by the main thread: makes all that `view` (borrowed, with the same taps) needs, so that a cut can begin
 * it. 0 or -errno (logged), then nothing has changed. Forget gives up one that no cut has begun or will begin. */
int tap_xdp_prepare(struct tap_xdp *t, const struct view *view, const struct digest *config);
void tap_xdp_forget(struct tap_xdp *t, const struct view *view);

/* The cut's side, by its thread (cut_source.h). */
void tap_xdp_label(struct tap_xdp *t, uint64_t generation, int64_t start);
void tap_xdp_cut(struct tap_xdp *t, const struct view *view, uint64_t generation, int64_t start);
struct bank *const *tap_xdp_rest(const struct tap_xdp *t, size_t *n);
void tap_xdp_rest_done(struct tap_xdp *t);

/* Stops counting: the bank that was counted in is the one at rest then. */
void tap_xdp_end(struct tap_xdp *t);

/* Frames that port `port` lost before a program saw them, since the last call and up to the last cut. */
uint64_t tap_xdp_missed(struct tap_xdp *t, size_t port);

/* How port `port` is metered now: words for people, "" for a side that is not. Any thread. */
#define TAP_XDP_WORDS 64
struct tap_xdp_state {
	const char *interface; /* lives as long as the taps */
	bool is_there;	       /* false: it is gone; it is attached to again when it comes back */
	char received[TAP_XDP_WORDS], sent[TAP_XDP_WORDS];
};
void tap_xdp_state(struct tap_xdp *t, size_t port, struct tap_xdp_state *out);

#endif
