/* SPDX-License-Identifier: BSD-3-Clause */
/* From usage rows to links' figures: ranks, peaks, busy hours, bands, missing bins. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "figures.h"

#define NOVEMBER INT64_C(1793491200) /* 2026-11-01T00:00:00Z */
#define DECEMBER INT64_C(1796083200)
#define MBPS	 37500000 /* bytes a bin at 1 Mbit/s */

struct world {
	struct topology *topology;
	struct load *load;
	struct row_cell cell[8];
};

static void world_open(struct world *w, uint32_t classes_of)
{
	*w = (struct world){ .topology = topology_new() };
	topology_canonical(w->topology, "class europe b\nlink one 1000000000\nlink two 0\n"
					"peering a p one any any\npeering b p two any any\npeering c p one any any\n");
	w->load = load_new(w->topology, 0, 0, classes_of);
}

static void world_close(struct world *w)
{
	load_free(w->load);
	topology_free(w->topology);
}

/* A row of cell `id`, whose letter names the peering. */
static void put(struct world *w, uint32_t id, char peering, enum direction d, int64_t start, uint64_t bytes,
	enum bin_status status)
{
	struct row row = { .start = start, .cell = &w->cell[id], .count = { 0, bytes, 0 }, .status = status };

	w->cell[id].id = id;
	w->cell[id].peering[0] = peering;
	strcpy(w->cell[id].class, "europe");
	w->cell[id].direction = d;
	assert_int_equal(load_row(w->load, &row), 0);
}

static struct figures figures_between(struct world *w, uint32_t link, int64_t from, int64_t to)
{
	struct strand s = load_strand(w->load, link, from, to);
	struct figures f;

	figures_of(&s, w->topology->links[link].capacity, &f);
	strand_free(&s);
	return f;
}

static void a_ramp_has_its_figures(void **state)
{
	struct world w;
	struct figures f;

	(void)state;
	world_open(&w, LOAD_NO_CLASSES);
	/* 1 to 8,640 Mbit/s down, 1 up; link one has peerings a and c, of which only a has rows. */
	for (int i = 8639; i >= 0; i--) {
		put(&w, 0, 'a', DIRECTION_INGRESS, NOVEMBER + i * 300, (uint64_t)(i + 1) * MBPS / 10, BIN_OK);
		put(&w, 1, 'a', DIRECTION_EGRESS, NOVEMBER + i * 300, MBPS, BIN_PARTIAL);
	}
	assert_int_equal(load_first(w.load), NOVEMBER);
	assert_int_equal(load_end(w.load), DECEMBER);
	f = figures_between(&w, 0, NOVEMBER, DECEMBER);
	assert_int_equal(f.present, 8640);
	assert_int_equal(f.status[BIN_PARTIAL], 8640);
	assert_true(f.side[0].p50 == (u128)4320 * MBPS / 10);
	assert_true(f.side[0].p95 == (u128)8208 * MBPS / 10);
	assert_true(f.side[0].p99 == (u128)8554 * MBPS / 10);
	assert_true(f.side[0].peak == (u128)8640 * MBPS / 10);
	assert_int_equal(f.side[0].peak_start, DECEMBER - 300);
	assert_int_equal(f.side[0].busy_start, DECEMBER - 3600);
	assert_int_equal(f.side[1].busy_start, NOVEMBER);
	/* Capacity 1000 Mbit/s: strictly above 500, 700 and 800. */
	assert_int_equal(f.side[0].minutes[LEVEL_50], (8640 - 5000) * 5);
	assert_int_equal(f.side[0].minutes[LEVEL_80], (8640 - 8000) * 5);
	assert_int_equal(f.side[1].minutes[LEVEL_50], 0);
	assert_int_equal(f.greater, DIRECTION_INGRESS);
	assert_int_equal(f.band, BAND_CRITICAL);
	world_close(&w);
}

static void a_bin_that_one_peering_lacks_is_missing(void **state)
{
	struct world w;
	struct figures f;

	(void)state;
	world_open(&w, LOAD_NO_CLASSES);
	for (int i = 0; i < 100; i++) {
		put(&w, 0, 'a', DIRECTION_EGRESS, NOVEMBER + i * 300, 10, BIN_OK);
		if (i != 50 && i != 51)
			put(&w, 1, 'c', DIRECTION_EGRESS, NOVEMBER + i * 300, 5, i == 60 ? BIN_MISSING : BIN_OK);
		put(&w, 2, 'b', DIRECTION_EGRESS, NOVEMBER + i * 300, 7, BIN_LOSSY);
	}
	f = figures_between(&w, 0, NOVEMBER, NOVEMBER + 100 * 300);
	assert_int_equal(f.status[BIN_MISSING], 3);
	assert_true(f.side[1].total == 97 * 15);
	assert_true(f.side[1].p50 == 15);
	f = figures_between(&w, 1, NOVEMBER, NOVEMBER + 200 * 300);
	assert_int_equal(f.status[BIN_LOSSY], 100);
	assert_int_equal(f.status[BIN_MISSING], 100);
	assert_int_equal(f.band, BAND_UNKNOWN);
	world_close(&w);
}

static void months_need_not_come_in_order(void **state)
{
	struct world w;
	struct strand s;

	(void)state;
	world_open(&w, 0);
	put(&w, 0, 'a', DIRECTION_INGRESS, DECEMBER, 3, BIN_OK);
	put(&w, 0, 'a', DIRECTION_INGRESS, NOVEMBER - 300, 1, BIN_OK);
	put(&w, 0, 'a', DIRECTION_INGRESS, NOVEMBER, 2, BIN_OK);
	s = load_strand(w.load, 0, NOVEMBER - 300, NOVEMBER + 600);
	assert_int_equal(s.bins, 3);
	assert_true(s.bytes[0][0] == 1 && s.bytes[0][1] == 2);
	assert_int_equal(s.state[2], BIN_MISSING);
	strand_free(&s);
	s = load_class_strand(w.load, 0, topology_find_class(w.topology, "europe"), DECEMBER, DECEMBER + 300);
	assert_true(s.bytes[0][0] == 3);
	strand_free(&s);
	world_close(&w);
}

static void unknown_peerings_stand_for_themselves(void **state)
{
	struct world w;
	struct figures f;

	(void)state;
	world_open(&w, LOAD_NO_CLASSES);
	put(&w, 0, 'z', DIRECTION_INGRESS, NOVEMBER, UINT64_MAX, BIN_OK);
	put(&w, 1, 'z', DIRECTION_INGRESS, NOVEMBER, UINT64_MAX, BIN_OK);
	assert_int_equal(w.topology->n_links, 3);
	assert_true(w.topology->links[2].made_up);
	f = figures_between(&w, 2, NOVEMBER, NOVEMBER + 300);
	assert_true(f.side[0].peak == (u128)UINT64_MAX * 2);
	world_close(&w);
}

static void bands_begin_at_their_level(void **state)
{
	static const struct {
		unsigned bytes;
		enum band band;
	} row[] = { { 0, BAND_OK }, { 18749999, BAND_OK }, { 18750000, BAND_PLAN }, { 26249999, BAND_PLAN },
		{ 26250000, BAND_ACT }, { 29999999, BAND_ACT }, { 30000000, BAND_CRITICAL } };

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(*row); i++)
		assert_int_equal(figures_band(row[i].bytes, 1000000), row[i].band);
	assert_int_equal(figures_band(1, 0), BAND_UNKNOWN);
	assert_int_equal(figures_rank(95, 8364), 7946);
	assert_int_equal(figures_rank(95, 1), 1);
}

static void busy_hours_do_not_cross_gaps(void **state)
{
	struct world w;
	struct figures f;

	(void)state;
	world_open(&w, LOAD_NO_CLASSES);
	for (int i = 0; i < 40; i++)
		put(&w, 0, 'b', DIRECTION_INGRESS, NOVEMBER + i * 300, i < 11 ? 100 : 1,
			i == 11 ? BIN_MISSING : BIN_OK);
	f = figures_between(&w, 1, NOVEMBER, NOVEMBER + 40 * 300);
	assert_true(f.side[0].has_busy && f.side[0].busy == 12);
	assert_int_equal(f.side[0].busy_start, NOVEMBER + 12 * 300);
	f = figures_between(&w, 1, NOVEMBER, NOVEMBER + 12 * 300);
	assert_false(f.side[0].has_busy);
	world_close(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_ramp_has_its_figures),
		cmocka_unit_test(a_bin_that_one_peering_lacks_is_missing),
		cmocka_unit_test(months_need_not_come_in_order),
		cmocka_unit_test(unknown_peerings_stand_for_themselves),
		cmocka_unit_test(bands_begin_at_their_level),
		cmocka_unit_test(busy_hours_do_not_cross_gaps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
