/* SPDX-License-Identifier: BSD-3-Clause */
/* One name, one entry, one address; and the order of names is that of the contract. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cellbook.h"

static struct cell_name name_of(unsigned n)
{
	struct cell_name name = { .direction = n & 1, .family = n % 3 };

	snprintf(name.link, NAME_SIZE, "l%u", n % 7);
	snprintf(name.partner, NAME_SIZE, "p%u", n % 11);
	snprintf(name.peering, NAME_SIZE, "pe%u", n);
	snprintf(name.class, NAME_SIZE, "c%u", n % 5);
	snprintf(name.cos, NAME_SIZE, "s%u", n % 2);
	return name;
}

static void same_name_same_entry_whatever_was_added_since(void **state)
{
	enum { N = 20000 };
	const struct cell_name **entry = calloc(N, sizeof(*entry));
	struct cellbook *book = cellbook_new();

	(void)state;
	for (unsigned i = 0; i < N; i++) {
		struct cell_name name = name_of(i);

		name.id = 12345; /* ignored */
		entry[i] = cellbook_intern(book, &name);
		assert_int_equal(entry[i]->id, i);
	}
	assert_int_equal(cellbook_count(book), N);
	for (unsigned i = 0; i < N; i++) {
		struct cell_name name = name_of(i);

		assert_ptr_equal(cellbook_intern(book, &name), entry[i]);
		assert_ptr_equal(cellbook_at(book, i), entry[i]);
		assert_string_equal(entry[i]->peering, name.peering);
	}
	assert_int_equal(cellbook_count(book), N);
	cellbook_free(book);
	free(entry);
}

static void names_that_differ_in_one_field_are_two_entries(void **state)
{
	struct cell_name base = name_of(1), other[7];
	struct cellbook *book = cellbook_new();

	(void)state;
	cellbook_intern(book, &base);
	for (int i = 0; i < 7; i++)
		other[i] = base;
	other[0].link[0] = 'x';
	other[1].partner[0] = 'x';
	other[2].peering[0] = 'x';
	other[3].class[0] = 'x';
	other[4].cos[0] = 'x';
	other[5].direction = DIRECTION_INGRESS;
	other[6].family = FAMILY_OTHER;
	for (uint32_t i = 0; i < 7; i++)
		assert_int_equal(cellbook_intern(book, &other[i])->id, i + 1);
	cellbook_free(book);
}

/* The order of what `transitctl records` prints: as the printed words sort, bytewise. */
static int model(const struct cell_name *a, const struct cell_name *b)
{
	char x[300], y[300];

	/* '!' sorts before every byte of a name, as the end of a string does. */
	snprintf(x, sizeof(x), "%s!%s!%s!%s!%s!%s!%s", a->peering, direction_name[a->direction],
		a->class, a->cos, family_name[a->family], a->partner, a->link);
	snprintf(y, sizeof(y), "%s!%s!%s!%s!%s!%s!%s", b->peering, direction_name[b->direction],
		b->class, b->cos, family_name[b->family], b->partner, b->link);
	return strcmp(x, y);
}

static int sign(int n)
{
	return (n > 0) - (n < 0);
}

static const char *draw(void)
{
	static const char *const word[] = { "a", "a-b", "a0", "b", "z", "10", "9" };

	return word[random() % 7];
}

static void order_is_that_of_the_printed_words(void **state)
{
	(void)state;
	srandom(7);
	for (int i = 0; i < 100000; i++) {
		struct cell_name n[2] = { 0 };

		for (int k = 0; k < 2; k++) {
			strcpy(n[k].peering, random() % 4 ? "same" : draw());
			strcpy(n[k].class, random() % 4 ? "same" : draw());
			strcpy(n[k].cos, draw());
			strcpy(n[k].partner, draw());
			strcpy(n[k].link, draw());
			n[k].direction = random() % DIRECTIONS;
			n[k].family = random() % FAMILIES;
		}
		assert_int_equal(sign(cell_name_compare(&n[0], &n[1])), sign(model(&n[0], &n[1])));
	}
}

static void egress_sorts_before_ingress(void **state)
{
	struct cell_name in = name_of(0), out = name_of(0);

	(void)state;
	in.direction = DIRECTION_INGRESS;
	out.direction = DIRECTION_EGRESS;
	assert_true(cell_name_compare(&out, &in) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(same_name_same_entry_whatever_was_added_since),
		cmocka_unit_test(names_that_differ_in_one_field_are_two_entries),
		cmocka_unit_test(order_is_that_of_the_printed_words),
		cmocka_unit_test(egress_sorts_before_ingress),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
