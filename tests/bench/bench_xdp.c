/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ns a frame of the metering program beside a bare count and a flat array, by the kernel's test-run: one
 * run, rounds interleaved, a random far end for each frame, at growing tables. Reports, and judges nothing.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "routes.h"
#include "text.h"
#include "xdp_bank.h"
#include "xdp_program.h"

#include "bench_xdp.skel.h" /* after what it holds */

#define ENDS	 (1u << 20)
#define ROUNDS	 7
#define REPEAT	 300000
#define PROGRAMS 4
#define CLASSES	 64
#define PEERINGS 64
#define SKIPPED	 77

static struct view *make_view(const struct routes *r)
{
	struct match_rule rule[PEERINGS];
	struct view *v = mem_alloc(sizeof(*v));
	struct lpm4_route *r4 = routes_sorted4(r);
	struct lpm6_route *r6 = routes_sorted6(r);

	v->layout = (struct layout){ .n_taps = 1, .n_peerings = PEERINGS, .n_values = CLASSES + 1, .n_cos = 8 };
	v->tap = mem_alloc(sizeof(*v->tap));
	for (uint32_t i = 0; i < PEERINGS; i++)
		rule[i] = (struct match_rule){ .shape = SHAPE_OUTER, .outer = (uint16_t)(100 + i), .peering = i };
	match_build(&v->tap->match, rule, PEERINGS, false);
	if (layout_size(&v->layout) || lpm4_build(&v->lpm4, r4, r->n4) || lpm6_build(&v->lpm6, r6, r->n6))
		abort();
	free(r4);
	free(r6);
	return v;
}

/* The first and the last node that the search reads, for bench_lines. */
static uint64_t path_of(const struct lpm6 *t, uint64_t high)
{
	uint32_t e = lpm6_first(t, high), first = e, last = e;
	unsigned depth = LPM6_DEPTH;

	for (; e & LPM6_NODE; e = lpm6_step(t, e, &depth, high, 0))
		last = e;
	return (uint64_t)(first & LPM6_INDEX) << 32 | (last & LPM6_INDEX);
}

static void fill_ends(int fd, const struct routes *r, const struct view *v, bool six)
{
	size_t size = (size_t)ENDS * 16;
	uint64_t *end = xdp_array_map(fd, size), a[2];
	struct draw d = { .state = 5 };

	for (size_t i = 0; i < ENDS; i++) {
		routes_address(r, &d, false, six, a);
		end[2 * i] = six ? __builtin_bswap64(a[0]) : __builtin_bswap32((uint32_t)a[0]);
		end[2 * i + 1] = six ? path_of(&v->lpm6, a[0]) : 0;
	}
	munmap(end, size);
}

/* Classes of whole /24; what is longer is left out, which makes it cheaper. */
static void fill_flat(int fd, const struct view *v)
{
	size_t size = ((size_t)1 << 24) * 8;
	uint64_t *flat = xdp_array_map(fd, size);

	for (size_t i = 0; i < 1 << 24; i++)
		if (v->lpm4.by24[i])
			flat[i] = v->lpm4.by24[i];
	munmap(flat, size);
}

static void fill_peers(int fd)
{
	for (uint32_t vid = 0; vid < MATCH_VIDS; vid++) {
		uint32_t peering = vid & 255;

		bpf_map_update_elem(fd, &vid, &peering, BPF_ANY);
	}
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

/* One VLAN frame with an IP header. */
static void make_frame(uint8_t frame[static 128], bool six)
{
	static const uint8_t head[] = { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x81, 0, 0, 101 };

	memset(frame, 0, 128);
	memcpy(frame, head, sizeof(head));
	frame[16] = six ? 0x86 : 0x08;
	frame[17] = six ? 0xdd : 0x00;
	frame[18] = six ? 0x60 : 0x45;
	frame[six ? 23 : 21] = six ? 60 : 100;
}

static void measure(struct bench_xdp_bpf *s, size_t n4, size_t n6, bool six)
{
	struct bpf_program *const program[] = { s->progs.bench_count, s->progs.bench_flat, s->progs.bench_lines,
		s->progs.bench_meter };
	double ns[PROGRAMS][ROUNDS];
	uint8_t frame[128];

	make_frame(frame, six);
	for (int round = 0; round < ROUNDS; round++)
		for (int i = 0; i < PROGRAMS; i++) {
			LIBBPF_OPTS(bpf_test_run_opts, o, .data_in = frame, .data_size_in = sizeof(frame),
				.repeat = REPEAT);

			if (bpf_prog_test_run_opts(bpf_program__fd(program[i]), &o))
				perror("test-run");
			ns[i][round] = o.duration;
		}
	for (int i = 0; i < PROGRAMS; i++)
		qsort(ns[i], ROUNDS, sizeof(double), by_value);
	printf("%s %7zu/%-6zu", six ? "IPv6" : "IPv4", n4, n6);
	for (int i = 0; i < PROGRAMS; i++)
		printf("  %4.0f (%3.0f..%4.0f)", ns[i][ROUNDS / 2], ns[i][0], ns[i][ROUNDS - 1]);
	printf("  meter/flat %.2f", ns[3][ROUNDS / 2] / ns[1][ROUNDS / 2]);
	printf("  meter/lines %.2f\n", ns[3][ROUNDS / 2] / ns[2][ROUNDS / 2]);
}

static int reuse(struct bench_xdp_bpf *s, const struct xdp_view *plan, struct xdp_bank *bank)
{
	const struct meter_settings *c = &plan->common;
	struct xdp_shape shape = { .n_cpus = xdp_bank_cpus(), .n_taps = 1, .n_slots = plan->view->layout.n_slots,
		.slots = c->slots, .stride = c->stride };
	int view = xdp_array_create("meter_view", METER_PAGE, plan->n_pages), banks;
	void *pages;

	if (view < 0 || xdp_bank_create(bank, &shape))
		return -1;
	pages = xdp_array_map(view, (size_t)plan->n_pages * METER_PAGE);
	xdp_view_write(plan, pages);
	munmap(pages, (size_t)plan->n_pages * METER_PAGE);
	banks = xdp_bank_current_create(bank);
	return bpf_map__reuse_fd(s->maps.view, view) || bpf_map__reuse_fd(s->maps.banks, banks);
}

static int one_size(size_t n4, size_t n6)
{
	struct routes *r = routes_new(n4, n6, CLASSES, 1);
	struct view *v = make_view(r);
	struct bench_xdp_bpf *s = bench_xdp_bpf__open();
	struct xdp_bank bank = { 0 };
	struct xdp_view plan;

	if (!s || xdp_view_plan(&plan, v) || reuse(s, &plan, &bank))
		return -1;
	xdp_view_settings(&plan, 0, (void *)&s->rodata->settings, (void *)s->rodata->direct);
	((struct meter_settings *)&s->rodata->settings)->frags = xdp_program_frags();
	((struct meter_settings *)&s->rodata->settings)->consume = 1;
	bpf_program__set_autoload(s->progs.meter_xdp, false);
	bpf_program__set_autoload(s->progs.meter_xdp_vlan, false);
	bpf_program__set_autoload(s->progs.meter_tc, false);
	if (bench_xdp_bpf__load(s))
		return -1;
	fill_flat(bpf_map__fd(s->maps.flat), v);
	fill_peers(bpf_map__fd(s->maps.peers));
	for (int six = 0; six < 2; six++) {
		fill_ends(bpf_map__fd(s->maps.ends), r, v, six);
		measure(s, n4, n6, six);
	}
	bench_xdp_bpf__destroy(s);
	xdp_bank_close(&bank);
	xdp_view_free(&plan);
	routes_free(r);
	return 0; /* the view goes with the process */
}

int main(void)
{
	static const size_t sizes[][2] = { { 1000, 200 }, { 100000, 20000 }, { 1000000, 200000 } };

	if (geteuid()) {
		puts("skipped: only root may load programs into the kernel");
		return SKIPPED;
	}
	puts("ns a frame, median (least..most) of 7: bare count, flat array (IPv4 /24; 24 bits for IPv6), "
	     "the same and two dependent lines of the IPv6 table, meter");
	for (size_t i = 0; i < 3; i++)
		if (one_size(sizes[i][0], sizes[i][1]))
			return 1;
	return 0;
}
