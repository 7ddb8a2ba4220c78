/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A statement: what a partner owes for a period, with everything that is needed to recompute it. Pure
 * data, made by settle.c, printed by the forms. All exact values are the pool's that settled it.
 */
#ifndef SETTLE_STATEMENT_H
#define SETTLE_STATEMENT_H

#include "bank.h"
#include "contract.h"
#include "evidence.h"
#include "metered.h"
#include "part.h"
#include "row.h"

#define MOST_DETAILS 12
#define QUANTITY_DIGITS 12 /* decimals of a printed quantity: exact for whole bytes in TB */

/* A further figure of a line, by its key in the JSON form. */
struct detail {
	const char *key;
	const char *words;	    /* for people */
	const struct exact *value;
	bool in_unit;		    /* of the line's unit; else a bare number */
};

struct statement_line {
	const struct contract_line *line;
	const struct part *part;
	const struct exact *quantity;
	/* Of a metered line, in its unit: what is measured so far (all of it, once the period is over), and the
	 * bounds of the quantity. Of other lines NULL; most NULL: not known. */
	const struct exact *so_far, *least, *most;
	const char *unit;
	const struct exact *amount, *low, *high; /* rounded; high NULL: not known */
	struct metered metered;			 /* of a percentile */
	struct detail detail[MOST_DETAILS];
	size_t n_details;
};

struct quality {
	uint64_t bins[BIN_STATUSES]; /* by state, over the time in force */
	uint64_t all;
	u128 missed; /* packets */
};

struct statement_meter {
	char name[NAME_SIZE];
	bool chained; /* a journal or Redis gave the next three; an evidence file does not know them */
	uint64_t first_seq, last_seq;
	struct digest chain_head;
};

/* A part's bins of all the contract's peerings, for the plot. */
struct plot_series {
	int64_t from;
	size_t bins;
	u128 *bytes[DIRECTIONS];
	uint8_t *state; /* enum bin_status */
};

/* What the upper bound of the missing bins rests on when the contract states no ceiling. */
struct statement_link {
	char peering[NAME_SIZE], link[NAME_SIZE];
	uint64_t capacity; /* bit/s */
};

/* Of a closed statement; all zero: a draft. */
struct statement_seal {
	bool closed;
	uint64_t number;
	unsigned revision;
	char sha256[DIGEST_HEX_SIZE];
	char *reason, *difference; /* or NULL */
	bool signed_;
};

struct statement {
	const struct contract *contract; /* the version that is in force last */
	struct part *parts;
	size_t n_parts;
	uint64_t expected_bins; /* of the whole period */
	struct quality quality;
	struct statement_line *lines;
	size_t n_lines;
	const struct exact *total, *low, *high; /* high NULL: not known */
	bool provisional; /* more than 5 % of the bins are missing */
	struct statement_seal seal;
	struct evidence evidence;
	struct statement_meter *meters;
	size_t n_meters;
	struct statement_link *links; /* by peering */
	size_t n_links;
	struct plot_series *plot; /* one a part */
	/* Earlier periods that a take-or-pay bank should follow from and nothing is known of. */
	struct period unknown_from, unknown_to;
	size_t n_unknown;
};

struct tally;
struct world;

/* Adds a part's quality, meters and bins; then, once all parts and lines are there, totals and what the bounds rest
 * on (`w` may be NULL). */
void statement_add_tally(struct statement *st, const struct tally *t, size_t part);
void statement_finish(struct statement *st, struct exact_pool *pool, const struct tally *const *parts,
	const struct world *w);
void statement_free(struct statement *s); /* accepts NULL */

#endif
