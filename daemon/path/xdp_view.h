/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A view as the kernel's programs read it (bpf/maps.h): the tables of a struct view copied as they are into
 * pages, and the constants of one program. Plain memory, no kernel in here.
 */
#ifndef PATH_XDP_VIEW_H
#define PATH_XDP_VIEW_H

#include <stddef.h>
#include <stdint.h>

#include "../../bpf/maps.h"
#include "view.h"

struct xdp_view {
	const struct view *view; /* borrowed; not looked at by xdp_view_free() */
	uint32_t n_pages;
	struct meter_settings common; /* pages of the prefix tables, sizes of the layout */
	struct match *match;	      /* [n_taps]: entries spread for METER_MAX_PROBES */
	uint32_t *match_page;	      /* [n_taps] */
};

/* Where everything will lie. 0, or -E2BIG when a tap's peerings do not spread. */
int xdp_view_plan(struct xdp_view *x, const struct view *view);
void xdp_view_free(struct xdp_view *x);

/* Fills n_pages zeroed pages. */
void xdp_view_write(const struct xdp_view *x, void *pages);

/* The constants of a program of tap `tap`, but for what the interface says. */
void xdp_view_settings(const struct xdp_view *x, uint32_t tap, struct meter_settings *settings,
	uint32_t direct[static MATCH_VIDS]);

#endif
