/* SPDX-License-Identifier: BSD-3-Clause */
/* Sums over intervals: each side is the sum of its cells, whatever book they come from in which order, and passes 2^64. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "live_totals.h"
#include "make_interval.h"

#define INTERVALS 20
#define START	  1772323200

static bool is_of(const struct live_side *s, const struct cell_name *c)
{
	return !strcmp(s->name->link, c->link) && !strcmp(s->name->partner, c->partner) &&
	       !strcmp(s->name->peering, c->peering) && !strcmp(s->name->class, c->class) &&
	       s->name->direction == c->direction;
}

static void sides_are_the_sums_of_their_cells(void **state)
{
	const struct make make = { .meter = "m", .interval = 10, .n_taps = 3, .n_cells = 90, .percent = 60 };
	struct cellbook *book = cellbook_new();
	struct live_totals t = { 0 };
	struct interval *iv[INTERVALS];
	unsigned __int128 all = 0, taps = 0;

	(void)state;
	for (unsigned i = 0; i < INTERVALS; i++) {
		iv[i] = make_interval(&make, book, START + 10 * i, i + 1);
		live_totals_add(&t, iv[i], (START + 10 * i + 10) * INT64_C(1000000000) + 2000000);
	}
	for (size_t s = 0; s < live_totals_sides(&t); s++) {
		struct live_side sum = { 0 };

		for (unsigned i = 0; i < INTERVALS; i++) {
			for (size_t r = 0; r < iv[i]->n_records; r++) {
				if (!is_of(&t.side[s], iv[i]->records[r].cell))
					continue;
				sum.packets += iv[i]->records[r].count.packets;
				sum.l2_bytes += iv[i]->records[r].count.l2_bytes;
				sum.l3_bytes += iv[i]->records[r].count.l3_bytes;
			}
		}
		assert_true(sum.packets == t.side[s].packets && sum.packets > 0);
		assert_true(sum.l2_bytes == t.side[s].l2_bytes && sum.l3_bytes == t.side[s].l3_bytes);
		all += sum.packets;
	}
	for (size_t i = 0; i < t.n_taps; i++)
		taps += t.tap[i].packets - t.tap[i].unknown_packets;
	assert_true(all == taps && t.n_taps == 3);
	assert_int_equal(t.intervals, INTERVALS);
	assert_int_equal(t.spanned_ms, INTERVALS * 10000);
	assert_int_equal(t.end, START + 10 * INTERVALS);
	assert_int_equal(t.lag_ns, 2000000); /* of some that were cut live */
	for (unsigned i = 0; i < INTERVALS; i++)
		interval_free(iv[i]);
	live_totals_free(&t);
	cellbook_free(book);
}

static void more_than_64_bits(void **state)
{
	struct cellbook *book = cellbook_new();
	struct interval *iv = interval_new(0, 2);
	struct live_totals t = { 0 };

	(void)state;
	for (unsigned i = 0; i < 2; i++)
		iv->records[i] = (struct record){ make_cell(book, 0), { 1, UINT64_MAX, 0 } };
	live_totals_add(&t, iv, 0);
	live_totals_add(&t, iv, 0);
	assert_int_equal(live_totals_sides(&t), 1);
	assert_true(t.side[0].l2_bytes == (unsigned __int128)UINT64_MAX * 4);
	interval_free(iv);
	live_totals_free(&t);
	cellbook_free(book);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sides_are_the_sums_of_their_cells),
		cmocka_unit_test(more_than_64_bits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
