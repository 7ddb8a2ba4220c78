/* SPDX-License-Identifier: BSD-3-Clause */
/* Slots get the names that layout.h gives them, banks are added up, and what did not count is left out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bank_box.h"
#include "snapshot.h"
#include "text.h"

static void every_slot_has_its_name(void **state)
{
	struct bank *bank[2];
	struct snapshot *s;
	struct interval *iv;
	struct bank_box b;
	const struct layout *l = &b.layout;
	uint32_t at[DIRECTIONS] = { 0 };

	(void)state;
	bank_box_open(&b, 3);
	for (int i = 0; i < 2; i++)
		bank[i] = bank_new(l);
	for (uint32_t slot = 0; slot < l->n_slots; slot++) /* a number of its own in each */
		bank[slot % 2]->slot[slot].count = (struct counters){ 1 + slot, 1000 + slot, 2000 + slot };
	s = snapshot_new(l, b.book);
	iv = snapshot_take(s, bank, 2, (const uint64_t[]){ 5, 6 });
	assert_int_equal(iv->n_records, l->n_slots - l->n_taps);
	for (size_t i = 0; i < iv->n_records; i++) {
		const struct record *r = &iv->records[i];
		uint32_t slot = (uint32_t)r->count.packets - 1;
		struct layout_cell c = layout_cell(l, slot);
		const struct layout_peering *p = &l->peering[c.peering];

		assert_int_equal(r->count.l2_bytes, 1000 + slot);
		assert_int_equal(r->count.l3_bytes, 2000 + slot);
		assert_string_equal(r->cell->peering, p->name);
		assert_string_equal(r->cell->partner, p->partner);
		assert_string_equal(r->cell->link, p->link);
		assert_string_equal(r->cell->class, c.class);
		assert_string_equal(r->cell->cos, c.cos);
		assert_int_equal(r->cell->direction, c.direction);
		assert_int_equal(r->cell->family, c.family);
		assert_true(c.family != FAMILY_OTHER || !strcmp(c.class, CLASS_NON_IP));
		at[c.direction]++;
	}
	assert_int_equal(at[DIRECTION_INGRESS], at[DIRECTION_EGRESS]);
	for (uint32_t tap = 0; tap < l->n_taps; tap++) {
		assert_string_equal(iv->taps[tap].name, l->tap[tap]);
		assert_int_equal(iv->taps[tap].unknown_packets, 1 + tap);
		assert_int_equal(iv->taps[tap].missed, 5 + tap);
	}
	interval_free(iv);
	snapshot_free(s);
	for (int i = 0; i < 2; i++)
		bank_free(bank[i]);
	bank_box_close(&b);
}

static void banks_are_added_up(void **state)
{
	struct interval *iv, *none;
	struct snapshot *s;
	struct bank_box b;
	struct bankfile *f;
	uint64_t frames;

	(void)state;
	bank_box_open(&b, 5);
	f = bank_box_file(&b, "banks-1");
	frames = bank_box_count(&b, f, 0, 500);
	iv = bank_box_take(&b, f, 0, 1);
	assert_int_equal(bank_box_packets(iv), frames);
	interval_free(iv);
	/* The other set is untouched, and no banks at all are an interval of nothing. */
	iv = bank_box_take(&b, f, 1, 2);
	assert_int_equal(iv->n_records, 0);
	s = snapshot_new(&b.layout, b.book);
	none = snapshot_take(s, NULL, 0, NULL);
	assert_int_equal(none->n_records, 0);
	assert_int_equal(bank_box_packets(none), 0);
	interval_free(none);
	snapshot_free(s);
	interval_free(iv);
	bankfile_remove(f);
	bank_box_close(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_slot_has_its_name),
		cmocka_unit_test(banks_are_added_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
