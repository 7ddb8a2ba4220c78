/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The journal keeps what it was given, adds up its five minutes, and refuses what it must not keep.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "journal_box.h"
#include "log.h"

static void walks_what_was_appended(void **state)
{
	struct box *b = *state;

	box_fill(b, 500);
	box_walk(b, b->journal, &(struct journal_range){ 0 });
	box_walk(b, b->journal, &(struct journal_range){ .first_seq = 100 });
	box_walk(b, b->journal, &(struct journal_range){ .first_seq = 100, .last_seq = 100 });
	box_walk(b, b->journal, &(struct journal_range){ .first_seq = 501 });
	box_walk(b, b->journal, &(struct journal_range){ .first_seq = UINT64_MAX });
	for (int64_t at = BOX_FIRST; at < BOX_FIRST + 90000; at += 7003) {
		box_walk(b, b->journal, &(struct journal_range){ .from = at });
		box_walk(b, b->journal, &(struct journal_range){ .to = at });
		box_walk(b, b->journal, &(struct journal_range){ .from = at, .to = at + 3000 });
		box_walk(b, b->journal, &(struct journal_range){ 50, 400, at, at + 30000, false });
	}
}

static void goes_on_where_it_stopped(void **state)
{
	struct box *b = *state;
	struct journal_head head;

	assert_int_equal(journal_head(b->journal, &head), 0);
	assert_int_equal(head.seq, 0);
	box_fill(b, 3);
	for (int i = 0; i < 3; i++) {
		journal_close(b->journal);
		cellbook_free(b->book); /* b->iv point into it: not read below */
		b->book = cellbook_new();
		assert_int_equal(box_open(b), 0);
		assert_int_equal(journal_head(b->journal, &head), 0);
		assert_int_equal(head.seq, b->n);
		assert_memory_equal(&head.chain, &b->iv[b->n - 1]->chain, sizeof(head.chain));
		assert_int_equal(head.end, b->iv[b->n - 1]->end);
		box_fill(b, 2);
	}
}

/* The chain as docs/journal.md describes it, computed apart from the journal. */
static void chains_every_interval_to_the_one_before(void **state)
{
	struct box *b = *state;
	struct digest chain = { { 0 } };

	box_fill(b, 20);
	for (size_t i = 0; i < b->n; i++) {
		char hex[DIGEST_HEX_SIZE];
		struct text text = { 0 };
		struct digest_piece piece;

		text_str(&text, digest_hex(hex, &chain));
		text_str(&text, "\n");
		interval_encode(b->iv[i], &text);
		piece = (struct digest_piece){ text.data, text.size };
		chain = digest_of(&piece, 1);
		assert_memory_equal(&chain, &b->iv[i]->chain, sizeof(chain));
		text_free(&text);
	}
}

/* Usage, the slow way: for each printed row, add up all that belongs to it. */

struct sums {
	struct box *b;
	int64_t from, to, last_bin;
	const struct cell_name *last_cell;
	uint64_t packets, bins;
};

static int check_usage(void *context, const struct usage_count *u)
{
	struct sums *s = context;
	struct counters want = { 0 };

	assert_true(u->start % 300 == 0 && u->start >= s->from && u->start < s->to);
	assert_true(u->start > s->last_bin ||
		(u->start == s->last_bin && cell_name_compare(s->last_cell, u->cell) < 0));
	s->last_bin = u->start;
	s->last_cell = u->cell;
	for (size_t i = 0; i < s->b->n; i++)
		for (size_t k = 0;
			s->b->iv[i]->start / 300 * 300 == u->start && k < s->b->iv[i]->n_records;
			k++)
			if (s->b->iv[i]->records[k].cell == u->cell) {
				want.packets += s->b->iv[i]->records[k].count.packets;
				want.l2_bytes += s->b->iv[i]->records[k].count.l2_bytes;
				want.l3_bytes += s->b->iv[i]->records[k].count.l3_bytes;
			}
	assert_memory_equal(&u->count, &want, sizeof(want));
	s->packets += u->count.packets;
	return 0;
}

static int check_bin(void *context, const struct usage_bin *bin)
{
	struct sums *s = context;
	struct usage_bin want = { .start = bin->start };

	for (size_t i = 0; i < s->b->n; i++) {
		const struct interval *iv = s->b->iv[i];

		if (iv->start / 300 * 300 != bin->start)
			continue;
		want.covered_ms += iv->covered_ms;
		want.config = iv->config;
		for (size_t k = 0; k < iv->n_taps; k++) {
			want.tap_packets += iv->taps[k].packets;
			want.unknown_packets += iv->taps[k].unknown_packets;
			want.malformed += iv->taps[k].malformed;
			want.late += iv->taps[k].late;
			want.missed_packets += iv->taps[k].missed;
		}
	}
	assert_memory_equal(bin, &want, sizeof(want));
	s->packets += bin->tap_packets - bin->unknown_packets;
	s->bins++;
	return 0;
}

static void usage_is_the_sum_of_its_intervals(void **state)
{
	struct box *b = *state;
	struct sums rows = { .b = b, .to = INT64_MAX, .last_bin = -1 }, bins = rows;
	uint64_t packets = 0, seen = 0;

	b->make.n_cells = 60;
	box_fill(b, 400);
	b->make.n_cells = 8;
	for (size_t i = 0; i < b->n; i++)
		for (size_t k = 0; k < b->iv[i]->n_records; k++)
			packets += b->iv[i]->records[k].count.packets;
	assert_int_equal(journal_usage(b->journal, 0, 0, check_usage, &rows), 0);
	assert_int_equal(journal_bins(b->journal, 0, 0, check_bin, &bins), 0);
	assert_int_equal(rows.packets, packets); /* no row is missing */
	assert_int_equal(bins.packets, packets);
	for (int64_t at = BOX_FIRST - 300; at < BOX_FIRST + 100000; at += 300) {
		struct sums one = { .b = b, .from = at, .to = at + 300, .last_bin = -1 };

		assert_int_equal(journal_bins(b->journal, at, at + 300, check_bin, &one), 0);
		one.packets = 0;
		assert_int_equal(journal_usage(b->journal, at, at + 300, check_usage, &one), 0);
		seen += one.packets;
	}
	assert_int_equal(seen, packets);
}

static void span_names_the_intervals_of_a_time(void **state)
{
	struct box *b = *state;
	struct journal_span span;

	box_fill(b, 300);
	for (int64_t from = BOX_FIRST - 1000; from < BOX_FIRST + 60000; from += 4001) {
		uint64_t first = 0, last = 0;

		for (size_t i = 0; i < b->n; i++)
			if (b->iv[i]->start >= from && b->iv[i]->start < from + 9000) {
				first = first ? first : b->iv[i]->seq;
				last = b->iv[i]->seq;
			}
		assert_int_equal(journal_span(b->journal, from, from + 9000, &span), 0);
		assert_int_equal(span.first_seq, first);
		assert_int_equal(span.last_seq, last);
		if (last)
			assert_memory_equal(
				&span.chain, &b->iv[last - 1]->chain, sizeof(span.chain));
	}
}

static int expect_taps(void *context, const struct interval *iv)
{
	const struct box *b = context;
	const struct interval *own = b->iv[iv->seq - 1];

	assert_int_equal(iv->n_records, 0);
	assert_int_equal(iv->n_taps, own->n_taps);
	assert_memory_equal(iv->taps, own->taps, own->n_taps * sizeof(*own->taps));
	assert_memory_equal(&iv->chain, &own->chain, sizeof(own->chain));
	return 0;
}

static void taps_can_be_had_without_records(void **state)
{
	struct box *b = *state;

	box_fill(b, 5);
	assert_int_equal(
		journal_walk(b->journal, &(struct journal_range){ .taps_only = true }, expect_taps, b), 0);
	box_walk(b, b->journal, &(struct journal_range){ 0 });
}

static int stop_at_third(void *context, const struct interval *iv)
{
	(void)context;
	return iv->seq == 3 ? -ECANCELED : 0;
}

static int ask_again(void *context, const struct interval *iv)
{
	struct box *b = context;
	struct sums s = { .b = b, .to = INT64_MAX, .last_bin = -1 };
	char *text = journal_config(b->journal, &iv->config);

	assert_string_equal(text, make_config(&b->make.config));
	free(text);
	assert_int_equal(journal_usage(b->journal, 0, 0, check_usage, &s), 0);
	box_walk(b, b->journal, &(struct journal_range){ .first_seq = iv->seq });
	return 0;
}

static void a_callback_may_stop_the_walk_and_ask_again(void **state)
{
	struct box *b = *state;
	const struct journal_range all = { 0 };

	box_fill(b, 12);
	assert_int_equal(journal_walk(b->journal, &all, stop_at_third, NULL), -ECANCELED);
	assert_int_equal(journal_walk(b->journal, &all, ask_again, b), 0);
}

/* Refusals: the error is as said, nothing has changed, and the next interval is taken. */

static void refused(struct box *b, struct interval *iv, int error)
{
	assert_int_equal(journal_append(b->journal, iv), error);
	assert_int_equal(iv->seq, 0);
	interval_free(iv);
}

static struct interval *another(struct box *b)
{
	return make_interval(&b->make, b->book, BOX_FIRST + 10000, 99);
}

static void refuses_what_it_must_not_keep(void **state)
{
	struct box *b = *state;
	struct interval *iv;
	struct cell_name name = {
		.link = "l", .partner = "p", .peering = "new", .class = "c", .cos = "s"
	};

	box_fill(b, 2);
	iv = another(b);
	iv->records[0].count.l2_bytes++;
	refused(b, iv, -EBADMSG);
	iv = another(b);
	strcpy(iv->meter, "aktau-2");
	refused(b, iv, -EINVAL);
	iv = another(b);
	iv->end += 10;
	refused(b, iv, -EINVAL);
	iv = another(b);
	iv->start++, iv->end++;
	refused(b, iv, -EINVAL);
	iv = another(b);
	iv->config.byte[0] ^= 1; /* a configuration that was never put */
	refused(b, iv, -EINVAL);
	iv = another(b);
	iv->records[0].cell = cellbook_intern(b->book, &name);
	iv->records[1] = iv->records[0]; /* twice */
	refused(b, iv, -EINVAL);
	iv = another(b);
	iv->taps[0].missed = UINT64_C(1) << 63;
	refused(b, iv, -EOVERFLOW);
	box_fill(b, 2);
	box_walk(b, b->journal, &(struct journal_range){ 0 });
}

static struct interval *huge(struct box *b)
{
	struct interval *iv = make_interval(&b->make, b->book, BOX_FIRST + 600, 5);

	iv->taps[0].l2_bytes += INT64_MAX - iv->records[0].count.l2_bytes;
	iv->records[0].count.l2_bytes = INT64_MAX;
	while (iv->taps[0].l2_bytes > INT64_MAX) { /* two taps carry it */
		iv->taps[0].l2_bytes -= UINT64_C(1) << 60;
		iv->taps[1].l2_bytes += UINT64_C(1) << 60;
	}
	return iv;
}

static void keeps_63_bits_and_refuses_a_sum_that_has_more(void **state)
{
	struct box *b = *state;

	b->iv[b->n] = huge(b);
	assert_int_equal(journal_append(b->journal, b->iv[b->n++]), 0);
	refused(b, huge(b), -EOVERFLOW); /* the five minutes would hold 2^64 - 2 */
	b->iv[b->n] = make_interval(&b->make, b->book, BOX_FIRST + 900, 6);
	assert_int_equal(journal_append(b->journal, b->iv[b->n++]), 0);
	box_walk(b, b->journal, &(struct journal_range){ 0 });
}

static void keeps_silence(void **state)
{
	struct box *b = *state;
	unsigned percent = b->make.percent;

	b->make.percent = 0;
	box_fill(b, 3);
	b->make.percent = percent;
	box_walk(b, b->journal, &(struct journal_range){ 0 });
}

static void takes_records_of_another_book(void **state)
{
	struct box *b = *state;
	struct cellbook *other = cellbook_new();
	struct interval *iv, *own;

	make_cell(other, 77); /* so that the same name has another number there */
	iv = make_interval(&b->make, other, BOX_FIRST, 3);
	assert_int_equal(journal_append(b->journal, iv), 0);
	own = make_interval(&b->make, b->book, BOX_FIRST, 3);
	own->seq = iv->seq;
	own->chain = iv->chain;
	b->iv[b->n++] = own;
	box_walk(b, b->journal, &(struct journal_range){ 0 });
	interval_free(iv);
	cellbook_free(other);
}

int main(void)
{
#define boxed(f) cmocka_unit_test_setup_teardown(f, box_up, box_down)
	const struct CMUnitTest tests[] = {
		boxed(walks_what_was_appended),
		boxed(goes_on_where_it_stopped),
		boxed(chains_every_interval_to_the_one_before),
		boxed(usage_is_the_sum_of_its_intervals),
		boxed(span_names_the_intervals_of_a_time),
		boxed(taps_can_be_had_without_records),
		boxed(a_callback_may_stop_the_walk_and_ask_again),
		boxed(refuses_what_it_must_not_keep),
		boxed(keeps_63_bits_and_refuses_a_sum_that_has_more),
		boxed(keeps_silence),
		boxed(takes_records_of_another_book),
	};

	log_init("test_journal", 0); /* refusals are wanted here, and told by their codes */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
