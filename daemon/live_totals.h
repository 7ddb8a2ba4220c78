/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Sums over all intervals that this process has put into the journal: what its taps delivered, what
 * its sides counted. They never decrease, and they are the journal's own figures, added up. Main
 * thread.
 */
#ifndef LIVE_TOTALS_H
#define LIVE_TOTALS_H

#include "interval.h"

/* (link, partner, peering, direction, class): cells of all classes of service and families
 * together. 128 bits, since 2^64 bytes pass in four days at 400 Tbit/s. */
struct live_side {
	const struct cell_name *name; /* cos and family mean nothing */
	unsigned __int128 packets, l2_bytes, l3_bytes;
};

/* Zero-initialise. */
struct live_totals {
	struct tap_count *tap;
	size_t n_taps;
	struct live_side *side; /* by its id in `sides` */
	struct cellbook *sides;
	uint32_t *side_of; /* [n_cells]: by a cell's id in the journal's cellbook, its side + 1; 0:
			      not known yet */
	size_t n_cells;
	uint64_t intervals;
	uint64_t covered_ms, spanned_ms; /* of these: how long the meter ran; how long they are */
	uint32_t last_covered_ms;        /* the newest one's */
	int64_t end;                     /* of the newest, Unix seconds */
	int64_t lag_ns; /* from the end of the newest that was cut live until it was in the journal
			 */
};

/* An interval that is in the journal, whose cells are of one and the same cellbook. `now_ns`: Unix
 * time. */
void live_totals_add(struct live_totals *t, const struct interval *iv, int64_t now_ns);
void live_totals_free(struct live_totals *t);

/* NULL: nothing was written of that tap. */
const struct tap_count *live_totals_tap(const struct live_totals *t, const char *name);
size_t live_totals_sides(const struct live_totals *t);

#endif
