/* SPDX-License-Identifier: BSD-3-Clause */
/* Periods in a contract's zone: our reader of the tz database against the C library's, and the known cases. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "civil.h"
#include "text.h"
#include "zone.h"
#include "zone_rule.h"

static const char *const zones[] = { "UTC", "Asia/Almaty", "Asia/Qyzylorda", "Asia/Ashgabat", "Asia/Baku",
	"Asia/Tashkent", "Asia/Bishkek", "Asia/Dushanbe", "Asia/Ulaanbaatar", "Asia/Tehran", "Europe/Moscow",
	"Europe/Berlin", "Europe/London", "Europe/Dublin", "America/New_York", "America/Sao_Paulo",
	"America/Havana", "Australia/Lord_Howe", "Pacific/Apia", "Africa/Casablanca", "Asia/Gaza",
	"America/Nuuk", "Asia/Beirut", "Antarctica/Troll" };

static struct zone *load(const char *name)
{
	struct zone *z;

	assert_int_equal(zone_load(ZONE_FOLDER, name, &z), 0);
	return z;
}

static void offsets_equal_the_c_librarys(void **state)
{
	(void)state;
	srandom(7);
	for (size_t i = 0; i < sizeof(zones) / sizeof(*zones); i++) {
		struct zone *z = load(zones[i]);

		setenv("TZ", zones[i], 1);
		tzset();
		for (int k = 0; k < 4000; k++) {
			/* 1970 to 2100: also after the last transition that the files list. */
			time_t t = ((int64_t)random() << 12 | random() % 4096) % 4102444800;
			struct tm tm;

			localtime_r(&t, &tm);
			if (zone_offset(z, t) != tm.tm_gmtoff)
				fail_msg("%s at %lld: %d, libc %ld", zones[i], (long long)t, zone_offset(z, t),
					tm.tm_gmtoff);
		}
		zone_free(z);
	}
	unsetenv("TZ");
}

static void midnight_is_the_first_instant_of_the_day(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(zones) / sizeof(*zones); i++) {
		struct zone *z = load(zones[i]);

		for (int32_t day = civil_days(2010, 1, 1); day < civil_days(2045, 1, 1); day++) {
			int64_t at = zone_midnight(z, day);

			/* Apia had no 30 December 2011: then the next day begins. */
			assert_true(zone_date(z, at) >= day);
			assert_true(zone_date(z, at - 1) < day);
			assert_true(zone_midnight(z, day + 1) >= at);
		}
		zone_free(z);
	}
}

static void expected_bins(const char *zone, const char *period, int64_t want)
{
	struct zone *z = load(zone);
	struct period p, next;
	int64_t from, to;

	assert_int_equal(period_parse(period, &p), 0);
	next = period_next(&p);
	from = zone_midnight(z, period_first_day(&p));
	to = zone_midnight(z, period_first_day(&next));
	assert_int_equal((to - from) / 300, want);
	zone_free(z);
}

static void months_have_the_bins_of_the_rules(void **state)
{
	(void)state;
	expected_bins("UTC", "2026-11", 8640);
	expected_bins("UTC", "2025-02", 8064);
	expected_bins("UTC", "2024-02", 8352);
	expected_bins("UTC", "2026-12", 8928);
	expected_bins("Asia/Almaty", "2024-02", 8364);
	expected_bins("Asia/Almaty", "2024-03", 8928);
	expected_bins("Europe/Berlin", "2026-03", 8928 - 12);
	expected_bins("Europe/Berlin", "2026-10", 8928 + 12);
	expected_bins("Europe/Berlin", "2060-03", 8928 - 12);
	expected_bins("UTC", "2026-Q4", 92 * 288);
}

static void refuses_what_is_not_a_zone(void **state)
{
	static const char *const bad[] = { "", "Asia/Nowhere", "../zoneinfo/UTC", "/etc/passwd", "zone.tab", "Asia",
		"right/UTC", "asia/almaty", "UTC\n" };
	struct zone *z;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_true(zone_load(ZONE_FOLDER, bad[i], &z) < 0);
}

/* Cut and bent files are refused or read, never followed outside of their bytes (run with ASan). */
static void survives_broken_files(void **state)
{
	struct text path = { 0 };
	uint8_t data[4096];
	size_t size;
	FILE *f;

	(void)state;
	text_printf(&path, "%s/%s", ZONE_FOLDER, "Europe/Berlin");
	f = fopen(path.data, "r");
	size = fread(data, 1, sizeof(data), f);
	fclose(f);
	text_free(&path);
	srandom(3);
	for (int i = 0; i < 20000; i++) {
		size_t n = i % 2 ? size : (size_t)random() % size;
		uint8_t *copy = malloc(n ? n : 1);
		struct zone *z = NULL;

		memcpy(copy, data, n);
		if (n && i % 2)
			copy[(size_t)random() % (i % 4 == 1 ? 200 : n)] ^= (uint8_t)(1 << random() % 8);
		if (!zone_parse("x", copy, n, &z)) {
			zone_midnight(z, civil_days(2026, 11, 1));
			zone_free(z);
		}
		free(copy);
	}
}

static void reads_rules_of_every_kind(void **state)
{
	struct zone_rule r;
	int64_t begin, end;

	(void)state;
	assert_int_equal(zone_rule_parse("<-03>3", &r), 0);
	assert_int_equal(r.standard, -3 * 3600);
	assert_int_equal(zone_rule_parse("IST-1GMT0,M10.5.0,M3.5.0/1", &r), 0);
	assert_int_equal(r.summer, 0);
	assert_int_equal(zone_rule_parse("A-1B,J60/0,J300/0", &r), -EINVAL);
	assert_int_equal(zone_rule_parse("AAA-1BBB,J60/0,299/0", &r), 0);
	zone_rule_year(&r, 2024, &begin, &end);
	assert_int_equal(begin, (int64_t)civil_days(2024, 3, 1) * 86400 - 3600);
	assert_int_equal(end, (int64_t)civil_days(2024, 10, 26) * 86400 - 7200);
	assert_int_equal(zone_rule_parse("CET-1CEST,M3.5.0", &r), -EINVAL);
	assert_int_equal(zone_rule_parse("CET-1CEST,M13.5.0,M3.5.0", &r), -EINVAL);
	assert_int_equal(zone_rule_parse("", &r), -EINVAL);
}

static void reads_periods_and_dates(void **state)
{
	static const char *const bad[] = { "", "2026", "2026-13", "2026-00", "2026-Q0", "2026-Q5", "2026-q1",
		"2026-1", "26-11", "2026-11-01", "1969-12", "9999-01" };
	char buf[DATE_SIZE];
	struct period p;
	int32_t days;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(period_parse(bad[i], &p), -EINVAL);
	assert_int_equal(period_parse("2026-Q4", &p), 0);
	assert_int_equal(period_days(&p), 92);
	assert_string_equal(period_format(buf, &p), "2026-Q4");
	assert_int_equal(civil_parse("2023-02-29", &days), -EINVAL);
	assert_int_equal(civil_parse("2024-02-29", &days), 0);
	assert_string_equal(civil_format(buf, days), "2024-02-29");
	assert_int_equal(civil_parse("2024-2-29", &days), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(offsets_equal_the_c_librarys),
		cmocka_unit_test(midnight_is_the_first_instant_of_the_day),
		cmocka_unit_test(months_have_the_bins_of_the_rules),
		cmocka_unit_test(refuses_what_is_not_a_zone),
		cmocka_unit_test(survives_broken_files),
		cmocka_unit_test(reads_rules_of_every_kind),
		cmocka_unit_test(reads_periods_and_dates),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
