/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The manual knows every key: docs/configuration.md holds each row as a line of a table, word for word,
 * and no line for a key that does not exist. `test_keys --print` prints the tables for the manual.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "file.h"
#include "keys.h"

/* In a table of Markdown '|' ends a cell. */
static void add_cell(struct text *out, const char *s)
{
	text_str(out, " ");
	for (; *s; s++)
		text_printf(out, *s == '|' ? "\\|" : "%c", *s);
	text_str(out, " |");
}

static const char *const shape_word[] = {
	[KEY_TEXT] = "", [KEY_TEXTS] = "a list: ", [KEY_NAMED] = "the name of a ",
	[KEY_MAP] = "a map, see ", [KEY_MAPS] = "a list of maps, see "
};

static void add_row(struct text *out, const struct key *key)
{
	const struct key_type *type = key->type;
	struct text cell = { 0 };

	text_printf(&cell, "`%s`", key->name);
	text_str(out, "|");
	add_cell(out, cell.data);
	add_cell(out, key->required ? "needed" : key->standard);
	text_clear(&cell);
	text_str(&cell, shape_word[type->shape]);
	text_str(&cell, type->allowed ? type->allowed : type->table ? type->table->what : type->what);
	if (type->shape == KEY_MAPS)
		text_printf(&cell, "; up to %u in the file", type->most);
	add_cell(out, cell.data);
	add_cell(out, key->help);
	text_str(out, "\n");
	text_free(&cell);
}

static void add_table(struct text *out, const struct key_table *table)
{
	text_printf(out, "### Keys of %s\n\n| key | without it | allowed | meaning |\n|---|---|---|---|\n",
		table->what);
	for (size_t i = 0; i < table->n; i++)
		add_row(out, &table->key[i]);
	text_str(out, "\n");
	for (size_t i = 0; i < table->n; i++)
		if (table->key[i].type->table)
			add_table(out, table->key[i].type->table);
}

static void the_manual_has_every_row(void **state)
{
	struct text rows = { 0 }, manual = { 0 };
	unsigned lines = 0, found = 0;
	char *section;

	(void)state;
	assert_int_equal(file_read(SOURCE_ROOT "/docs/configuration.md", 1 << 20, &manual), 0);
	add_table(&rows, &config_keys);
	for (char *line = strtok(rows.data, "\n"); line; line = strtok(NULL, "\n"), lines++)
		if (!strstr(manual.data, line))
			fail_msg("docs/configuration.md lacks the line\n%s", line);
	section = strstr(manual.data, "\n## Every key\n");
	assert_non_null(section);
	*strstr(section + 1, "\n## ") = 0;
	for (const char *at = section; (at = strstr(at, "\n| `")); at++)
		found++;
	assert_int_equal(found, lines - 13 * 3); /* thirteen tables, each with a title and two lines of head */
	text_free(&rows);
	text_free(&manual);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_manual_has_every_row),
	};
	struct text t = { 0 };

	if (argc == 2 && !strcmp(argv[1], "--print")) {
		add_table(&t, &config_keys);
		fputs(t.data, stdout);
		text_free(&t);
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
