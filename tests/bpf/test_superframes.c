/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A super-frame (TSO, USO, GRO) counts as the frames that it is on the wire: the kernel is given the
 * super-frame, user space's path the frames that it is cut into.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <bpf/bpf.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>

#include "world.h"

#define TCP_OFFSET 12 /* of the length of the TCP header, in words */

struct super {
	uint8_t bytes[4096];
	uint32_t header, l3, segment, payload; /* bytes */
	bool six;
};

/* A super-frame with tags, of random size. */
static void make(struct world *w, struct super *s, bool six, bool tcp)
{
	uint32_t tags = world_below(w, 3), words = tcp ? 5 + world_below(w, 11) : 2;
	uint8_t *p = s->bytes + 12, *ip;

	memset(s->bytes, 0, sizeof(s->bytes));
	for (int i = 0; i < 12; i++)
		s->bytes[i] = (uint8_t)world_random(w);
	for (uint32_t i = 0; i < tags; i++, p += 4) {
		p[0] = 0x81;
		p[3] = 100;
	}
	p[0] = six ? 0x86 : 0x08;
	p[1] = six ? 0xdd : 0x00;
	ip = p + 2;
	s->six = six;
	s->l3 = (uint32_t)(ip - s->bytes);
	s->header = s->l3 + (six ? 40 : 20) + words * 4;
	s->segment = 60 + world_below(w, 600);
	s->payload = s->segment + 1 + world_below(w, 2400);
	ip[0] = six ? 0x60 : 0x45;
	ip[six ? 6 : 9] = tcp ? 6 : 17;
	for (int i = six ? 8 : 12; i < (six ? 40 : 20); i++)
		ip[i] = (uint8_t)world_random(w);
	if (tcp)
		ip[(six ? 40 : 20) + TCP_OFFSET] = (uint8_t)(words << 4);
}

/* Sets the IP length for a frame with `payload` bytes. */
static void set_length(struct super *s, uint32_t payload)
{
	uint32_t length = s->header - s->l3 + payload - (s->six ? 40 : 0);
	uint8_t *at = s->bytes + s->l3 + (s->six ? 4 : 2);

	at[0] = (uint8_t)(length >> 8);
	at[1] = (uint8_t)length;
}

static void expect_segments(struct world *w, uint32_t tap, struct super *s, struct world_sum *user)
{
	for (uint32_t left = s->payload, n; left; left -= n) {
		n = left < s->segment ? left : s->segment;
		set_length(s, n);
		world_expect(w, tap, s->bytes, s->header + n, user);
	}
}

/* `counted`: the kernel says how many frames it is; else (from a guest) only how long each is. */
static void give(int fd, struct super *s, bool counted)
{
	struct __sk_buff skb = { .gso_size = s->segment };
	LIBBPF_OPTS(bpf_test_run_opts, o, .data_in = s->bytes, .data_size_in = s->header + s->payload,
		.ctx_in = &skb, .ctx_size_in = sizeof(skb), .repeat = 1);

	if (counted)
		skb.gso_segs = (s->payload + s->segment - 1) / s->segment;
	set_length(s, s->payload);
	assert_int_equal(bpf_prog_test_run_opts(fd, &o), 0);
}

static void superframes_count_as_their_frames(void **state)
{
	struct world_sum kernel, user;
	struct xdp_program program;
	static struct super s;
	struct world w;

	(void)state;
	world_up(&w, 11);
	world_sum_new(&w, &kernel);
	world_sum_new(&w, &user);
	kernel_load(&w.kernel, &program, XDP_ENTRY_TC, VIEW_EGRESS, false);
	for (int i = 0; i < 2000; i++) {
		make(&w, &s, i & 1, i & 2);
		give(program.fd, &s, i & 4);
		expect_segments(&w, VIEW_EGRESS, &s, &user);
		world_take(&w, &kernel);
		world_compare(&w, &kernel, &user);
	}
	assert_true(user.tap[VIEW_EGRESS].packets > 4000);
	xdp_program_unload(&program);
	free(kernel.slot);
	free(user.slot);
	world_down(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(superframes_count_as_their_frames) };

	kernel_or_skip();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
