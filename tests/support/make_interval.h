/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Intervals out of a seed, for tests of everything behind the cut: journal, Redis, transitctl. The
 * same seed gives the same interval on every machine. Every one conserves frames (contract section
 * 2).
 */
#ifndef SUPPORT_MAKE_INTERVAL_H
#define SUPPORT_MAKE_INTERVAL_H

#include <stdint.h>

#include "interval.h"

struct make {
	const char *meter;
	unsigned interval;    /* seconds */
	unsigned n_taps;      /* t0, t1 ... */
	unsigned n_cells;     /* how many different cells may count */
	unsigned percent;     /* of them that count in an interval */
	struct digest config; /* stamped on each */
};

uint64_t make_random(uint64_t *seed); /* splitmix64 */

/* Cell `n` of the endless list of cells that these intervals draw from. */
const struct cell_name *make_cell(struct cellbook *book, unsigned n);

/* A sorted interval that begins at `start`. The caller frees it with interval_free(). */
struct interval *make_interval(
	const struct make *m, struct cellbook *book, int64_t start, uint64_t seed);

/* A configuration's text that is not read by these tests, and its digest. */
const char *make_config(struct digest *out);

/* A fresh folder below the system's temporary one (allocated), and its removal with all that is in
 * it. */
char *make_folder(void);
void remove_folder(char *folder);

#endif
