/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A period cut into parts: one for each version of a contract that is in force in it. Local midnights
 * become UTC here, once.
 */
#ifndef SETTLE_PART_H
#define SETTLE_PART_H

#include "contract.h"

struct part {
	const struct contract *contract; /* the version */
	struct period period;
	int64_t period_from, period_to; /* UTC, the whole period */
	int64_t from, to;		/* UTC, where the version is in force */
	int32_t first_day;		/* of the time in force */
	int32_t days, period_days;
};

/* The parts of a period in order of time. Their number; 0: no version is in force in the period.
 * -ERANGE: an edge that is not at a multiple of five minutes. */
int part_of_period(const struct contract *versions, size_t n, const struct period *p, struct part **out);

#endif
