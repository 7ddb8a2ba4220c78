/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Contracts while their period runs: statements whose figures are those so far, and whose bounds are those
 * of the bins to come (settle_until()).
 */
#ifndef BILL_TO_DATE_H
#define BILL_TO_DATE_H

#include "billing.h"
#include "topology.h"

/* The period of a contract (its first version) that holds the last bin before `now`; is it in force then? */
bool to_date_runs(const struct contracts *all, const struct contract *c, int64_t now, struct period *out);

struct to_date {
	struct statement **statement; /* by contract, as in the contracts */
	size_t n;
};

/* Of the contracts that --contracts, --contract and --partner name, those that are in force and whose partner the
 * usage names (`t` has seen it): each in the period of its own kind and zone that holds the last bin before
 * `now`, or in what `asked` (or NULL) is of it. 0, or as billing_statements(). to_date_clear() it whatever is
 * returned. */
int to_date_make(struct billing *b, const struct topology *t, int64_t now, const struct period *asked,
	struct to_date *out);
void to_date_clear(struct to_date *d);

#endif
