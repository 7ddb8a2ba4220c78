/* SPDX-License-Identifier: BSD-3-Clause */
/* Messages say where, are counted beyond the limit, and carry nobody's control characters. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "diag.h"

static void places_and_limits(void **state)
{
	char *said;
	size_t size;
	struct diag d = { .out = open_memstream(&said, &size), .most = 2 };

	(void)state;
	diag_at(&d, "a.yaml", 7, "one %d", 1);
	diag_at(&d, "a.yaml", 0, "two");
	diag_at(&d, "a.yaml", 9, "three");
	diag_end(&d);
	fclose(d.out);
	assert_string_equal(said, "a.yaml:7: one 1\na.yaml: two\n... and 1 more mistakes\n");
	assert_int_equal(d.count, 3);
	free(said);
}

static void quotes(void **state)
{
	static const struct {
		const char *text;
		size_t size;
		const char *quoted;
		bool plain;
	} cases[] = {
		{ "", 0, "\"\"", true },
		{ "plain text", 10, "\"plain text\"", true },
		{ "a\nb\0c", 5, "\"a\\x0ab\\x00c\"", false },
		{ "\x1b[2J\x7f", 5, "\"\\x1b[2J\\x7f\"", false },
		{ "\xc2\x9b" "2J", 4, "\"\\xc2\\x9b2J\"", false }, /* U+009B: begins a terminal's command */
		{ "\xc2\xa0\xd0\x90", 4, "\"\xc2\xa0\xd0\x90\"", true },
		{ "\xc2", 1, "\"\xc2\"", true },
		{ "\xc2x\x9b", 3, "\"\xc2x\x9b\"", true },
	};
	char buf[DIAG_QUOTE_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		assert_string_equal(diag_quote(buf, cases[i].text, cases[i].size), cases[i].quoted);
		assert_int_equal(diag_is_plain(cases[i].text, cases[i].size), cases[i].plain);
	}
}

static void long_texts_are_cut_between_characters(void **state)
{
	char text[1000], buf[DIAG_QUOTE_SIZE];

	(void)state;
	memset(text, 'x', sizeof(text));
	assert_int_equal(strlen(diag_quote(buf, text, 60)), 62);
	diag_quote(buf, text, 61);
	assert_int_equal(strlen(buf), 65);
	assert_string_equal(buf + 61, "...\"");
	memcpy(text + 59, "\xd0\x90", 2);
	diag_quote(buf, text, sizeof(text));
	assert_string_equal(buf + 59, "x...\"");
	memset(text, 1, sizeof(text)); /* the longest that can come out */
	assert_int_equal(strlen(diag_quote(buf, text, sizeof(text))), 60 * 4 + 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(places_and_limits),
		cmocka_unit_test(quotes),
		cmocka_unit_test(long_texts_are_cut_between_characters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
