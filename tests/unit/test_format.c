/* SPDX-License-Identifier: BSD-3-Clause */
/* One list of columns, three forms; and a failing output is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>

#include "format.h"

struct row {
	const char *word, *digits, *json;
	int64_t time;
	uint64_t count;
};

static const struct column columns[] = {
	{ "word", COLUMN_WORD, offsetof(struct row, word) },
	{ "n", COLUMN_COUNT, offsetof(struct row, count) },
	{ "digits", COLUMN_DIGITS, offsetof(struct row, digits) },
	{ "time", COLUMN_TIME, offsetof(struct row, time) },
	{ "json", COLUMN_JSON, offsetof(struct row, json) },
};

static const struct row rows[] = {
	{ "plain", "340282366920938463463374607431768211456", "[]", 0, 0 },
	{ "", "7", "{\"a\":[1,\"b\"]}", 1795305600, UINT64_MAX },
	{ "a \"quoted\", two-\nline \\ word\t", "10", "null", 1795305600, 10 },
};

static char *printed(enum format format, size_t n)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	struct table *t = table_new(out, format, columns, sizeof(columns) / sizeof(*columns));

	for (size_t i = 0; i < n; i++)
		assert_int_equal(table_row(t, &rows[i]), 0);
	assert_int_equal(table_end(t), 0);
	fclose(out);
	return text;
}

static void assert_printed(enum format format, size_t n, const char *expected)
{
	char *text = printed(format, n);

	assert_string_equal(text, expected);
	free(text);
}

static void json_escapes_words_and_leaves_numbers_bare(void **state)
{
	(void)state;
	assert_printed(FORMAT_JSON, 3,
		"{\"word\":\"plain\",\"n\":0,\"digits\":\"340282366920938463463374607431768211456\","
		"\"time\":\"1970-01-01T00:00:00Z\",\"json\":[]}\n"
		"{\"word\":\"\",\"n\":18446744073709551615,\"digits\":\"7\",\"time\":\"2026-11-22T00:00:00Z\","
		"\"json\":{\"a\":[1,\"b\"]}}\n"
		"{\"word\":\"a \\\"quoted\\\", two-\\u000aline \\\\ word\\u0009\",\"n\":10,\"digits\":\"10\","
		"\"time\":\"2026-11-22T00:00:00Z\",\"json\":null}\n");
}

static void csv_quotes_what_needs_it(void **state)
{
	(void)state;
	assert_printed(FORMAT_CSV, 3,
		"word,n,digits,time,json\n"
		"plain,0,340282366920938463463374607431768211456,1970-01-01T00:00:00Z,[]\n"
		",18446744073709551615,7,2026-11-22T00:00:00Z,\"{\"\"a\"\":[1,\"\"b\"\"]}\"\n"
		"\"a \"\"quoted\"\", two-\nline \\ word\t\",10,10,2026-11-22T00:00:00Z,null\n");
}

static void text_aligns_numbers_to_the_right_and_shows_emptiness(void **state)
{
	(void)state;
	assert_printed(FORMAT_TEXT, 2,
		"word                      n                                   digits  time                  json\n"
		"plain                     0  340282366920938463463374607431768211456  1970-01-01T00:00:00Z  []\n"
		"-      18446744073709551615                                        7  2026-11-22T00:00:00Z  "
		"{\"a\":[1,\"b\"]}\n");
}

static void no_rows_are_a_header_or_nothing(void **state)
{
	(void)state;
	assert_printed(FORMAT_JSON, 0, "");
	assert_printed(FORMAT_CSV, 0, "word,n,digits,time,json\n");
	assert_printed(FORMAT_TEXT, 0, "word  n  digits  time  json\n");
}

/* The error comes from the row that fills the buffer, at the latest from the end. */
static void a_full_output_is_told(void **state)
{
	(void)state;
	for (size_t n = 0; n < 100000; n = 10 * n + 1) {
		FILE *full = fopen("/dev/full", "w");
		struct table *t =
			table_new(full, FORMAT_CSV, columns, sizeof(columns) / sizeof(*columns));
		int error = 0;

		for (size_t i = 0; i < n && !error; i++)
			error = table_row(t, &rows[0]);
		assert_true(error == 0 || error == -ENOSPC);
		assert_true(n < 10000 || error == -ENOSPC);
		assert_int_equal(table_end(t), -ENOSPC);
		fclose(full);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(json_escapes_words_and_leaves_numbers_bare),
		cmocka_unit_test(csv_quotes_what_needs_it),
		cmocka_unit_test(text_aligns_numbers_to_the_right_and_shows_emptiness),
		cmocka_unit_test(no_rows_are_a_header_or_nothing),
		cmocka_unit_test(a_full_output_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
