/* SPDX-License-Identifier: BSD-3-Clause */
/* A name finds what it stands for, however many there are, and nothing else does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "names.h"

/* Names of a and b alone, so that many begin with others and share slots. */
static void random_name(char *out)
{
	size_t size = 1 + (size_t)random() % 7;

	for (size_t i = 0; i < size; i++)
		out[i] = random() % 2 ? 'a' : 'b';
	out[size] = 0;
}

static int in_list(char (*list)[8], size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(list[i], name))
			return (int)i;
	return -1;
}

static void agrees_with_a_list(void **state)
{
	(void)state;
	srandom(4);
	for (int round = 0; round < 300; round++) {
		struct names s = { 0 };
		char list[200][8], name[8];
		size_t n = 0;

		for (int i = 0; i < 100; i++) {
			const struct name *first;
			int known;

			random_name(name);
			known = in_list(list, n, name);
			first = names_add(&s, name, (unsigned)n, (unsigned)i);
			assert_true((first != NULL) == (known >= 0));
			if (first)
				assert_int_equal(first->value, known);
			else
				strcpy(list[n++], name);
			random_name(name);
			known = in_list(list, n, name);
			first = names_find(&s, name, strlen(name));
			assert_true((first != NULL) == (known >= 0));
			if (first)
				assert_int_equal(first->value, known);
		}
		names_free(&s);
	}
}

static void finds_nothing_where_nothing_is(void **state)
{
	struct names s = { 0 };
	char text[40];

	(void)state;
	assert_null(names_find(&s, "a", 1));
	assert_null(names_add(&s, "a", 7, 1));
	assert_null(names_find(&s, "", 0));
	memset(text, 'a', sizeof(text));
	assert_null(names_find(&s, text, sizeof(text)));
	assert_int_equal(names_find(&s, text, 1)->value, 7);
	names_free(&s);
}

static void lists_a_dozen(void **state)
{
	struct names s = { 0 };
	struct text t = { 0 };
	char name[8];

	(void)state;
	names_list(&s, &t);
	assert_string_equal(t.data, "none");
	for (unsigned i = 0; i < 14; i++) {
		snprintf(name, sizeof(name), "n%u", i);
		names_add(&s, name, i, 1);
		text_clear(&t);
		names_list(&s, &t);
		if (i == 1)
			assert_string_equal(t.data, "n0, n1");
	}
	assert_string_equal(t.data, "n0, n1, n2, n3, n4, n5, n6, n7, n8, n9, n10, n11 and 2 more");
	text_free(&t);
	names_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(agrees_with_a_list),
		cmocka_unit_test(finds_nothing_where_nothing_is),
		cmocka_unit_test(lists_a_dozen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
