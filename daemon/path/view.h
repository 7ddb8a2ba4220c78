/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Everything that the packet path reads about the configuration: built aside by control/, published whole,
 * never changed, freed when no worker uses it.
 */
#ifndef PATH_VIEW_H
#define PATH_VIEW_H

#include <stdint.h>

#include "layout.h"
#include "lpm4.h"
#include "lpm6.h"
#include "match.h"
#include "transitd/words.h"

/* What a tap's direction does with a frame's two MAC addresses. */
enum view_direction { VIEW_INGRESS = DIRECTION_INGRESS, VIEW_EGRESS = DIRECTION_EGRESS, VIEW_BY_MAC };

struct view_tap {
	enum view_direction direction;
	struct match match;
};

struct view {
	struct layout layout;
	struct view_tap *tap; /* [layout.n_taps] */
	struct lpm4 lpm4;     /* far end -> value: 0 unrouted, else class + 1 */
	struct lpm6 lpm6;
	uint8_t cos[64]; /* by DSCP: 0 default, else the configuration's + 1 */
};

#endif
