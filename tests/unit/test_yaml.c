/* SPDX-License-Identifier: BSD-3-Clause */
/* YAML as a tree: what was written, where it was written, shared where it is an alias. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "yaml.h"

static struct yaml *parse(const char *text, struct diag *d)
{
	struct yaml *y = NULL;

	assert_int_equal(yaml_parse("a.yaml", text, strlen(text), d, &y), 0);
	return y;
}

static void texts_are_what_was_written(void **state)
{
	static const struct {
		const char *yaml, *text;
	} cases[] = {
		{ "100.20", "100.20" }, { "0x10", "0x10" }, { "yes", "yes" }, { "a b # c", "a b" },
		{ "''", "" }, { "'a''b'", "a'b" },
		/* several quotes in a row: libfyaml 0.7 reads this as a'b''' */
		{ "'a''b''''c'", "a'b''c" }, { "''''''''''''", "'''''" }, { "'''a'''", "'a'" },
		{ "'a\n  b'", "a b" }, { "'a\r\n\r\n  b'", "a\nb" },
		{ "\"a\\n\\\"\\x41\\u00e9\"", "a\n\"A\xc3\xa9" }, { "\"a\n  b\"", "a b" },
		{ "|\n  a\n   b\n", "a\n b\n" }, { ">-\n  a\n  b\n", "a b" }, { "!!str x", "x" },
		{ "\xd0\x90", "\xd0\x90" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct diag d = { .out = stderr };
		struct yaml *y;
		const struct yaml_item *item;
		char text[100];

		snprintf(text, sizeof(text), "k: %s", cases[i].yaml);
		y = parse(text, &d);
		item = yaml_find(yaml_root(y), "k");
		assert_non_null(item);
		assert_int_equal(item->value->kind, YAML_TEXT);
		assert_string_equal(item->value->text, cases[i].text);
		assert_int_equal(item->value->size, strlen(cases[i].text));
		assert_false(item->value->null);
		assert_int_equal(d.count, 0);
		yaml_free(y);
	}
}

static void nothing_is_not_an_empty_text(void **state)
{
	static const char yaml[] = "- \n- ~\n- null\n- ''\n- \"\"\n- 'null'\n- nul\n";
	static const bool null[] = { true, true, true, false, false, false, false };
	struct diag d = { .out = stderr };
	struct yaml *y = parse(yaml, &d);
	const struct yaml_item *i = yaml_root(y)->first;

	(void)state;
	assert_int_equal(yaml_root(y)->size, 7);
	for (size_t n = 0; n < 7; n++, i = i->next) {
		assert_int_equal(i->value->null, null[n]);
		assert_int_equal(i->line, n + 1);
	}
	assert_null(i);
	yaml_free(y);
}

static void every_node_has_its_line(void **state)
{
	static const char yaml[] = "# comment\n"	      /* 1 */
				   "a:\n"		      /* 2 */
				   "  - b\n"		      /* 3 */
				   "\n"			      /* 4 */
				   "  - c: d\r\n"	      /* 5 */
				   "    e:\n"		      /* 6 */
				   "      f\n"		      /* 7 */
				   "g: {h: [i,\n"	      /* 8 */
				   "  j], k:\n"		      /* 9 */
				   "  l}\n";		      /* 10 */
	struct diag d = { .out = stderr };
	struct yaml *y = parse(yaml, &d);
	const struct yaml_node *root = yaml_root(y), *a, *c, *g, *h;

	(void)state;
	assert_int_equal(root->line, 2);
	a = yaml_find(root, "a")->value;
	assert_int_equal(a->kind, YAML_LIST);
	assert_int_equal(a->line, 3);
	assert_int_equal(a->first->value->line, 3);
	c = a->first->next->value;
	assert_int_equal(c->kind, YAML_MAP);
	assert_int_equal(c->line, 5);
	assert_int_equal(yaml_find(c, "c")->value->line, 5);
	assert_int_equal(yaml_find(c, "e")->line, 6);
	assert_int_equal(yaml_find(c, "e")->value->line, 7);
	g = yaml_find(root, "g")->value;
	h = yaml_find(g, "h")->value;
	assert_int_equal(h->first->value->line, 8);
	assert_int_equal(h->first->next->value->line, 9);
	assert_int_equal(yaml_find(g, "k")->line, 9);
	assert_int_equal(yaml_find(g, "k")->value->line, 10);
	assert_null(yaml_find(g, "h "));
	yaml_free(y);
}

static void aliases_share_nodes(void **state)
{
	struct diag d = { .out = stderr };
	struct yaml *y = parse("a: &x [1, 2]\nb: *x\nc: &x 3\nd: *x\n", &d);
	const struct yaml_node *root = yaml_root(y);

	(void)state;
	assert_ptr_equal(yaml_find(root, "a")->value, yaml_find(root, "b")->value);
	assert_ptr_equal(yaml_find(root, "c")->value, yaml_find(root, "d")->value); /* the newest */
	yaml_free(y);
}

static void mistakes_that_leave_a_tree_are_counted(void **state)
{
	char *said;
	size_t size;
	struct diag d = { .out = open_memstream(&said, &size) };
	struct yaml *y = parse("a: 1\na: 2\nb: *x\nc: !t 3\nd: 'x\n  ''y'\n", &d);

	(void)state;
	fclose(d.out);
	assert_string_equal(said,
		"a.yaml:2: key \"a\" is given twice (first at line 1); once is allowed\n"
		"a.yaml:3: alias \"x\"; the name of a finished anchor above it is allowed\n"
		"a.yaml:4: tag \"t\" is unknown; !!str, !!seq and !!map are allowed\n"
		"a.yaml:5: '' in single quotes over several lines; one line, or double quotes, is allowed\n");
	assert_int_equal(d.count, 4);
	assert_string_equal(yaml_find(yaml_root(y), "a")->value->text, "1");
	assert_string_equal(yaml_find(yaml_root(y), "c")->value->text, "3");
	yaml_free(y);
	free(said);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_are_what_was_written),
		cmocka_unit_test(nothing_is_not_an_empty_text),
		cmocka_unit_test(every_node_has_its_line),
		cmocka_unit_test(aliases_share_nodes),
		cmocka_unit_test(mistakes_that_leave_a_tree_are_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
