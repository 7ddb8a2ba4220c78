/* SPDX-License-Identifier: BSD-3-Clause */
/* What a quantity costs under a line of a contract: commit, overage and burst cap, or tiers. Exact; the
 * one rounding happens where the line's amount is written down. */
#ifndef SETTLE_PRICE_H
#define SETTLE_PRICE_H

#include "contract.h"
#include "exact.h"

/* `share`: days in force / days of the period; the commit is prorated by it. `usage` in the line's unit. */
const struct exact *price_usage(struct exact_pool *p, const struct contract_line *l,
	const struct exact *share, const struct exact *usage);

/* The least and the greatest price of any usage from `low` to `high`. They are the prices at the two ends
 * except with all_units tiers, where a greater usage may cost less. */
void price_range(struct exact_pool *p, const struct contract_line *l, const struct exact *share,
	const struct exact *low, const struct exact *high, const struct exact **least,
	const struct exact **most);

/* The part of the usage that is charged as overage. */
const struct exact *price_overage(struct exact_pool *p, const struct contract_line *l,
	const struct exact *share, const struct exact *usage);

#endif
