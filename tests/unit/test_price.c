/* SPDX-License-Identifier: BSD-3-Clause */
/* Ranks, prices and banks: the numbers of the settlement rules, section 3. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>

#include "bank.h"
#include "exact_box.h"
#include "price.h"
#include "rank.h"

static const struct exact *dec(const char *text)
{
	return exact_parse(pool, text);
}

static void assert_money(const struct exact *x, const char *want)
{
	char *s = exact_fixed_dup(x, 2);

	assert_string_equal(s, want);
	free(s);
}

static void ranks_are_the_table_of_the_rules(void **state)
{
	static const struct {
		uint64_t n, rfc2330, drop_ceil;
	} row[] = { { 8064, 7661, 7660 }, { 8352, 7935, 7934 }, { 8640, 8208, 8208 }, { 8928, 8482, 8481 },
		{ 8364, 7946, 7945 }, { 20, 19, 19 }, { 10, 10, 9 }, { 1, 1, 1 }, { 0, 0, 0 } };

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(*row); i++) {
		assert_int_equal(rank_of(dec("95"), row[i].n, RANK_RFC2330), row[i].rfc2330);
		assert_int_equal(rank_of(dec("95"), row[i].n, RANK_DROP_CEIL), row[i].drop_ceil);
	}
	assert_int_equal(rank_of(dec("100"), 8640, RANK_RFC2330), 8640);
	assert_int_equal(rank_of(dec("99.9"), 1000, RANK_RFC2330), 999);
	assert_int_equal(rank_of(dec("0.001"), 5, RANK_DROP_CEIL), 1);
}

/* rank_filled() against sorting the same points. */
static void filled_ranks_equal_a_plain_sort(void **state)
{
	struct point p[40], all[60];

	(void)state;
	srandom(5);
	for (int round = 0; round < 3000; round++) {
		size_t n = (size_t)random() % 40, fill = (size_t)random() % 20, k = 0;
		u128 value = (u128)(random() % 12);

		for (size_t i = 0; i < n; i++)
			p[i] = (struct point){ (u128)(random() % 12), (uint32_t)i, SIDE_SUM };
		for (size_t i = 0; i < n + fill; i++)
			all[k++] = i < n ? p[i] : (struct point){ value, (uint32_t)i, SIDE_SUM };
		rank_sort(p, n);
		rank_sort(all, k);
		for (uint64_t r = 1; r <= k; r++)
			assert_true(rank_filled(p, n, fill, value, r) == all[r - 1].bytes);
	}
}

static void commit_is_due_and_overage_is_above_it(void **state)
{
	struct contract_line l = { .rate = dec("10.00"), .commit = dec("20"), .overage_rate = dec("12.00") };
	const struct exact *whole = exact_int(pool, 1);

	(void)state;
	assert_money(price_usage(pool, &l, whole, dec("75")), "860.00");
	assert_money(price_usage(pool, &l, whole, dec("18")), "200.00");
	l.burst_cap = dec("50");
	assert_money(price_usage(pool, &l, whole, dec("75")), "560.00");
	l.overage_rate = NULL;
	assert_money(price_usage(pool, &l, whole, dec("30")), "300.00");
	/* Ten days of thirty: the commit is prorated. */
	l.burst_cap = NULL;
	assert_money(price_usage(pool, &l, exact_ratio(pool, 10, 30), dec("0")), "66.67");
}

static struct tier table[3];

static void tiers_are_those_of_the_rules(void **state)
{
	static const struct {
		const char *usage, *incremental, *all_units;
	} row[] = { { "100000", "20000.00", "20000.00" }, { "100001", "20000.15", "15000.15" },
		{ "500000", "75000.00", "50000.00" }, { "0", "0.00", "0.00" }, { "400000", "65000.00", "60000.00" } };
	struct contract_line l = { .tiers = table, .n_tiers = 3 };
	const struct exact *whole = exact_int(pool, 1), *least, *most;

	(void)state;
	table[0] = (struct tier){ dec("100000"), dec("0.20") };
	table[1] = (struct tier){ dec("400000"), dec("0.15") };
	table[2] = (struct tier){ NULL, dec("0.10") };
	for (size_t i = 0; i < sizeof(row) / sizeof(*row); i++) {
		l.tiers_mode = TIERS_INCREMENTAL;
		assert_money(price_usage(pool, &l, whole, dec(row[i].usage)), row[i].incremental);
		l.tiers_mode = TIERS_ALL_UNITS;
		assert_money(price_usage(pool, &l, whole, dec(row[i].usage)), row[i].all_units);
	}
	/* From 90,000 to 110,000: 100,000 costs the most, and just above it the least. */
	price_range(pool, &l, whole, dec("90000"), dec("110000"), &least, &most);
	assert_money(least, "15000.00");
	assert_money(most, "20000.00");
}

static void make_up_is_drawn_as_in_the_rules(void **state)
{
	static const struct {
		const char *taken, *charge, *bank;
	} row[] = { { "250", "300000.00", "50.00" }, { "320", "300000.00", "30.00" },
		{ "300", "300000.00", "30.00" }, { "360", "330000.00", "0.00" } };
	struct contract_line l = { .quantity = dec("300"), .rate = dec("1000"), .take_percent = dec("100"),
		.deficiency_percent = dec("100"), .make_up_periods = 4, .make_up_rate = dec("0") };
	struct bank bank = { 0 };
	struct bank_step step;

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		bank_live(pool, &bank, &l, (int32_t)i, exact_int(pool, 1), dec(row[i].taken), &step);
		assert_money(step.charge, row[i].charge);
		assert_money(step.make_up_after, row[i].bank);
	}
	bank_clear(&bank);
}

static void lots_expire_before_they_are_used(void **state)
{
	struct contract_line l = { .quantity = dec("100"), .rate = dec("1"), .take_percent = dec("100"),
		.deficiency_percent = dec("100"), .make_up_periods = 2, .make_up_rate = dec("0") };
	struct bank bank = { 0 };
	struct bank_step step;

	(void)state;
	bank_live(pool, &bank, &l, 0, exact_int(pool, 1), dec("60"), &step);
	bank_live(pool, &bank, &l, 1, exact_int(pool, 1), dec("100"), &step);
	assert_money(step.make_up_after, "40.00");
	bank_live(pool, &bank, &l, 2, exact_int(pool, 1), dec("110"), &step);
	assert_money(step.drawn, "10.00");
	/* The 30 that are left were usable in periods 1 and 2. */
	assert_money(step.make_up_after, "0.00");
	bank_live(pool, &bank, &l, 3, exact_int(pool, 1), dec("150"), &step);
	assert_money(step.drawn, "0.00");
	assert_money(step.charge, "150.00");
	bank_clear(&bank);
}

static void carry_forward_covers_a_short_period(void **state)
{
	struct contract_line l = { .quantity = dec("100"), .rate = dec("1"), .take_percent = dec("80"),
		.deficiency_percent = dec("50"), .carry_periods = 2 };
	struct bank bank = { 0 };
	struct bank_step step;

	(void)state;
	bank_live(pool, &bank, &l, 0, exact_int(pool, 1), dec("100"), &step);
	assert_money(step.minimum, "80.00");
	assert_money(step.carry_after, "20.00");
	bank_live(pool, &bank, &l, 1, exact_int(pool, 1), dec("50"), &step);
	assert_money(step.used_carry, "20.00");
	assert_money(step.shortfall, "10.00");
	assert_money(step.charge, "55.00");
	bank_clear(&bank);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ranks_are_the_table_of_the_rules),
		cmocka_unit_test(filled_ranks_equal_a_plain_sort),
		cmocka_unit_test(commit_is_due_and_overage_is_above_it),
		cmocka_unit_test(tiers_are_those_of_the_rules),
		cmocka_unit_test(make_up_is_drawn_as_in_the_rules),
		cmocka_unit_test(lots_expire_before_they_are_used),
		cmocka_unit_test(carry_forward_covers_a_short_period),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
