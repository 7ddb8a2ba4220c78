/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A bank file gives back what was counted in it, whatever moment its daemon was killed at; one that is
 * not whole is refused, and none harms.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bank_box.h"
#include "make_interval.h"
#include "text.h"

struct found {
	struct interval *iv[4];
	unsigned n;
};

static int keep(void *context, struct interval *iv)
{
	struct found *f = context;

	assert_true(f->n < 4);
	f->iv[f->n++] = iv;
	return 0;
}

static int recover(struct bank_box *b, const char *name, struct found *out)
{
	char *path = bank_box_path(b, name);
	int error;

	*out = (struct found){ 0 };
	error = bankfile_recover(path, b->book, keep, out);
	free(path);
	return error;
}

static void found_free(struct found *f)
{
	while (f->n)
		interval_free(f->iv[--f->n]);
}

static void same_text(const struct interval *a, const struct interval *b)
{
	struct text x = { 0 }, y = { 0 };

	interval_encode(a, &x);
	interval_encode(b, &y);
	assert_string_equal(x.data, y.data);
	text_free(&x);
	text_free(&y);
}

static void counters_come_back(void **state)
{
	struct bank_box b;
	struct bankfile *f;
	struct found found;
	struct interval *wanted[2];

	(void)state;
	bank_box_open(&b, 5);
	f = bank_box_file(&b, "banks-1");
	bank_box_begin(f, 1, 7);
	bank_box_count(&b, f, 1, 100);
	bank_box_begin(f, 0, 8);
	bank_box_count(&b, f, 0, 50);
	bankfile_alive(f, (BOX_START + 7 * BOX_INTERVAL) * INT64_C(1000000000) + 1500000000);
	wanted[0] = bank_box_take(&b, f, 1, 7);
	wanted[1] = bank_box_take(&b, f, 0, 8);
	bankfile_close(f);
	for (int again = 0; again < 2; again++) {
		assert_int_equal(recover(&b, "banks-1", &found), 0);
		assert_int_equal(found.n, 2);
		for (unsigned i = 0; i < 2; i++) {
			assert_int_equal(found.iv[i]->generation, 7 + i);
			assert_int_equal(found.iv[i]->origin, ORIGIN_RECOVERED);
			assert_int_equal(found.iv[i]->covered_ms, i ? 1500 : BOX_INTERVAL * 1000);
			wanted[i]->origin = ORIGIN_RECOVERED;
			wanted[i]->covered_ms = found.iv[i]->covered_ms;
			same_text(found.iv[i], wanted[i]);
		}
		found_free(&found);
	}
	interval_free(wanted[0]);
	interval_free(wanted[1]);
	bank_box_close(&b);
}

static void a_set_that_is_done_is_empty(void **state)
{
	struct bank_box b;
	struct bankfile *f;
	struct found found;

	(void)state;
	bank_box_open(&b, 5);
	f = bank_box_file(&b, "banks-1");
	bank_box_begin(f, 0, 1);
	bank_box_count(&b, f, 0, 10);
	bankfile_done(f, 0);
	assert_int_equal(recover(&b, "banks-1", &found), 0);
	assert_int_equal(found.n, 0);
	/* Killed between the generation and the counters: they are nobody's. */
	bank_box_count(&b, f, 0, 10);
	assert_int_equal(recover(&b, "banks-1", &found), 0);
	assert_int_equal(found.n, 0);
	bankfile_done(f, 0);
	bank_box_begin(f, 0, 3);
	assert_int_equal(recover(&b, "banks-1", &found), 0);
	assert_int_equal(found.n, 1);
	assert_int_equal(bank_box_packets(found.iv[0]), 0);
	found_free(&found);
	bankfile_close(f);
	bank_box_close(&b);
}

/* A burst of three frames is at most six stores; the worker may be killed after each (burst.c). */
static void burst_cut_off(struct bank *b, unsigned stores)
{
	struct counters *slot[] = { &b->slot[1].count, &b->slot[4].count, &b->slot[4].count };

	if (stores-- == 0)
		return;
	b->head->tap_in_hand = 1;
	for (unsigned i = 0; i < 3; i++) {
		if (stores-- == 0)
			return;
		slot[i]->packets++;
		slot[i]->l2_bytes += 100 + i;
	}
	if (stores-- == 0)
		return;
	b->tap[1].packets += 3;
	if (stores-- == 0)
		return;
	b->tap[1].l2_bytes += 303;
}

static void a_burst_cut_off_between_any_two_stores(void **state)
{
	(void)state;
	for (unsigned stores = 0; stores <= 6; stores++) {
		unsigned frames = stores < 2 ? 0 : stores > 4 ? 3 : stores - 1;
		struct bank_box b;
		struct bankfile *f;
		struct found found;
		uint64_t before;

		bank_box_open(&b, 5);
		f = bank_box_file(&b, "banks-1");
		bank_box_begin(f, 0, 1);
		before = bank_box_count(&b, f, 0, 20);
		burst_cut_off(bankfile_banks(f, 0)[1], stores);
		bankfile_close(f);
		for (int again = 0; again < 2; again++) {
			assert_int_equal(recover(&b, "banks-1", &found), 0);
			assert_int_equal(found.n, 1);
			assert_int_equal(bank_box_packets(found.iv[0]), before + frames);
			found_free(&found);
		}
		bank_box_close(&b);
	}
}

static void damage(struct bank_box *b, const struct text *whole, size_t at, size_t size)
{
	char *path = bank_box_path(b, "damaged");
	struct text bad = { 0 };
	struct found found;

	text_add(&bad, whole->data, size);
	if (at < size)
		bad.data[at] = (char)~bad.data[at];
	bank_box_write(path, bad.data ? bad.data : "", size);
	assert_int_equal(recover(b, "damaged", &found), size < 8 ? 0 : -EINVAL);
	assert_int_equal(found.n, 0);
	unlink(path);
	text_free(&bad);
	free(path);
}

static void damaged_files_are_refused(void **state)
{
	static const size_t short_of[] = { 0, 1, 7, 8, 100, 300, 4095, 4096, 8192 };
	struct text whole = { 0 }, zeros = { 0 };
	struct bank_box b;
	struct bankfile *f;
	struct found found;
	char *path;

	(void)state;
	bank_box_open(&b, 5);
	f = bank_box_file(&b, "banks-1");
	bank_box_begin(f, 0, 1);
	bank_box_count(&b, f, 0, 20);
	bankfile_close(f);
	path = bank_box_path(&b, "banks-1");
	bank_box_read(path, &whole);
	for (size_t i = 0; i < sizeof(short_of) / sizeof(*short_of); i++)
		damage(&b, &whole, SIZE_MAX, short_of[i]);
	damage(&b, &whole, SIZE_MAX, whole.size - 1);
	for (size_t at = 0; at < 136; at++) /* magic, check, sizes, meter, digest of the configuration */
		damage(&b, &whole, at, whole.size);
	/* Its daemon was killed while it made the file: nothing was counted, nothing is wrong. */
	zeros.data = mem_alloc(whole.size);
	bank_box_write(path, zeros.data, whole.size);
	assert_int_equal(recover(&b, "banks-1", &found), 0);
	assert_int_equal(found.n, 0);
	free(path);
	text_free(&whole);
	text_free(&zeros);
	bank_box_close(&b);
}

/* 64k cells: how long a cut takes is told, not judged. */
static void a_large_cut(void **state)
{
	struct timespec t[2];
	struct interval *iv;
	struct bank_box b;
	struct bankfile *f;
	uint64_t frames;

	(void)state;
	bank_box_open(&b, 2521); /* x 2 directions x 13 cells */
	f = bank_box_file(&b, "banks-1");
	bank_box_begin(f, 0, 1);
	frames = bank_box_count(&b, f, 0, 50000);
	clock_gettime(CLOCK_MONOTONIC, &t[0]);
	iv = bank_box_take(&b, f, 0, 1);
	bankfile_done(f, 0);
	clock_gettime(CLOCK_MONOTONIC, &t[1]);
	print_message("a cut of %zu cells out of %u: %.1f ms\n", iv->n_records, b.layout.n_slots,
		(double)(t[1].tv_sec - t[0].tv_sec) * 1e3 + (double)(t[1].tv_nsec - t[0].tv_nsec) / 1e6);
	assert_int_equal(bank_box_packets(iv), frames);
	interval_free(iv);
	bankfile_remove(f);
	bank_box_close(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counters_come_back),
		cmocka_unit_test(a_set_that_is_done_is_empty),
		cmocka_unit_test(a_burst_cut_off_between_any_two_stores),
		cmocka_unit_test(damaged_files_are_refused),
		cmocka_unit_test(a_large_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
