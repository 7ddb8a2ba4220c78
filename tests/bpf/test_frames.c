/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The kernel's programs put each frame where user space's path puts it, which is held against the naive
 * model by the golden and property tests. By the kernel's test-run, over seeded random worlds.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "world.h"

#define WORLDS 6
#define FRAMES 4000 /* a world */

/* Returns how many frames no peering took. */
static uint64_t one_world(uint64_t seed, enum xdp_entry entry)
{
	static uint8_t frame[WORLD_FRAME];
	struct xdp_program program[WORLD_TAPS];
	struct world_sum kernel, user;
	uint64_t unknown = 0;
	struct world w;

	world_up(&w, seed);
	world_sum_new(&w, &kernel);
	world_sum_new(&w, &user);
	for (uint32_t tap = 0; tap < WORLD_TAPS; tap++)
		kernel_load(&w.kernel, &program[tap], entry, tap, false);
	if (seed == 1)
		print_message("the verifier processed %u instructions\n", program[VIEW_BY_MAC].processed);
	for (int i = 0; i < FRAMES; i++) {
		uint32_t size = world_frame(&w, frame), tap = world_below(&w, WORLD_TAPS);

		if (kernel_refuses(&w.kernel, entry, frame, size))
			continue;
		kernel_run(program[tap].fd, frame, size);
		world_expect(&w, tap, frame, size, &user);
		world_take(&w, &kernel);
		if (memcmp(kernel.slot, user.slot, w.view.layout.n_slots * sizeof(*user.slot)) ||
			memcmp(kernel.tap, user.tap, sizeof(user.tap)))
			fail_msg("seed %llu: frame %d of %u bytes on tap %u is counted elsewhere",
				(unsigned long long)seed, i, size, tap);
	}
	world_compare(&w, &kernel, &user);
	for (uint32_t tap = 0; tap < WORLD_TAPS; tap++) {
		assert_true(user.tap[tap].packets > user.slot[tap].packets);
		unknown += user.slot[tap].packets;
		xdp_program_unload(&program[tap]);
	}
	free(kernel.slot);
	free(user.slot);
	world_down(&w);
	return unknown;
}

static void many_worlds(enum xdp_entry entry)
{
	uint64_t unknown = 0;

	for (uint64_t seed = 1; seed <= WORLDS; seed++)
		unknown += one_world(seed, entry);
	assert_true(unknown > 0); /* cells and unknown both occur */
}

static void xdp_counts_as_user_space_does(void **state)
{
	(void)state;
	many_worlds(XDP_ENTRY_PLAIN);
}

static void tc_counts_as_user_space_does(void **state)
{
	(void)state;
	many_worlds(XDP_ENTRY_TC);
}

static void observed_frames_pass_and_consumed_frames_do_not(void **state)
{
	static const struct {
		enum xdp_entry entry;
		int pass, drop;
	} side[] = { { XDP_ENTRY_PLAIN, XDP_PASS, XDP_DROP }, { XDP_ENTRY_TC, TC_ACT_UNSPEC, TC_ACT_SHOT } };
	static uint8_t frame[WORLD_FRAME];
	struct xdp_program program;
	struct world w;

	(void)state;
	world_up(&w, 7);
	for (size_t i = 0; i < 2; i++)
		for (int consume = 0; consume < 2; consume++) {
			kernel_load(&w.kernel, &program, side[i].entry, 0, consume);
			assert_int_equal(kernel_run(program.fd, frame, world_frame(&w, frame)),
				consume ? side[i].drop : side[i].pass);
			xdp_program_unload(&program);
		}
	world_down(&w);
}

/* A frame in several buffers has its length on the wire, not that of its first buffer. */
static void jumbo_frames_count_whole(void **state)
{
	static uint8_t frame[9018];
	struct world_sum kernel, user;
	struct xdp_program program;
	struct world w;

	(void)state;
	if (!xdp_program_frags()) {
		print_message("skipped: this kernel has no frames in several buffers (5.18)\n");
		skip();
	}
	world_up(&w, 8);
	world_sum_new(&w, &kernel);
	world_sum_new(&w, &user);
	kernel_load(&w.kernel, &program, XDP_ENTRY_PLAIN, VIEW_INGRESS, false);
	for (int i = 0; i < 200; i++) {
		world_frame(&w, frame);
		kernel_run(program.fd, frame, sizeof(frame));
		world_expect(&w, VIEW_INGRESS, frame, sizeof(frame), &user);
	}
	world_take(&w, &kernel);
	assert_int_equal(kernel.tap[VIEW_INGRESS].l2_bytes, 200 * sizeof(frame));
	world_compare(&w, &kernel, &user);
	xdp_program_unload(&program);
	free(kernel.slot);
	free(user.slot);
	world_down(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(xdp_counts_as_user_space_does),
		cmocka_unit_test(tc_counts_as_user_space_does),
		cmocka_unit_test(observed_frames_pass_and_consumed_frames_do_not),
		cmocka_unit_test(jumbo_frames_count_whole),
	};

	kernel_or_skip();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
