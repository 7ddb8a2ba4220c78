/* SPDX-License-Identifier: BSD-3-Clause */
#include "price.h"

static const struct exact *zero(struct exact_pool *p)
{
	return exact_int(p, 0);
}

static const struct exact *commit_of(
	struct exact_pool *p, const struct contract_line *l, const struct exact *share)
{
	return l->commit ? exact_mul(p, l->commit, share) : zero(p);
}

const struct exact *price_overage(struct exact_pool *p, const struct contract_line *l,
	const struct exact *share, const struct exact *usage)
{
	const struct exact *commit = commit_of(p, l, share);
	const struct exact *over = exact_max(zero(p), exact_sub(p, usage, commit));

	if (!l->burst_cap)
		return over;
	return exact_min(over, exact_max(zero(p), exact_sub(p, l->burst_cap, commit)));
}

static const struct exact *price_commit(struct exact_pool *p, const struct contract_line *l,
	const struct exact *share, const struct exact *usage)
{
	const struct exact *due = exact_mul(p, l->rate, commit_of(p, l, share));
	const struct exact *over = price_overage(p, l, share, usage);

	return exact_add(p, due, exact_mul(p, over, l->overage_rate ? l->overage_rate : l->rate));
}

/* Each band at its own rate. */
static const struct exact *price_incremental(
	struct exact_pool *p, const struct contract_line *l, const struct exact *usage)
{
	const struct exact *sum = zero(p), *from = zero(p);

	for (size_t i = 0; i < l->n_tiers && exact_cmp(usage, from) > 0; i++) {
		const struct exact *to = usage;

		if (l->tiers[i].up_to)
			to = exact_min(usage, l->tiers[i].up_to);
		sum = exact_add(p, sum, exact_mul(p, exact_sub(p, to, from), l->tiers[i].rate));
		from = to;
	}
	return sum;
}

/* Everything at the rate of the band that is reached. */
static const struct exact *price_all_units(
	struct exact_pool *p, const struct contract_line *l, const struct exact *usage)
{
	size_t i = 0;

	while (l->tiers[i].up_to && exact_cmp(usage, l->tiers[i].up_to) > 0)
		i++;
	return exact_mul(p, usage, l->tiers[i].rate);
}

const struct exact *price_usage(struct exact_pool *p, const struct contract_line *l,
	const struct exact *share, const struct exact *usage)
{
	switch (l->tiers_mode) {
	case TIERS_INCREMENTAL:
		return price_incremental(p, l, usage);
	case TIERS_ALL_UNITS:
		return price_all_units(p, l, usage);
	default:
		return price_commit(p, l, share, usage);
	}
}

static void widen(const struct exact **least, const struct exact **most, const struct exact *price)
{
	*least = exact_min(*least, price);
	*most = exact_max(*most, price);
}

void price_range(struct exact_pool *p, const struct contract_line *l, const struct exact *share,
	const struct exact *low, const struct exact *high, const struct exact **least,
	const struct exact **most)
{
	*least = *most = price_usage(p, l, share, low);
	widen(least, most, price_usage(p, l, share, high));
	if (l->tiers_mode != TIERS_ALL_UNITS)
		return;
	/* The last unit of a band, and the first after it, which may be cheaper than all before. */
	for (size_t i = 0; l->tiers[i].up_to; i++) {
		const struct exact *edge = l->tiers[i].up_to;

		if (exact_cmp(edge, low) < 0 || exact_cmp(edge, high) >= 0)
			continue;
		widen(least, most, exact_mul(p, edge, l->tiers[i].rate));
		widen(least, most, exact_mul(p, edge, l->tiers[i + 1].rate));
	}
}
