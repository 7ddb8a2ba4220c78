/* SPDX-License-Identifier: BSD-3-Clause */
/* Records of RFC 4180: quotes, commas and line ends in them, what is refused, counts. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "csv.h"

#define MOST 4

static void fields_are_split_and_unquoted(void **state)
{
	static const struct {
		const char *record;
		int n;
		const char *field[MOST];
	} row[] = {
		{ "", 1, { "" } },
		{ ",", 2, { "", "" } },
		{ "a,b,c", 3, { "a", "b", "c" } },
		{ "\"a,b\",c", 2, { "a,b", "c" } },
		{ "\"say \"\"hi\"\"\",\"\"", 2, { "say \"hi\"", "" } },
		{ "a b, c\"d", 2, { "a b", " c\"d" } },
		{ "\"two\nlines\",x", 2, { "two\nlines", "x" } },
		{ "1,2,3,4", 4, { "1", "2", "3", "4" } },
		{ "1,2,3,4,", MOST + 1, { "1", "2", "3", "4" } },
		{ "\"open", -EINVAL, { NULL } },
		{ "a,\"", -EINVAL, { NULL } },
		{ "\"a\"b", -EINVAL, { NULL } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(*row); i++) {
		const char *end = row[i].record + strlen(row[i].record);
		struct csv_field f[MOST];
		char room[64];

		assert_int_equal(csv_split(row[i].record, end, room, f, MOST), row[i].n);
		for (int k = 0; k < row[i].n && k < MOST; k++)
			assert_true(csv_is(&f[k], row[i].field[k]));
	}
}

static void a_record_ends_outside_of_quotes(void **state)
{
	static const struct {
		const char *data;
		size_t end;
	} row[] = { { "a,b\nc", 3 }, { "\"a\nb\"\nc", 5 }, { "\"a\"\"\n\"\n", 6 }, { "a", 1 }, { "\"a\n", 3 }, { "", 0 } };

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(*row); i++)
		assert_ptr_equal(csv_end(row[i].data, row[i].data + strlen(row[i].data)), row[i].data + row[i].end);
}

static void a_byte_order_mark_is_no_data(void **state)
{
	(void)state;
	assert_int_equal(csv_mark("\xef\xbb\xbfstart", 8), 3);
	assert_int_equal(csv_mark("\xef\xbb", 2), 0);
	assert_int_equal(csv_mark("start", 5), 0);
}

static void counts_are_digits_below_2_64(void **state)
{
	static const struct {
		const char *text;
		int rc;
		uint64_t n;
	} row[] = { { "0", 0, 0 }, { "18446744073709551615", 0, UINT64_MAX }, { "007", 0, 7 },
		{ "18446744073709551616", -ERANGE, 0 }, { "99999999999999999999", -ERANGE, 0 }, { "", -EINVAL, 0 },
		{ "-1", -EINVAL, 0 }, { "1.0", -EINVAL, 0 }, { " 1", -EINVAL, 0 }, { "1e3", -EINVAL, 0 } };

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(*row); i++) {
		struct csv_field f = { row[i].text, strlen(row[i].text) };
		uint64_t n = 0;

		assert_int_equal(csv_u64(&f, &n), row[i].rc);
		assert_true(n == row[i].n);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_are_split_and_unquoted),
		cmocka_unit_test(a_record_ends_outside_of_quotes),
		cmocka_unit_test(a_byte_order_mark_is_no_data),
		cmocka_unit_test(counts_are_digits_below_2_64),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
