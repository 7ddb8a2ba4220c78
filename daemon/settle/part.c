/* SPDX-License-Identifier: BSD-3-Clause */
#include "part.h"

#include <errno.h>
#include <stdlib.h>

#include "row.h"
#include "text.h"

/* The version's share of the period; false: none. */
static bool part_make(const struct contract *c, const struct period *p, struct part *out)
{
	struct period next = period_next(p);
	int32_t first = period_first_day(p), end = period_first_day(&next);
	int32_t from = c->from > first ? c->from : first, to = c->to < end ? c->to : end;

	if (from >= to)
		return false;
	*out = (struct part){
		.contract = c,
		.period = *p,
		.period_from = zone_midnight(c->zone, first),
		.period_to = zone_midnight(c->zone, end),
		.from = zone_midnight(c->zone, from),
		.to = zone_midnight(c->zone, to),
		.first_day = from,
		.days = to - from,
		.period_days = end - first,
	};
	return true;
}

static bool aligned(const struct part *p)
{
	return !(p->period_from % BIN_SECONDS || p->period_to % BIN_SECONDS || p->from % BIN_SECONDS ||
		p->to % BIN_SECONDS);
}

int part_of_period(const struct contract *versions, size_t n, const struct period *p, struct part **out)
{
	struct part *parts = mem_array(n, sizeof(*parts));
	int count = 0;

	for (size_t i = 0; i < n; i++) {
		if (!part_make(&versions[i], p, &parts[count]))
			continue;
		if (!aligned(&parts[count++])) {
			free(parts);
			return -ERANGE;
		}
	}
	if (!count) {
		free(parts);
		return 0;
	}
	*out = parts;
	return count;
}
