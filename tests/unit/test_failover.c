/* SPDX-License-Identifier: BSD-3-Clause */
/* A lost link's load: where it goes, aligned in time, and that not a byte of it is lost. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "failover.h"

#define NOVEMBER INT64_C(1793491200) /* 2026-11-01T00:00:00Z */
#define BINS	 40
#define LINKS	 4
#define CLASSES	 5

struct world {
	struct topology *t;
	struct load *load;
	struct row_cell cell[LINKS * CLASSES * DIRECTIONS];
	u128 bytes[LINKS][CLASSES][DIRECTIONS][BINS];
	bool missing[LINKS][BINS];
};

/* Peering p0 on link l0 and so on; class c0 via p1 and so on, the last class without via. */
static void world_open(struct world *w)
{
	struct text lines = { 0 };

	*w = (struct world){ .t = topology_new() };
	for (int i = 0; i < LINKS; i++)
		text_printf(&lines, "link l%d 1000000\n", i);
	for (int i = 0; i < LINKS; i++)
		text_printf(&lines, "peering p%d partner l%d any any\n", i, i);
	for (int i = 0; i + 1 < CLASSES; i++)
		text_printf(&lines, "class c%d p%d\n", i, (i + 1) % LINKS);
	text_printf(&lines, "class c%d -\n", CLASSES - 1);
	topology_canonical(w->t, lines.data);
	text_free(&lines);
	w->load = load_new(w->t, 0, 0, 0);
}

static void world_close(struct world *w)
{
	load_free(w->load);
	topology_free(w->t);
}

static void share(struct world *w, uint32_t to, uint32_t class, uint32_t part)
{
	w->t->shares = mem_grow(w->t->shares, w->t->n_shares + 1, sizeof(*w->t->shares));
	w->t->shares[w->t->n_shares++] = (struct topology_share){ 0, to, class, part };
}

static void put(struct world *w, int link, int class, int d, int bin, u128 bytes)
{
	uint32_t id = (uint32_t)((link * CLASSES + class) * DIRECTIONS + d);
	struct row_cell *c = &w->cell[id];
	struct row row = { .start = NOVEMBER + bin * 300, .cell = c, .count = { 0, (uint64_t)bytes, 0 },
		.status = w->missing[link][bin] ? BIN_MISSING : BIN_OK };

	c->id = id;
	c->direction = (enum direction)d;
	snprintf(c->peering, NAME_SIZE, "p%d", link);
	snprintf(c->class, NAME_SIZE, "c%d", class);
	w->bytes[link][class][d][bin] = w->missing[link][bin] ? 0 : bytes;
	load_row(w->load, &row);
}

static void lose(struct world *w, struct failover *f)
{
	failover_of(w->load, w->t, 0, NOVEMBER, NOVEMBER + BINS * 300, f);
}

static void spikes_that_do_not_meet_do_not_add(void **state)
{
	struct world w;
	struct failover f;

	(void)state;
	world_open(&w);
	for (int bin = 0; bin < BINS; bin++) {
		put(&w, 0, 0, DIRECTION_EGRESS, bin, bin < 4 ? 1000 : 10);
		put(&w, 1, 0, DIRECTION_EGRESS, bin, bin >= 4 && bin < 8 ? 2000 : 20);
	}
	lose(&w, &f);
	assert_int_equal(f.n_moves, 1);
	assert_int_equal(f.move[0].why, MOVE_VIA);
	assert_int_equal(f.move[0].to, 1);
	assert_int_equal(f.n_targets, 1);
	/* Rank 38 of 40: 2010 and not 1000 + 2000. */
	assert_true(f.target[0].before.side[1].p95 == 2000);
	assert_true(f.target[0].after.side[1].p95 == 2010);
	assert_true(f.nowhere.side[1].total == 0);
	failover_clear(&f);
	world_close(&w);
}

static void load_without_a_way_is_said(void **state)
{
	struct world w;
	struct failover f;

	(void)state;
	world_open(&w);
	for (int bin = 0; bin < BINS; bin++) {
		put(&w, 0, 3, DIRECTION_INGRESS, bin, 5); /* via p0, which is lost */
		put(&w, 0, 4, DIRECTION_INGRESS, bin, 7); /* no via */
		put(&w, 0, 0, DIRECTION_INGRESS, bin, 101);
	}
	share(&w, 2, 0, 3333);
	share(&w, 3, 0, 3333);
	lose(&w, &f);
	assert_int_equal(f.n_moves, 5);
	assert_int_equal(f.move[2].why, MOVE_REST);
	assert_true(f.move[2].bytes[0] == BINS * (101 - 67)); /* 101 * 0.6666 = 67.3 */
	assert_int_equal(f.move[3].why, MOVE_VIA_LOST);
	assert_int_equal(f.move[4].why, MOVE_NO_VIA);
	assert_true(f.nowhere.side[0].p95 == 5 + 7 + 34);
	failover_clear(&f);
	world_close(&w);
}

static void a_bin_that_either_lacks_is_missing(void **state)
{
	struct world w;
	struct failover f;

	(void)state;
	world_open(&w);
	w.missing[0][3] = w.missing[1][5] = true;
	for (int bin = 0; bin < BINS; bin++) {
		put(&w, 0, 0, DIRECTION_EGRESS, bin, 10);
		put(&w, 1, 0, DIRECTION_EGRESS, bin, 10);
	}
	lose(&w, &f);
	assert_int_equal(f.target[0].before.present, BINS - 1);
	assert_int_equal(f.target[0].after.present, BINS - 2);
	assert_true(f.move[0].bytes[1] == 10 * (BINS - 1));
	failover_clear(&f);
	world_close(&w);
}

/* What a naive reading of the rules would do with one bin of one class. */
static u128 naive_to(const struct world *w, uint32_t to, int class, int d, int bin)
{
	u128 bytes = w->missing[0][bin] ? 0 : w->bytes[0][class][d][bin], sum = 0;
	uint32_t before = 0, named = TOPOLOGY_NONE;

	for (size_t i = 0; i < w->t->n_shares; i++)
		if (w->t->shares[i].class == (uint32_t)class)
			named = (uint32_t)class;
	for (size_t i = 0; i < w->t->n_shares; i++) {
		const struct topology_share *s = &w->t->shares[i];

		if (s->class != named)
			continue;
		if (s->to == to)
			sum += bytes * (before + s->share) / SHARE_WHOLE - bytes * before / SHARE_WHOLE;
		before += s->share;
	}
	if (!before && class + 1 < CLASSES && (uint32_t)(class + 1) % LINKS == to && to)
		sum = bytes;
	return sum;
}

static void check(const struct world *w, const struct failover *f)
{
	u128 moved[DIRECTIONS] = { 0, 0 };

	for (size_t i = 0; i < f->n_moves; i++)
		for (int d = 0; d < DIRECTIONS; d++)
			moved[d] += f->move[i].bytes[d];
	for (int d = 0; d < DIRECTIONS; d++)
		assert_true(moved[d] == f->total[d]);
	for (size_t i = 0; i < f->n_targets; i++)
		for (int d = 0; d < DIRECTIONS; d++)
			for (int bin = 0; bin < BINS; bin++) {
				uint32_t link = f->target[i].link;
				u128 want = 0;

				for (int c = 0; c < CLASSES; c++)
					want += w->bytes[link][c][d][bin] + naive_to(w, link, c, d, bin);
				assert_int_equal(f->target[i].sum.state[bin] == BIN_MISSING,
					w->missing[0][bin] || w->missing[link][bin]);
				if (f->target[i].sum.state[bin] != BIN_MISSING)
					assert_true(f->target[i].sum.bytes[d][bin] == want);
			}
}

static void every_byte_is_somewhere(void **state)
{
	(void)state;
	srandom(11);
	for (int round = 0; round < 150; round++) {
		struct world w;
		struct failover f;
		uint32_t left = SHARE_WHOLE;

		world_open(&w);
		for (uint32_t to = 1; to < LINKS && random() % 3; to++) {
			uint32_t part = 1 + (uint32_t)random() % left;

			share(&w, to, random() % 2 ? TOPOLOGY_NONE : (uint32_t)random() % CLASSES, part);
			left -= part;
			if (!left)
				break;
		}
		for (int link = 0; link < LINKS; link++)
			for (int bin = 0; bin < BINS; bin++) {
				w.missing[link][bin] = random() % 10 == 0;
				for (int c = 0; c < CLASSES; c++)
					for (int d = 0; d < DIRECTIONS; d++)
						put(&w, link, c, d, bin, (u128)random() * 4000000000u);
			}
		lose(&w, &f);
		check(&w, &f);
		failover_clear(&f);
		world_close(&w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(spikes_that_do_not_meet_do_not_add),
		cmocka_unit_test(load_without_a_way_is_said),
		cmocka_unit_test(a_bin_that_either_lacks_is_missing),
		cmocka_unit_test(every_byte_is_somewhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
