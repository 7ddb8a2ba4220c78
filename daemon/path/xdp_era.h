/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One configuration of a meter in the kernel: its tables, its counters, and the programs that are loaded for
 * it and not yet attached. A reload builds the next era aside; what is attached counts in one at a time.
 */
#ifndef PATH_XDP_ERA_H
#define PATH_XDP_ERA_H

#include "xdp_attach.h"
#include "xdp_state.h"

struct xdp_era {
	struct xdp_era *next; /* in whatever list it is */
	unsigned number;
	const struct view *view; /* borrowed; NULL: of a dead daemon, counters alone */
	struct xdp_view plan;
	struct xdp_maps maps;
	struct xdp_state state;
	struct xdp_ready *ready; /* [n_ready], two a port: a reload's */
	size_t n_ready;
};

/* What is pinned in the meter's folder, oldest first; without those that never counted, which are removed.
 * 0 or -errno (logged). */
int xdp_era_open_all(const char *folder, struct xdp_era **list);

/* A new one with fresh counters, pinned. NULL: logged. */
struct xdp_era *xdp_era_new(const char *folder, unsigned number, const struct view *view, unsigned interval);

/* The tables of `view` for an era that has counters. 0 or -errno (logged). */
int xdp_era_give_view(struct xdp_era *e, const struct view *view);

/* Lets go; what is pinned stays, or (remove) does not. Both accept NULL. */
void xdp_era_free(struct xdp_era *e);
void xdp_era_remove(struct xdp_era *e);

#endif
