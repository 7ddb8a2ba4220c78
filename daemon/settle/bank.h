/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Take or pay over periods (settlement rules, section 3): what was paid and not taken may be made up
 * later, what was taken above the minimum may be carried forward. Both are banks of dated lots: first
 * in, first out, expired before use. A bank follows from the periods before and nothing else.
 */
#ifndef SETTLE_BANK_H
#define SETTLE_BANK_H

#include "contract.h"
#include "exact.h"

struct lot {
	const struct exact *amount; /* what is left, in the line's unit */
	int32_t period, until;	    /* made in, and usable up to and with: numbers of periods */
};

struct lots {
	struct lot *lot;
	size_t n;
};

/* Zero-initialise; bank_clear() when done. */
struct bank {
	struct lots make_up, carry;
};

/* One period's figures, in the line's unit, and its charge. */
struct bank_step {
	const struct exact *taken, *minimum, *excess, *shortfall, *used_carry, *drawn, *charge;
	const struct exact *make_up_before, *carry_before, *make_up_after, *carry_after;
};

/* Lives through period number `period` (rising from call to call). `share`: days in force / days of the
 * period; the minimum is prorated by it. */
void bank_live(struct exact_pool *p, struct bank *b, const struct contract_line *l, int32_t period,
	const struct exact *share, const struct exact *taken, struct bank_step *out);

/* The least and the greatest charge if anything from `low` to `high` had been taken, with the banks of
 * `step` before the period. */
void bank_range(struct exact_pool *p, const struct contract_line *l, const struct bank_step *step,
	const struct exact *low, const struct exact *high, const struct exact **least,
	const struct exact **most);

void bank_clear(struct bank *b);

#endif
