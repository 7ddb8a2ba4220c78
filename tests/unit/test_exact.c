/* SPDX-License-Identifier: BSD-3-Clause */
/* Money is exact: decimals in, one rounding, decimals out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>

#include "exact_box.h"

static void assert_fixed(const struct exact *x, unsigned digits, const char *want)
{
	char *s = exact_fixed_dup(x, digits);

	assert_string_equal(s, want);
	free(s);
}

static void assert_rounds(const char *text, enum rounding mode, const char *want)
{
	assert_fixed(exact_round(pool, exact_parse_signed(pool, text), 2, mode), 2, want);
}

static void rounds_once_as_the_rules_say(void **state)
{
	(void)state;
	assert_rounds("2.345", ROUND_HALF_UP, "2.35");
	assert_rounds("2.345", ROUND_HALF_EVEN, "2.34");
	assert_rounds("2.355", ROUND_HALF_EVEN, "2.36");
	assert_rounds("2.3450000000000000000000000000001", ROUND_HALF_EVEN, "2.35");
	assert_rounds("2.34499999999999999999999999999", ROUND_HALF_UP, "2.34");
	assert_rounds("-2.345", ROUND_HALF_UP, "-2.35");
	assert_rounds("-2.345", ROUND_HALF_EVEN, "-2.34");
	assert_rounds("-0.004", ROUND_HALF_UP, "0.00");
	assert_rounds("2.349", ROUND_DOWN, "2.34");
}

static void keeps_decimals_that_binary_cannot(void **state)
{
	const struct exact *sum = exact_int(pool, 0);

	(void)state;
	for (int i = 0; i < 1000; i++)
		sum = exact_add(pool, sum, exact_parse(pool, "0.1"));
	assert_int_equal(exact_cmp(sum, exact_int(pool, 100)), 0);
	sum = exact_mul(pool, exact_ratio(pool, 1, 3), exact_int(pool, 3));
	assert_int_equal(exact_cmp(sum, exact_int(pool, 1)), 0);
}

static void reads_plain_decimals_alone(void **state)
{
	static const char *const bad[] = { "", "-1", "+1", "1.", ".5", "1e3", "0x10", "1,5", " 1", "1 ", "NaN",
		"Infinity", "1.2.3", "--1", "1234567890123456789012345678901234567" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_null(exact_parse(pool, bad[i]));
	assert_fixed(exact_parse(pool, "007.50"), 3, "7.500");
	assert_fixed(exact_parse_signed(pool, "-12.5"), 1, "-12.5");
	assert_null(exact_parse_signed(pool, "--1"));
}

static void counts_beyond_64_bits(void **state)
{
	u128 month = (u128)15000000000000000 * 8928 * 2;
	struct text t = { 0 };

	(void)state;
	text_u128(&t, month);
	assert_string_equal(t.data, "267840000000000000000");
	assert_fixed(exact_u128(pool, month), 0, "267840000000000000000");
	text_clear(&t);
	text_u128(&t, ~(u128)0);
	assert_string_equal(t.data, "340282366920938463463374607431768211455");
	text_free(&t);
}

static void prints_without_trailing_zeros(void **state)
{
	char *s = exact_plain_dup(exact_parse(pool, "10000.500"), 12);

	(void)state;
	assert_string_equal(s, "10000.5");
	free(s);
	s = exact_plain_dup(exact_int(pool, 100), 12);
	assert_string_equal(s, "100");
	free(s);
	s = exact_plain_dup(exact_ratio(pool, 2, 3), 4);
	assert_string_equal(s, "0.6667");
	free(s);
	assert_fixed(exact_parse(pool, "0.05"), 2, "0.05");
}

static void finds_whole_numbers_around(void **state)
{
	(void)state;
	assert_int_equal(exact_to_i64(exact_ceil(pool, exact_ratio(pool, 7, 2))), 4);
	assert_int_equal(exact_to_i64(exact_floor(pool, exact_ratio(pool, 7, 2))), 3);
	assert_int_equal(exact_to_i64(exact_ceil(pool, exact_int(pool, 4))), 4);
	assert_int_equal(exact_to_i64(exact_ratio(pool, 7, 2)), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rounds_once_as_the_rules_say),
		cmocka_unit_test(keeps_decimals_that_binary_cannot),
		cmocka_unit_test(reads_plain_decimals_alone),
		cmocka_unit_test(counts_beyond_64_bits),
		cmocka_unit_test(prints_without_trailing_zeros),
		cmocka_unit_test(finds_whole_numbers_around),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
