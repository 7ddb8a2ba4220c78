/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Rows become series: for one part of a period, the bytes of every bin and direction that each line of
 * the contract counts, on the contract's basis, and the state of every bin. The order of the rows does
 * not matter. Peerings are added up as they come unless the contract ranks each.
 */
#ifndef SETTLE_TALLY_H
#define SETTLE_TALLY_H

#include "exact.h"
#include "part.h"
#include "row.h"
#include "world.h"

/* Bytes a bin, both directions. */
struct series {
	u128 *bytes[DIRECTIONS];
};

/* What a line counts: its classes and peerings. Lines that count the same share one. */
struct selection {
	const struct name_list *classes, *peerings; /* empty: all; the peerings are those of line or contract */
	struct series sum;
	bool *has;	     /* by peering slot: does the selection count it? */
	struct series *each; /* by peering slot, when the contract ranks each; bytes NULL: nothing came */
};

struct peering_slot {
	char name[NAME_SIZE];
	uint8_t *state; /* a bin: 0 not listed, else enum bin_status + 1 */
};

struct meter_slot {
	char name[NAME_SIZE];
	uint64_t *missed; /* a bin: packets; several rows of a bin say the same, so the greatest holds */
};

struct tally;

struct tally *tally_new(const struct part *p);
void tally_free(struct tally *t); /* accepts NULL */

/* The month to date: bins from `now` on (a multiple of 300 s) are yet to come, and rows of them are left out. */
void tally_until(struct tally *t, int64_t now);
bool tally_running(const struct tally *t);  /* was it called? */
size_t tally_ahead(const struct tally *t); /* how many bins, the last ones, are yet to come */

/* Takes a row if it is this part's. 0, or -errno. */
int tally_row(struct tally *t, const struct row *row);

const struct part *tally_part(const struct tally *t);
size_t tally_bins(const struct tally *t);
uint64_t tally_rows(const struct tally *t); /* how many were taken */
const struct selection *tally_selection(const struct tally *t, size_t line);
/* All that the contract's peerings carried, whatever its lines count. */
const struct selection *tally_everything(const struct tally *t);
size_t tally_peerings(const struct tally *t);
const struct peering_slot *tally_peering(const struct tally *t, size_t slot);
size_t tally_meters(const struct tally *t);
const struct meter_slot *tally_meter(const struct tally *t, size_t slot);

/* The worst state of every bin over the peerings of the selection (NULL: of the contract); a bin that one
 * of them lacks is missing. Allocated, one enum bin_status a bin. */
uint8_t *tally_states(const struct tally *t, const struct selection *s);
/* The same for one peering. */
uint8_t *tally_peering_states(const struct tally *t, size_t slot);

#endif
