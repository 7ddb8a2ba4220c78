/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Usage rows become the load of links: L1 bytes (l2_bytes + 24 a packet) of every five-minute bin and
 * direction, by calendar month (UTC) in memory, and the state of every bin. Rows come in any order. A link's
 * bin is missing if the bin is missing, or not listed, for one of its peerings; a peering belongs to its link
 * from the month of its first row to that of its last. Sums have 128 bits. One thread at a time.
 */
#ifndef CAPACITY_LOAD_H
#define CAPACITY_LOAD_H

#include "exact.h"
#include "row.h"
#include "topology.h"

struct load;

/* Of which links the load is also kept by class, for failover: of one (its index), of none or of all. */
#define LOAD_NO_CLASSES	 UINT32_MAX
#define LOAD_ALL_CLASSES (UINT32_MAX - 1)

/* Takes rows of [from, to); to 0: all. The topology is borrowed, and learns of peerings and classes that
 * it does not know. */
struct load *load_new(struct topology *t, int64_t from, int64_t to, uint32_t classes_of);
void load_free(struct load *l); /* accepts NULL */

/* A row_fn; `self` is the struct load. Always 0. */
int load_row(void *self, const struct row *row);

/* Nothing is known of the bins of [from, to), multiples of 300 s, any more: their rows will come again. */
void load_clear(struct load *l, int64_t from, int64_t to);

/* Start of the first bin that a row named, and the end: `to`, if it was given, else the end of the last bin that a
 * row named. Both 0 if there was no row. The end is the "now" of all forecasts: never the machine's clock. */
/* Before the first row of another reading, whose cells are numbered anew. */
void load_next_reading(struct load *l);

int64_t load_first(const struct load *l);
int64_t load_end(const struct load *l);
/* Did a row name this link's peerings? */
bool load_has(const struct load *l, uint32_t link);

/* A stretch of bins, one after another. */
struct strand {
	int64_t from; /* start of bin 0, Unix seconds */
	size_t bins;
	u128 *bytes[DIRECTIONS]; /* of no meaning in a missing bin */
	uint8_t *state;		 /* enum bin_status */
};

/* The link's bins of [from, to), both multiples of 300 s. strand_free() it. */
struct strand load_strand(const struct load *l, uint32_t link, int64_t from, int64_t to);
/* The same, of one class alone; its states are the link's. All zeros if the class was not kept. */
struct strand load_class_strand(
	const struct load *l, uint32_t link, uint32_t class, int64_t from, int64_t to);
void strand_free(struct strand *s);

#endif
