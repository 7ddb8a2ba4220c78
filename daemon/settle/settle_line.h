/* SPDX-License-Identifier: BSD-3-Clause */
/* The lines of a statement, one function a type: quantity, exact amount, its bounds, the figures behind it. */
#ifndef SETTLE_SETTLE_LINE_H
#define SETTLE_SETTLE_LINE_H

#include "statement.h"
#include "world.h"

struct line_context {
	struct exact_pool *pool;
	const struct tally *tally;
	const struct world *world; /* or NULL */
	size_t index;		   /* of the line in the contract */
	const struct bank_step *bank; /* of a take-or-pay line: the period lived through */
};

/* Fills `out`, whose line and part are set. False: the line has nothing to say in this period (a credit
 * of another period). */
bool settle_line(const struct line_context *c, struct statement_line *out);

/* What a take-or-pay line counts as taken, in bytes and in its unit, with the least and the most. */
struct taken {
	const struct exact *bytes, *units, *low, *high; /* high NULL: not known */
	const struct exact *so_far; /* in its unit */
};
void settle_line_taken(const struct line_context *c, struct taken *out);
const struct exact *settle_line_units(
	struct exact_pool *p, const struct contract *c, const struct contract_line *l, const struct exact *raw);

#endif
