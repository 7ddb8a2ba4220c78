/* SPDX-License-Identifier: BSD-3-Clause */
/* The canonical text: known bytes, a strict reader, and the hash that a partner can recompute. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "interval.h"
#include "make_interval.h"

static const char known[] =
	"interval aktau-1 7 2026-11-22T17:30:00Z 2026-11-22T17:30:10Z 9999 live "
	"00000000000000000000000000000000000000000000000000000000000000ff\n"
	"tap tb-in 30 3000 10 1000 1 2 3\n"
	"tap tb-out 0 0 0 0 0 0 18446744073709551615\n"
	"record temirbaba-bekdash turkmentelecom turkmentelecom-tb egress europe default ipv4 5 500 410\n"
	"record temirbaba-bekdash turkmentelecom turkmentelecom-tb ingress non-ip default other 15 1500 0\n";

static struct interval *known_interval(struct cellbook *book)
{
	struct interval *iv = interval_new(2, 3);
	struct cell_name name = { .link = "temirbaba-bekdash", .partner = "turkmentelecom",
		.peering = "turkmentelecom-tb", .class = "non-ip", .cos = "default",
		.direction = DIRECTION_INGRESS, .family = FAMILY_OTHER };

	strcpy(iv->meter, "aktau-1");
	iv->seq = 7;
	iv->start = 1795368600;
	iv->end = iv->start + 10;
	iv->covered_ms = 9999;
	iv->config.byte[DIGEST_SIZE - 1] = 255;
	iv->taps[0] = (struct tap_count){ .name = "tb-out", .missed = UINT64_MAX };
	iv->taps[1] = (struct tap_count){ "tb-in", 30, 3000, 10, 1000, 1, 2, 3 };
	iv->records[0] = (struct record){ cellbook_intern(book, &name), { 15, 1500, 0 } };
	name.direction = DIRECTION_EGRESS;
	name.family = FAMILY_IPV4;
	strcpy(name.class, "europe");
	iv->records[1] = (struct record){ cellbook_intern(book, &name), { 5, 500, 410 } };
	strcpy(name.class, "silent");
	iv->records[2] = (struct record){ cellbook_intern(book, &name), { 0, 0, 0 } };
	interval_sort(iv);
	return iv;
}

static void writes_known_bytes_without_silent_cells(void **state)
{
	struct cellbook *book = cellbook_new();
	struct interval *iv = known_interval(book);
	struct text text = { 0 };

	(void)state;
	interval_encode(iv, &text);
	assert_string_equal(text.data, known);
	assert_int_equal(text.size, sizeof(known) - 1);
	text_free(&text);
	interval_free(iv);
	cellbook_free(book);
}

/* printf '%064d\n' 0 | cat - known | sha256sum */
static void chains_as_sha256sum_does(void **state)
{
	static const char expected[] =
		"6cee0252981c9a276a7bf2bc789ed7c4b369a2533d05dc2c16b72867839a8a42";
	struct digest zero = { { 0 } }, chain = interval_chain(&zero, known, sizeof(known) - 1);
	char hex[DIGEST_HEX_SIZE];

	(void)state;
	assert_string_equal(digest_hex(hex, &chain), expected);
}

static void reads_what_it_wrote(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 300; seed++) {
		struct make m = { .meter = "m", .interval = 10, .n_taps = 1 + seed % 4,
			.n_cells = (unsigned)(seed % 90), .percent = 60 };
		struct cellbook *a = cellbook_new(), *b = cellbook_new();
		struct interval *iv = make_interval(&m, a, (int64_t)seed * 777770, seed),
				*back = NULL;
		struct text text = { 0 }, again = { 0 };

		iv->seq = seed;
		interval_encode(iv, &text);
		assert_int_equal(interval_decode(text.data, text.size, b, &back), 0);
		assert_int_equal(back->n_taps, iv->n_taps);
		assert_int_equal(back->n_records, iv->n_records);
		for (size_t i = 0; i < iv->n_taps; i++)
			assert_memory_equal(&back->taps[i], &iv->taps[i], sizeof(*iv->taps));
		for (size_t i = 0; i < iv->n_records; i++) {
			assert_int_equal(
				cell_name_compare(back->records[i].cell, iv->records[i].cell), 0);
			assert_memory_equal(&back->records[i].count, &iv->records[i].count,
				sizeof(struct counters));
		}
		assert_int_equal(interval_check(back), 0);
		interval_encode(back, &again);
		assert_string_equal(again.data, text.data);
		text_free(&text);
		text_free(&again);
		interval_free(iv);
		interval_free(back);
		cellbook_free(a);
		cellbook_free(b);
	}
}

/* Whatever the reader takes, the writer gives back byte for byte. */
static void exact_or_refused(const char *text, size_t size, struct cellbook *book, unsigned *taken)
{
	struct interval *iv = NULL;
	struct text again = { 0 };

	if (interval_decode(text, size, book, &iv)) {
		assert_null(iv);
		return;
	}
	interval_encode(iv, &again);
	assert_int_equal(again.size, size);
	assert_memory_equal(again.data, text, size);
	text_free(&again);
	interval_free(iv);
	(*taken)++;
}

static void every_changed_byte_is_refused_or_means_just_that(void **state)
{
	struct cellbook *book = cellbook_new();
	char copy[sizeof(known)];
	unsigned taken = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(known) - 1; i++)
		for (int byte = 0; byte < 256; byte++) {
			memcpy(copy, known, sizeof(known));
			copy[i] = (char)byte;
			exact_or_refused(copy, sizeof(known) - 1, book, &taken);
		}
	assert_in_range(taken, sizeof(known), sizeof(known) * 40);
	for (size_t i = 0; i < sizeof(known) - 1;
		i++) /* cut anywhere: whole lines remain, or it is refused */
		exact_or_refused(known, i, book, &taken);
	for (uint64_t seed = 1, n = 0; n < 200000; n++) { /* doubled, dropped and swapped bytes */
		size_t at = make_random(&seed) % (sizeof(known) - 2), size = sizeof(known) - 1;

		memcpy(copy, known, sizeof(known));
		if (n % 2) {
			memmove(copy + at, copy + at + 1, size - at);
			size--;
		} else {
			char c = copy[at];

			copy[at] = copy[at + 1];
			copy[at + 1] = c;
		}
		exact_or_refused(copy, size, book, &taken);
	}
	cellbook_free(book);
}

static void refuses_other_forms(void **state)
{
	static const struct {
		const char *from, *to;
	} change[] = {
		{ "aktau-1", "Aktau-1" },
		{ "aktau-1", "-aktau" },
		{ "aktau-1", "a23456789012345678901234567890123" },
		{ " 7 ", " 07 " },
		{ " 7 ", " +7 " },
		{ " 7 ", " 18446744073709551616 " },
		{ "17:30:00Z", "17:30:00+00:00" },
		{ "9999", "4294967296" },
		{ "live", "dead" },
		{ "0ff\n", "0FF\n" },
		{ "\ntap", "\n tap" },
		{ "tap tb-in", "tap tb-out" },
		{ "tap tb-out", "tap tb-aa" },
		{ " 5 500 410\n", " 0 0 0\n" },
		{ " 5 500 410\n", " 5 500 410 \n" },
		{ " 5 500 410\n", " 5 500 410\r\n" },
		{ "egress", "outward" },
		{ "egress europe", "ingress zulu" },
		{ "europe", "eu:rope" },
		{ "ipv4", "ipv5" },
		{ "15 1500 0\n", "15 1500 0" },
		{ "15 1500 0\n", "15 1500 0\n\n" },
	};
	struct cellbook *book = cellbook_new();
	struct interval *iv = NULL;

	(void)state;
	for (size_t i = 0; i < sizeof(change) / sizeof(*change); i++) {
		const char *at = strstr(known, change[i].from);
		struct text text = { 0 };

		assert_non_null(at);
		text_add(&text, known, (size_t)(at - known));
		text_str(&text, change[i].to);
		text_str(&text, at + strlen(change[i].from));
		if (interval_decode(text.data, text.size, book, &iv) != -EINVAL)
			fail_msg("accepted %s as %s", change[i].to, change[i].from);
		text_free(&text);
	}
	assert_int_equal(interval_decode(known, sizeof(known) - 1, book, &iv), 0);
	interval_free(iv);
	cellbook_free(book);
}

static void check_holds_the_conservation_identity(void **state)
{
	struct cellbook *book = cellbook_new();
	struct interval *iv = known_interval(book);

	(void)state;
	assert_int_equal(interval_check(iv), 0);
	iv->records[0].count.packets++;
	assert_int_equal(interval_check(iv), -EBADMSG);
	iv->taps[0].packets++;
	assert_int_equal(interval_check(iv), 0);
	iv->taps[0].unknown_l2_bytes--;
	assert_int_equal(interval_check(iv), -EBADMSG);
	iv->taps[0].l2_bytes--;
	assert_int_equal(interval_check(iv), 0);
	/* Sums that meet again only in 64 bits do not balance. */
	iv->taps[0].packets += UINT64_C(1) << 63;
	iv->taps[1].packets += UINT64_C(1) << 63;
	assert_int_equal(interval_check(iv), -EBADMSG);
	interval_free(iv);
	cellbook_free(book);
}

static void check_refuses_disorder(void **state)
{
	struct cellbook *book = cellbook_new();
	struct interval *iv = known_interval(book);
	struct tap_count t = iv->taps[0];
	struct record r = iv->records[0];

	(void)state;
	iv->taps[0] = iv->taps[1];
	iv->taps[1] = t;
	assert_int_equal(interval_check(iv), -EINVAL);
	interval_sort(iv);
	assert_int_equal(interval_check(iv), 0);
	iv->records[0] = iv->records[1];
	iv->records[1] = r;
	assert_int_equal(interval_check(iv), -EINVAL);
	iv->records[0] = r;
	assert_int_equal(interval_check(iv), -EINVAL); /* the same cell twice */
	interval_free(iv);
	cellbook_free(book);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_known_bytes_without_silent_cells),
		cmocka_unit_test(chains_as_sha256sum_does),
		cmocka_unit_test(reads_what_it_wrote),
		cmocka_unit_test(every_changed_byte_is_refused_or_means_just_that),
		cmocka_unit_test(refuses_other_forms),
		cmocka_unit_test(check_holds_the_conservation_identity),
		cmocka_unit_test(check_refuses_disorder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
