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

#define TCP_OFFSET 12	     /* of the length of the TCP header, in words */
#define MIN_WIRE   60	     /* to which hardware pads */
#define BY_FRAGS   0xffff    /* gso_size of SCTP: the frames are of any size */
#define MAX_PARTS  64
#define CHUNK	   20	     /* bytes of the shortest chunk of SCTP with data (RFC 9260 section 3.3.1) */

enum kind { UDP, TCP, SCTP, KINDS };
static const uint8_t protocol[KINDS] = { [UDP] = 17, [TCP] = 6, [SCTP] = 132 };

struct super {
	uint8_t bytes[4096];
	enum kind kind;
	bool six;
	uint32_t header, l3; /* bytes */
	uint32_t segment;    /* bytes of payload of all frames but the last one, or BY_FRAGS */
	uint32_t part[MAX_PARTS], n_parts, payload;
};

static uint32_t words_of_header(struct world *w, enum kind kind)
{
	static const uint32_t least[KINDS] = { [UDP] = 2, [TCP] = 5, [SCTP] = 3 };

	return least[kind] + (kind == TCP ? world_below(w, 11) : 0);
}

/* A super-frame with tags, of random size: long frames, and some that are shorter than what hardware sends. */
static void make(struct world *w, struct super *s, enum kind kind, bool six)
{
	uint32_t tags = world_below(w, 3), words = words_of_header(w, kind);
	uint32_t most = world_below(w, 3) ? 600 : 9;
	uint8_t *p = s->bytes + 12, *ip;

	*s = (struct super){ .kind = kind, .six = six };
	for (int i = 0; i < 12; i++)
		s->bytes[i] = (uint8_t)world_random(w);
	for (uint32_t i = 0; i < tags; i++, p += 4) {
		p[0] = 0x81;
		p[3] = 100;
	}
	p[0] = six ? 0x86 : 0x08;
	p[1] = six ? 0xdd : 0x00;
	ip = p + 2;
	s->l3 = (uint32_t)(ip - s->bytes);
	s->header = s->l3 + (six ? 40 : 20) + words * 4;
	ip[0] = six ? 0x60 : 0x45;
	ip[six ? 6 : 9] = protocol[kind];
	for (int i = six ? 8 : 12; i < (six ? 40 : 20); i++)
		ip[i] = (uint8_t)world_random(w);
	if (kind == TCP)
		ip[(six ? 40 : 20) + TCP_OFFSET] = (uint8_t)(words << 4);
	s->segment = 1 + world_below(w, most);
	s->n_parts = 2 + world_below(w, 3);
	for (uint32_t i = 0; i < s->n_parts; i++) {
		bool any = kind == SCTP || i == s->n_parts - 1;

		s->part[i] = any ? 1 + world_below(w, s->segment) : s->segment;
		s->part[i] += kind == SCTP ? CHUNK : 0;
		s->payload += s->part[i];
	}
	if (kind == SCTP)
		s->segment = BY_FRAGS;
}

/* Sets the IP length for a frame with `payload` bytes. */
static void set_length(struct super *s, uint32_t payload)
{
	uint32_t length = s->header - s->l3 + payload - (s->six ? 40 : 0);
	uint8_t *at = s->bytes + s->l3 + (s->six ? 4 : 2);

	at[0] = (uint8_t)(length >> 8);
	at[1] = (uint8_t)length;
}

static void expect_frames(struct world *w, uint32_t tap, struct super *s, struct world_sum *user)
{
	for (uint32_t i = 0; i < s->n_parts; i++) {
		uint32_t size = s->header + s->part[i];

		set_length(s, s->part[i]);
		world_expect(w, tap, s->bytes, size < w->kernel.min_wire ? w->kernel.min_wire : size, user);
	}
}

/* `counted`: the kernel says how many frames it is, as always for SCTP; else (from a guest) only how long each is. */
static void give(int fd, struct super *s, bool counted)
{
	struct __sk_buff skb = { .gso_size = s->segment };
	LIBBPF_OPTS(bpf_test_run_opts, o, .data_in = s->bytes, .data_size_in = s->header + s->payload,
		.ctx_in = &skb, .ctx_size_in = sizeof(skb), .repeat = 1);

	if (counted || s->kind == SCTP)
		skb.gso_segs = s->n_parts;
	set_length(s, s->payload);
	assert_int_equal(bpf_prog_test_run_opts(fd, &o), 0);
}

static void many(uint64_t seed, uint32_t min_wire)
{
	struct world_sum kernel, user;
	struct xdp_program program;
	static struct super s;
	struct world w;

	world_up(&w, seed);
	w.kernel.min_wire = min_wire;
	world_sum_new(&w, &kernel);
	world_sum_new(&w, &user);
	kernel_load(&w.kernel, &program, XDP_ENTRY_TC, VIEW_EGRESS, false);
	for (int i = 0; i < 3000; i++) {
		make(&w, &s, i % KINDS, i & 1);
		give(program.fd, &s, i & 4);
		expect_frames(&w, VIEW_EGRESS, &s, &user);
		world_take(&w, &kernel);
		world_compare(&w, &kernel, &user);
	}
	assert_true(user.tap[VIEW_EGRESS].packets > 6000);
	xdp_program_unload(&program);
	free(kernel.slot);
	free(user.slot);
	world_down(&w);
}

static void superframes_count_as_their_frames(void **state)
{
	(void)state;
	many(11, 0);
}

static void short_ones_among_them_are_padded_by_hardware(void **state)
{
	(void)state;
	many(12, MIN_WIRE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(superframes_count_as_their_frames),
		cmocka_unit_test(short_ones_among_them_are_padded_by_hardware),
	};

	kernel_or_skip();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
