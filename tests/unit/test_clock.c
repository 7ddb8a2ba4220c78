/* SPDX-License-Identifier: BSD-3-Clause */
/* Instants are written and read as RFC 3339, the same on every host. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "clock.h"

static void formats_known_instants(void **state)
{
	char buf[RFC3339_SIZE];

	(void)state;
	assert_string_equal(clock_format(buf, 0), "1970-01-01T00:00:00Z");
	assert_string_equal(clock_format(buf, 951782400), "2000-02-29T00:00:00Z");
	assert_string_equal(clock_format(buf, CLOCK_MAX_SEC), "9999-12-31T23:59:59Z");
}

static void agrees_with_the_c_library(void **state)
{
	(void)state;
	srandom(1);
	for (int i = 0; i < 100000; i++) {
		int64_t sec = ((int64_t)random() << 31 | random()) % (CLOCK_MAX_SEC + 1), back = -1;
		time_t t = sec;
		struct tm tm;
		char ours[RFC3339_SIZE], theirs[40];

		gmtime_r(&t, &tm);
		strftime(theirs, sizeof(theirs), "%Y-%m-%dT%H:%M:%SZ", &tm);
		assert_string_equal(clock_format(ours, sec), theirs);
		assert_int_equal(clock_parse(ours, &back), 0);
		assert_true(back == sec);
	}
}

static void reads_offsets(void **state)
{
	int64_t sec;

	(void)state;
	assert_int_equal(clock_parse("2024-02-29T05:00:00+05:00", &sec), 0);
	assert_true(sec == 1709164800);
	assert_int_equal(clock_parse("2024-02-28T19:30:00.000-04:30", &sec), 0);
	assert_true(sec == 1709164800);
}

static void refuses_what_is_not_an_instant(void **state)
{
	static const char *const bad[] = { "", "2024", "2023-02-29T00:00:00Z", "2024-13-01T00:00:00Z",
		"2024-01-01T24:00:00Z", "2024-01-01T00:00:00", "2024-01-01T00:00:00Zx", "2024-01-01T00:00:00.5Z",
		"2024-1-01T00:00:00Z", "1969-12-31T23:59:59Z", "2024-01-01T00:00:00+5:00", "9999-12-31T23:59:59-01:00" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		int64_t sec = 42;

		assert_int_equal(clock_parse(bad[i], &sec), -EINVAL);
		assert_true(sec == 42);
	}
}

static void ages_are_in_the_largest_unit_of_which_there_are_two(void **state)
{
	static const struct {
		int64_t seconds;
		const char *words;
	} row[] = { { -5, "0 s" }, { 0, "0 s" }, { 119, "119 s" }, { 120, "2 min" }, { 7199, "119 min" }, { 7200, "2 h" },
		{ 172799, "47 h" }, { 172800, "2 days" }, { INT64_MAX, "106751991167300 days" } };
	char buf[CLOCK_AGE_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(*row); i++)
		assert_string_equal(clock_age(buf, row[i].seconds), row[i].words);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(formats_known_instants),
		cmocka_unit_test(agrees_with_the_c_library),
		cmocka_unit_test(reads_offsets),
		cmocka_unit_test(refuses_what_is_not_an_instant),
		cmocka_unit_test(ages_are_in_the_largest_unit_of_which_there_are_two),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
