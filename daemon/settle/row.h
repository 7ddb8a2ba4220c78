/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A usage row (settlement rules, section 1): what one cell counted in one five-minute bin, and how well
 * the bin was watched. Whatever the rows come from (evidence file, journal, Redis), this is all that the
 * settlement sees. Rows may come in any order.
 */
#ifndef SETTLE_ROW_H
#define SETTLE_ROW_H

#include <stddef.h>
#include <stdint.h>

#include "transitd/words.h"

#define BIN_SECONDS 300

/* From good to bad: of several, the greater one holds. */
enum bin_status {
	BIN_OK,
	BIN_PARTIAL, /* covered less than 300 s */
	BIN_LOSSY,   /* taps missed more than 1 packet in 10,000 */
	BIN_MISSING, /* no meter ran */
	BIN_STATUSES,
};

/* As they are printed; silence has no family: "". */
extern const char *const row_family_name[FAMILIES + 1], *const row_direction_name[DIRECTIONS];
extern const char *const bin_status_name[BIN_STATUSES]; /* "ok", "partial", "lossy", "missing" */

/* Who and what was counted. Silence has no class, CoS and family: "" and FAMILIES. */
struct row_cell {
	uint32_t id; /* 0, 1, 2 ... within one reading: the consumer may keep an array */
	char meter[NAME_SIZE], partner[NAME_SIZE], peering[NAME_SIZE];
	char class[NAME_SIZE], cos[NAME_SIZE];
	enum direction direction;
	enum family family;
};

struct row {
	int64_t start; /* of the bin, Unix seconds, a multiple of BIN_SECONDS */
	const struct row_cell *cell; /* valid until the reading ends */
	struct counters count;
	enum bin_status status;
	uint32_t covered;  /* seconds */
	uint64_t missed;   /* packets that the taps could not deliver in this bin */
};

/* Takes a row. 0 to go on; anything else ends the reading and is returned. */
typedef int row_fn(void *context, const struct row *row);

/* Where rows come from. `read` calls `each` for rows with start in [from, to), all if to is 0. */
struct row_source {
	int (*read)(void *self, int64_t from, int64_t to, row_fn *each, void *context);
	void *self;
};

/* The order of the printed form: start, peering, direction, class, cos, family; then meter, partner. */
int row_compare(const struct row *a, const struct row *b);

#endif
