/* SPDX-License-Identifier: BSD-3-Clause */
/* One reconciliation: what reconcile_run.c gathers, reconcile_rate.c rates and reconcile_report.c tells. */
#ifndef BILL_RECONCILE_JOB_H
#define BILL_RECONCILE_JOB_H

#include "billing.h"
#include "reconcile.h"
#include "theirs.h"

/* What we counted in a bin and direction, on every basis. */
struct our_bin {
	u128 packets, l2, l3;
	uint64_t missed;
	uint8_t state; /* 0 not listed, else enum bin_status + 1 */
};

u128 our_bytes(const struct our_bin *o, enum basis basis);

/* What of ours the contract tells apart and the partner's bins do not: a peering's or a class' bytes, by bin. */
struct share {
	char peering[NAME_SIZE], class[NAME_SIZE];
	enum direction direction;
	u128 *bytes; /* on the contract's basis */
};

struct money_at_stake {
	const struct exact *ours, *theirs; /* totals; NULL: not rated */
	const struct exact *difference, *undisputed, *percent;
	const char *verdict;
};

struct job {
	struct billing b;
	const struct contract *c; /* NULL: no contract given */
	struct period period;
	bool has_period;
	enum basis basis; /* of theirs */
	int shift;	  /* seconds; LAG_UNKNOWN: estimate */
	int64_t from, to;
	size_t bins;
	struct our_bin *ours[DIRECTIONS];
	struct theirs theirs;
	struct comparison cmp;
	struct settle *settle; /* of our rows; NULL: nothing is rated */
	char (*peering)[NAME_SIZE]; /* ours */
	size_t n_peerings;
	bool by_class, by_peering; /* what the contract tells apart */
	struct share *share;
	size_t n_shares, last_share;
	size_t unplaced; /* bins of theirs in which we counted nothing to divide them by */
	struct money_at_stake money;
	const char *not_rated; /* why, or NULL */
	struct evidence evidence;
};

/* What the contract tells apart; before the rows come. */
void rate_prepare(struct job *j);
/* One of our rows, in bin `bin`. */
void rate_row(struct job *j, const struct row *row, size_t bin);
/* Rates both sides: fills in `money`. 0, or -errno. */
int rate_both(struct job *j);
void rate_clear(struct job *j);

void report_json(struct text *out, const struct job *j);
void report_text(struct text *out, const struct job *j);
void report_html(struct text *out, const struct job *j);

/* Appends the plot of each direction in which anything was counted; an HTML fragment. */
void report_plots(struct text *out, const struct job *j);

#endif
