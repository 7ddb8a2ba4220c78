/* SPDX-License-Identifier: BSD-3-Clause */
#include "settle_line.h"

#include "price.h"

/* Before rounding. high NULL: not known. */
struct money {
	const struct exact *amount, *low, *high;
};

static const struct part *part_of(const struct line_context *c)
{
	return tally_part(c->tally);
}

static const struct contract_line *line_of(const struct line_context *c)
{
	return &part_of(c)->contract->lines[c->index];
}

static const struct exact *share(const struct line_context *c)
{
	return exact_ratio(c->pool, part_of(c)->days, part_of(c)->period_days);
}

static void add_detail(struct statement_line *out, const char *key, const char *words,
	const struct exact *value, bool in_unit)
{
	out->detail[out->n_details++] = (struct detail){ key, words, value, in_unit };
}

/* bit/s or bytes in the line's unit, and up to the next whole one where the contract says so. */
const struct exact *settle_line_units(
	struct exact_pool *p, const struct contract *c, const struct contract_line *l, const struct exact *raw)
{
	const struct exact *x = raw ? exact_div(p, raw, exact_int(p, l->unit->size)) : NULL;

	return x && c->usage_up ? exact_ceil(p, x) : x;
}

static const struct exact *units(const struct line_context *c, const struct exact *raw)
{
	return settle_line_units(c->pool, part_of(c)->contract, line_of(c), raw);
}

static struct money fixed(const struct exact *amount)
{
	return (struct money){ amount, amount, amount };
}

static struct money flat(const struct line_context *c, struct statement_line *out)
{
	out->quantity = exact_int(c->pool, 1);
	out->unit = "";
	return fixed(exact_mul(c->pool, line_of(c)->amount, share(c)));
}

static struct money capacity(const struct line_context *c, struct statement_line *out)
{
	const struct contract_line *l = line_of(c);

	out->quantity = l->quantity;
	return fixed(exact_mul(c->pool, exact_mul(c->pool, l->quantity, l->rate), share(c)));
}

static struct money credit(const struct line_context *c, struct statement_line *out)
{
	out->quantity = exact_int(c->pool, 1);
	out->unit = "";
	return fixed(exact_neg(c->pool, line_of(c)->amount));
}

/* The greatest usage at which a price can still fall: beyond it prices only rise. */
static const struct exact *far_enough(const struct line_context *c, const struct exact *low)
{
	const struct contract_line *l = line_of(c);

	if (l->n_tiers < 2)
		return low;
	return exact_max(low, exact_add(c->pool, l->tiers[l->n_tiers - 2].up_to, exact_int(c->pool, 1)));
}

/* The quantity is always between its bounds, also where bins carried more than the ceiling. */
static void set_bounds(struct statement_line *out, const struct exact *so_far, const struct exact *least,
	const struct exact *most)
{
	out->so_far = so_far;
	out->least = exact_min(least, out->quantity);
	out->most = most ? exact_max(most, out->quantity) : NULL;
}

static struct money priced(const struct line_context *c, struct statement_line *out, enum figure figure)
{
	const struct contract_line *l = line_of(c);
	const struct exact *days = share(c), *low, *high;
	struct money m;

	metered_line(c->pool, c->tally, c->world, c->index, figure, l->direction, &out->metered);
	out->quantity = units(c, out->metered.value);
	low = units(c, out->metered.low);
	high = units(c, out->metered.high);
	set_bounds(out, units(c, out->metered.so_far), low, high);
	m.amount = price_usage(c->pool, l, days, out->quantity);
	price_range(c->pool, l, days, low, high ? high : far_enough(c, low), &m.low, &m.high);
	if (!high)
		m.high = NULL;
	if (l->commit) {
		add_detail(out, "commit", "commit", exact_mul(c->pool, l->commit, days), true);
		add_detail(out, "overage", "overage", price_overage(c->pool, l, days, out->quantity), true);
	}
	return m;
}

static struct money percentile(const struct line_context *c, struct statement_line *out)
{
	return priced(c, out, FIGURE_PERCENTILE);
}

static struct money average(const struct line_context *c, struct statement_line *out)
{
	return priced(c, out, FIGURE_AVERAGE);
}

static struct money volume(const struct line_context *c, struct statement_line *out)
{
	struct money m = priced(c, out, FIGURE_VOLUME);

	add_detail(out, "bytes", "bytes", out->metered.value, false);
	return m;
}

void settle_line_taken(const struct line_context *c, struct taken *out)
{
	struct metered m;

	metered_line(c->pool, c->tally, c->world, c->index, FIGURE_VOLUME, line_of(c)->direction, &m);
	*out = (struct taken){ m.value, units(c, m.value), units(c, m.low), units(c, m.high), units(c, m.so_far) };
	metered_clear(&m);
}

static struct money take_or_pay(const struct line_context *c, struct statement_line *out)
{
	const struct bank_step *s = c->bank;
	const struct exact *far = exact_add(c->pool, s->minimum, s->make_up_before);
	struct money m = { .amount = s->charge };
	struct taken t;

	settle_line_taken(c, &t);
	bank_range(c->pool, line_of(c), s, t.low, t.high ? t.high : exact_max(t.low, far), &m.low, &m.high);
	if (!t.high)
		m.high = NULL;
	out->quantity = s->taken;
	set_bounds(out, t.so_far, t.low, t.high);
	add_detail(out, "bytes", "bytes taken", t.bytes, false);
	add_detail(out, "minimum", "minimum", s->minimum, true);
	add_detail(out, "excess", "above the minimum", s->excess, true);
	add_detail(out, "carried_in", "carry-forward used", s->used_carry, true);
	add_detail(out, "short", "short of the minimum", s->shortfall, true);
	add_detail(out, "drawn", "made up", s->drawn, true);
	add_detail(out, "make_up_before", "make-up bank before", s->make_up_before, true);
	add_detail(out, "make_up_bank", "make-up bank after", s->make_up_after, true);
	add_detail(out, "carry_forward_bank", "carry-forward bank after", s->carry_after, true);
	return m;
}

/* What of `a` lies above limit * b. */
static const struct exact *above(
	const struct line_context *c, const struct exact *a, const struct exact *b)
{
	const struct exact *allowed = exact_mul(c->pool, line_of(c)->limit, b);

	return exact_max(exact_int(c->pool, 0), exact_sub(c->pool, a, allowed));
}

static struct money ratio(const struct line_context *c, struct statement_line *out)
{
	const struct contract_line *l = line_of(c);
	const struct exact *zero = exact_int(c->pool, 0), *excess, *least = zero, *most = NULL;
	struct metered in, eg;
	struct money m;

	metered_line(c->pool, c->tally, c->world, c->index, FIGURE_AVERAGE, DIR_INGRESS, &in);
	metered_line(c->pool, c->tally, c->world, c->index, FIGURE_AVERAGE, DIR_EGRESS, &eg);
	excess = above(c, exact_max(in.value, eg.value), exact_min(in.value, eg.value));
	if (in.high && eg.high) {
		least = exact_max(above(c, in.low, eg.high), above(c, eg.low, in.high));
		most = exact_max(above(c, in.high, eg.low), above(c, eg.high, in.low));
	}
	out->quantity = units(c, excess);
	set_bounds(out, out->quantity, units(c, least), units(c, most));
	m.amount = exact_mul(c->pool, out->quantity, l->rate);
	m.low = exact_mul(c->pool, units(c, least), l->rate);
	m.high = most ? exact_mul(c->pool, units(c, most), l->rate) : NULL;
	add_detail(out, "ingress", "mean ingress", exact_div(c->pool, in.value, exact_int(c->pool, l->unit->size)),
		true);
	add_detail(out, "egress", "mean egress", exact_div(c->pool, eg.value, exact_int(c->pool, l->unit->size)),
		true);
	metered_clear(&in);
	metered_clear(&eg);
	return m;
}

typedef struct money line_fn(const struct line_context *c, struct statement_line *out);

static line_fn *const line_of_type[LINE_TYPES] = {
	[LINE_FLAT] = flat,
	[LINE_CAPACITY] = capacity,
	[LINE_PERCENTILE] = percentile,
	[LINE_AVERAGE] = average,
	[LINE_VOLUME] = volume,
	[LINE_TAKE_OR_PAY] = take_or_pay,
	[LINE_CREDIT] = credit,
	[LINE_RATIO] = ratio,
};

static bool in_part(const struct part *p, int32_t date)
{
	return date >= p->first_day && date < p->first_day + p->days;
}

bool settle_line(const struct line_context *c, struct statement_line *out)
{
	const struct part *p = part_of(c);
	const struct contract_line *l = line_of(c);
	unsigned digits = p->contract->digits;
	enum rounding mode = p->contract->rounding;
	struct money m;

	if (l->type == LINE_CREDIT && !in_part(p, l->date))
		return false;
	out->line = l;
	out->part = p;
	out->unit = l->unit ? l->unit->name : "";
	m = line_of_type[l->type](c, out);
	if (l->type != LINE_CREDIT && p->days != p->period_days) {
		add_detail(out, "days", "days in force", exact_int(c->pool, p->days), false);
		add_detail(out, "of_days", "days of the period", exact_int(c->pool, p->period_days), false);
	}
	/* The one rounding of a line. The bounds hold the charge whatever the ceiling is. */
	out->amount = exact_round(c->pool, m.amount, digits, mode);
	out->low = exact_min(out->amount, exact_round(c->pool, m.low, digits, mode));
	out->high = NULL;
	if (m.high)
		out->high = exact_max(out->amount, exact_round(c->pool, m.high, digits, mode));
	return true;
}
