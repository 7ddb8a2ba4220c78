/* SPDX-License-Identifier: BSD-3-Clause */
/* The Theil-Sen line and what it foretells: the numbers of the settlement rules, section 6, and the edges. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "exact_box.h"
#include "field.h"
#include "forecast.h"

#define JANUARY_2026 (2026 * 12)
#define GBPS	     UINT64_C(37500000000) /* bytes a bin */

static const unsigned rules[] = { 100, 106, 109, 116, 121, 124, 131, 135, 141, 144, 151, 155 };

static void assert_exact(const struct exact *x, const char *want)
{
	char *s = exact_plain_dup(x, 4);

	assert_string_equal(s, want);
	free(s);
}

static struct topology *one_link(uint64_t capacity)
{
	struct topology *t = topology_new();
	struct text line = { 0 };

	text_printf(&line, "link one %llu\n", (unsigned long long)capacity);
	topology_canonical(t, line.data);
	text_free(&line);
	return t;
}

static void plan(struct topology *t, const char *date, enum config_change change, uint64_t rate)
{
	struct topology_step s = { .change = change, .rate = rate, .side = { false, true }, .reason = mem_dup("") };

	assert_int_equal(field_date(date, strlen(date), &s.date), 0);
	t->steps = mem_grow(t->steps, t->n_steps + 1, sizeof(s));
	t->steps[t->n_steps++] = s;
}

/* Months of egress in Gbit/s from January 2026; 0 is an incomplete month. */
static struct forecast foretell(const struct topology *t, const unsigned *gbps, size_t n)
{
	struct month_figures month[48] = { { 0 } };
	struct forecast f;

	for (size_t i = 0; i < n; i++)
		month[i] = (struct month_figures){ .month = JANUARY_2026 + (int32_t)i, .complete = gbps[i] != 0,
			.p95 = { 0, gbps[i] * (u128)GBPS } };
	forecast_of(pool, t, 0, DIRECTION_EGRESS, month, n, &f);
	return f;
}

static void the_line_of_the_rules(void **state)
{
	struct trend_point point[12];
	struct trend t;

	(void)state;
	for (int i = 0; i < 12; i++)
		point[i] = (struct trend_point){ i, rules[i] };
	trend_of(pool, point, 12, &t);
	assert_exact(t.line.slope, "5");
	assert_exact(t.line.intercept, "100.5");
	/* 66 pairs, Var(S) = 12*11*29/18 = 212.67, C = 18.69: the 23rd from either end. */
	assert_int_equal(trend_interval(point, 12), 23);
	assert_exact(t.least.slope, "4.9");
	assert_exact(t.least.intercept, "99.5");
	assert_exact(t.most.intercept, "101");
}

static void levels_of_the_rules(void **state)
{
	struct topology *t = one_link(200000000000);
	struct forecast f = foretell(t, rules, 12);

	(void)state;
	assert_int_equal(f.state, FORECAST_MADE);
	assert_exact(figures_rate(pool, 1, 1), "0.0267");
	assert_int_equal(f.level[LEVEL_50].expected.reach, REACH_ALREADY);
	assert_exact(f.level[LEVEL_50].expected.at, "-0.1");
	assert_exact(f.level[LEVEL_70].expected.at, "7.9");
	assert_int_equal(f.level[LEVEL_80].expected.reach, REACH_AHEAD);
	assert_exact(f.level[LEVEL_80].expected.at, "11.9");
	assert_int_equal(f.level[LEVEL_80].expected.month, JANUARY_2026 + 12);
	assert_exact(f.level[LEVEL_100].expected.at, "19.9");
	assert_int_equal(f.level[LEVEL_100].expected.month, JANUARY_2026 + 20);
	assert_exact(f.level[LEVEL_100].early.at, "19.8");
	assert_exact(f.level[LEVEL_100].late.at, "20.5102");
	/* 12 * 5 a year on 155.5 now; 155 after 151. */
	assert_exact(f.growth, "38.5852");
	assert_exact(f.month_growth, "2.649");
	topology_free(t);
}

static void planned_load_comes_on_its_day(void **state)
{
	struct topology *t = one_link(400000000000);
	struct forecast f;

	(void)state;
	/* 320 and 400 are at 43.9 and 59.9 without. */
	plan(t, "2027-04-01", CHANGE_ADD, 40000000000);
	f = foretell(t, rules, 12);
	assert_exact(f.level[LEVEL_80].expected.at, "35.9");
	/* A jump over the level: there, not later. */
	plan(t, "2027-07-01", CHANGE_ADD, 150000000000);
	f = foretell(t, rules, 12);
	assert_exact(f.level[LEVEL_80].expected.at, "18");
	assert_int_equal(f.level[LEVEL_80].expected.month, 2027 * 12 + 6);
	assert_int_equal(f.level[LEVEL_50].expected.month, 2027 * 12 + 3);
	/* In the middle of a month of 31 days: ten of them before it. */
	plan(t, "2027-01-11", CHANGE_REMOVE, 190000000000);
	plan(t, "2027-01-11", CHANGE_CAPACITY, 100000000000);
	f = foretell(t, rules, 12);
	assert_exact(f.level[LEVEL_50].expected.at, "18");
	assert_exact(forecast_at(pool, t, 0, DIRECTION_EGRESS, &f, &f.trend.line, exact_int(pool, 12)),
		"6018750000000");
	assert_exact(exact_div(pool, forecast_at(pool, t, 0, DIRECTION_EGRESS, &f, &f.trend.line,
		exact_parse(pool, "12.4")), exact_u128(pool, GBPS)), "-27.5");
	/* Before the last complete month a plan is in its p95 already. */
	topology_free(t);
	t = one_link(400000000000);
	plan(t, "2026-11-30", CHANGE_ADD, 100000000000);
	f = foretell(t, rules, 12);
	assert_exact(f.level[LEVEL_80].expected.at, "43.9");
	topology_free(t);
}

static void a_wider_link_is_full_later(void **state)
{
	struct topology *t = one_link(200000000000);
	struct forecast f;

	(void)state;
	plan(t, "2027-03-01", CHANGE_CAPACITY, 400000000000);
	f = foretell(t, rules, 12);
	assert_exact(f.level[LEVEL_80].expected.at, "11.9");
	assert_exact(f.level[LEVEL_100].expected.at, "59.9");
	assert_int_equal(forecast_capacity(t, 0, forecast_month_start(2027 * 12 + 1)), 200000000000);
	assert_int_equal(forecast_capacity(t, 0, forecast_month_start(2027 * 12 + 2)), 400000000000);
	topology_free(t);
}

static void flat_and_falling_trends_never_get_there(void **state)
{
	static const unsigned flat[] = { 50, 50, 50, 50, 50, 50, 50 }, falling[] = { 90, 85, 80, 75, 70, 65 };
	static const unsigned wavy[] = { 50, 53, 49, 52, 50, 51, 49, 50 };
	struct topology *t = one_link(100000000000);
	struct forecast f = foretell(t, flat, 7);

	(void)state;
	assert_exact(f.trend.line.slope, "0");
	assert_int_equal(f.level[LEVEL_50].expected.reach, REACH_ALREADY);
	assert_null(f.level[LEVEL_50].expected.at);
	assert_int_equal(f.level[LEVEL_80].expected.reach, REACH_NEVER);
	assert_int_equal(f.level[LEVEL_80].early.reach, REACH_NEVER);
	assert_exact(f.growth, "0");
	f = foretell(t, falling, 6);
	assert_int_equal(f.level[LEVEL_50].expected.reach, REACH_ALREADY);
	assert_int_equal(f.level[LEVEL_70].expected.reach, REACH_NEVER);
	/* Not rising, but perhaps it does. */
	f = foretell(t, wavy, 8);
	assert_int_equal(f.level[LEVEL_80].expected.reach, REACH_NEVER);
	assert_int_equal(f.level[LEVEL_80].early.reach, REACH_AHEAD);
	assert_int_equal(f.level[LEVEL_80].late.reach, REACH_NEVER);
	topology_free(t);
}

static void six_months_are_needed(void **state)
{
	static const unsigned five[] = { 10, 0, 20, 30, 40, 50 }, gap[] = { 10, 0, 30, 40, 50, 60, 70 };
	struct topology *t = one_link(0);
	struct forecast f = foretell(t, five, 6);

	(void)state;
	assert_int_equal(f.state, FORECAST_FEW_MONTHS);
	assert_int_equal(f.months, 5);
	assert_exact(f.month_growth, "25");
	/* A month that is left out keeps its place. */
	f = foretell(t, gap, 7);
	assert_int_equal(f.state, FORECAST_NO_CAPACITY);
	assert_int_equal(f.months, 6);
	assert_exact(exact_div(pool, f.trend.line.slope, exact_u128(pool, GBPS)), "10");
	topology_free(t);
}

/* The interval holds the month at which the line behind noisy months gets there, in 80 % of worlds or more. */
static void the_interval_keeps_its_promise(void **state)
{
	unsigned held = 0, worlds = 300;

	(void)state;
	srandom(7);
	for (unsigned w = 0; w < worlds; w++) {
		size_t n = 6 + (size_t)random() % 19;
		unsigned slope = 2 + (unsigned)random() % 8, noise = 1 + (unsigned)random() % 30, gbps[24];
		unsigned first = 100 + (unsigned)random() % 50;
		struct topology *t = one_link(2000000000000);
		const struct level_forecast *l;
		const struct exact *truth;
		struct forecast f;

		for (size_t i = 0; i < n; i++)
			gbps[i] = first + slope * (unsigned)i + (unsigned)random() % (noise + 1);
		f = foretell(t, gbps, n);
		l = &f.level[LEVEL_50];
		truth = exact_div(pool, exact_sub(pool, exact_int(pool, 1000 - (int)first), exact_ratio(pool, noise, 2)),
			exact_int(pool, slope));
		held += (!l->early.at || exact_cmp(l->early.at, truth) <= 0) &&
			(!l->late.at || exact_cmp(l->late.at, truth) >= 0);
		topology_free(t);
	}
	assert_in_range(held, worlds * 80 / 100, worlds);
}

static void ties_narrow_the_interval(void **state)
{
	struct trend_point point[8], same[9];

	(void)state;
	for (int i = 0; i < 8; i++)
		point[i] = (struct trend_point){ i, (u128)(i / 4) };
	for (int i = 0; i < 9; i++)
		same[i] = (struct trend_point){ i, 7 };
	/* 28 pairs, Var(S) = (8*7*21 - 2 * 4*3*13) / 18 = 48: C = 8.88. */
	assert_int_equal(trend_interval(point, 8), 9);
	assert_int_equal(trend_interval(same, 9), 18);
	assert_int_equal(trend_interval(point, 2), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_line_of_the_rules),
		cmocka_unit_test(levels_of_the_rules),
		cmocka_unit_test(planned_load_comes_on_its_day),
		cmocka_unit_test(a_wider_link_is_full_later),
		cmocka_unit_test(flat_and_falling_trends_never_get_there),
		cmocka_unit_test(six_months_are_needed),
		cmocka_unit_test(the_interval_keeps_its_promise),
		cmocka_unit_test(ties_narrow_the_interval),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
