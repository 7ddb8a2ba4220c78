/* SPDX-License-Identifier: BSD-3-Clause */
#include "bank.h"

#include <stdlib.h>

#include "text.h"

static const struct exact *zero(struct exact_pool *p)
{
	return exact_int(p, 0);
}

static const struct exact *positive(struct exact_pool *p, const struct exact *x)
{
	return exact_max(zero(p), x);
}

static const struct exact *percent(struct exact_pool *p, const struct exact *x, const struct exact *of)
{
	return exact_div(p, exact_mul(p, of, x), exact_int(p, 100));
}

/* Drops the lots that can no longer be used, and those that are used up. */
static void expire(struct lots *l, int32_t period)
{
	size_t kept = 0;

	for (size_t i = 0; i < l->n; i++)
		if (l->lot[i].until >= period && exact_sign(l->lot[i].amount) > 0)
			l->lot[kept++] = l->lot[i];
	l->n = kept;
}

/* What lots can still be used in the period (a lot is for further periods, not for its own). */
static const struct exact *held(struct exact_pool *p, const struct lots *l, int32_t period)
{
	const struct exact *sum = zero(p);

	for (size_t i = 0; i < l->n; i++)
		if (l->lot[i].period < period && l->lot[i].until >= period)
			sum = exact_add(p, sum, l->lot[i].amount);
	return sum;
}

static void use(struct exact_pool *p, struct lots *l, int32_t period, const struct exact *amount)
{
	for (size_t i = 0; i < l->n; i++) {
		const struct exact *part = exact_min(amount, l->lot[i].amount);

		if (l->lot[i].period >= period)
			continue;
		l->lot[i].amount = exact_sub(p, l->lot[i].amount, part);
		amount = exact_sub(p, amount, part);
	}
}

static void put(struct lots *l, int32_t period, unsigned usable, const struct exact *amount)
{
	if (!usable || exact_sign(amount) <= 0)
		return;
	l->lot = mem_grow(l->lot, l->n + 1, sizeof(*l->lot));
	l->lot[l->n++] = (struct lot){ amount, period, period + (int32_t)usable };
}

/* The formulas of the rules, from what was taken, the minimum, and the two banks before. */
static void figure(struct exact_pool *p, const struct contract_line *l, const struct exact *taken,
	struct bank_step *s)
{
	const struct exact *paid, *made_up, *deficiency;

	s->taken = taken;
	s->excess = positive(p, exact_sub(p, taken, s->minimum));
	s->shortfall = positive(p, exact_sub(p, s->minimum, taken));
	s->used_carry = exact_min(s->shortfall, s->carry_before);
	s->shortfall = exact_sub(p, s->shortfall, s->used_carry);
	s->drawn = exact_min(s->excess, s->make_up_before);
	paid = exact_mul(p, exact_sub(p, taken, s->drawn), l->rate);
	made_up = l->make_up_rate ? exact_mul(p, s->drawn, l->make_up_rate) : zero(p);
	deficiency = percent(p, exact_mul(p, s->shortfall, l->rate), l->deficiency_percent);
	s->charge = exact_add(p, exact_add(p, paid, made_up), deficiency);
}

void bank_live(struct exact_pool *p, struct bank *b, const struct contract_line *l, int32_t period,
	const struct exact *share, const struct exact *taken, struct bank_step *out)
{
	struct bank_step s = { 0 };

	expire(&b->make_up, period);
	expire(&b->carry, period);
	s.minimum = exact_mul(p, percent(p, l->quantity, l->take_percent), share);
	s.make_up_before = held(p, &b->make_up, period);
	s.carry_before = held(p, &b->carry, period);
	figure(p, l, taken, &s);
	use(p, &b->make_up, period, s.drawn);
	use(p, &b->carry, period, s.used_carry);
	put(&b->make_up, period, l->make_up_periods, s.shortfall);
	put(&b->carry, period, l->carry_periods, exact_sub(p, s.excess, s.drawn));
	s.make_up_after = held(p, &b->make_up, period + 1);
	s.carry_after = held(p, &b->carry, period + 1);
	*out = s;
}

void bank_range(struct exact_pool *p, const struct contract_line *l, const struct bank_step *step,
	const struct exact *low, const struct exact *high, const struct exact **least,
	const struct exact **most)
{
	/* The charge is made of straight pieces that meet at these points. */
	const struct exact *at[] = { low, high, step->minimum,
		exact_sub(p, step->minimum, step->carry_before),
		exact_add(p, step->minimum, step->make_up_before) };
	struct bank_step s = *step;

	*least = *most = NULL;
	for (size_t i = 0; i < sizeof(at) / sizeof(*at); i++) {
		if (exact_cmp(at[i], low) < 0 || exact_cmp(at[i], high) > 0)
			continue;
		figure(p, l, at[i], &s);
		*least = *least ? exact_min(*least, s.charge) : s.charge;
		*most = *most ? exact_max(*most, s.charge) : s.charge;
	}
}

void bank_clear(struct bank *b)
{
	free(b->make_up.lot);
	free(b->carry.lot);
	*b = (struct bank){ 0 };
}
