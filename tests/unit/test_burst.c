/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A burst at once gives what its frames give one by one: every kernel that this CPU runs, against
 * frame_read() and a plain model of the way to the slot, over seeded random frames: sound ones of all shapes,
 * cut ones, and ones with bytes changed. Each frame is a block of its own size, so that a sanitizer sees a
 * read beyond it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "burst.h"
#include "random.h"

#define BURSTS 6000
#define SEED   3
#define TAPS   3
#define MOST   192 /* bytes of a frame */
#define ROUTES 600  /* IPv4 */
#define PLACES 44
#define MOST6  8000
#define MAC_A  UINT64_C(0x02005e100001)
#define MAC_B  UINT64_C(0x02005e100002)

static unsigned below(unsigned n)
{
	return (unsigned)(rnd() % n);
}

static uint8_t *put16(uint8_t *p, unsigned v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
	return p + 2;
}

static uint8_t *put_mac(uint8_t *p)
{
	uint64_t mac = below(2) ? MAC_A : below(2) ? MAC_B : rnd();

	return put16(put16(put16(p, mac >> 32 & 0xffff), mac >> 16 & 0xffff), mac & 0xffff);
}

/* Tags with few VIDs, 0 among them, so that peerings are met. Ends at the ethertype. */
static uint8_t *put_tags(uint8_t *p)
{
	static const uint16_t type[] = { ETHERTYPE_VLAN, ETHERTYPE_QINQ, ETHERTYPE_QINQ_OLD };
	static const uint8_t how_many[] = { 0, 0, 1, 1, 1, 1, 2, 2, 2, 3, 4, 5, 6 };

	for (unsigned n = how_many[below(sizeof(how_many))]; n; n--)
		p = put16(put16(p, type[below(3)]), below(8) << 13 | below(4));
	return p;
}

static uint8_t *put_labels(uint8_t *p)
{
	static const uint8_t how_many[] = { 1, 1, 1, 2, 2, 2, 3, 4, 7, 8, 9, 12 };

	p = put16(p, below(4) ? ETHERTYPE_MPLS : ETHERTYPE_MPLS_UPSTREAM);
	for (unsigned n = how_many[below(sizeof(how_many))]; n; n--)
		p = put16(put16(p, below(65536)), (unsigned)(n == 1) << 8 | below(256));
	return p;
}

/* In the order that the tables want. */
static struct lpm4_route route4[ROUTES];
static struct lpm6_route route6[MOST6];
static unsigned n_route6;

static void make_routes4(void)
{
	for (uint32_t i = 0; i < ROUTES; i++) {
		bool longer = i % 3 == 2; /* inside the one before */

		route4[i] = (struct lpm4_route){ .address = 0x0a000000 + (i - longer) * 512,
			.length = longer ? 28 : 24,
			.value = (uint16_t)(1 + i % 7) };
	}
}

/* Each /24 of its own size, so that there are nodes of all kinds, full ones too; in the last ones, routes inside
 * a /55. */
static void make_routes6(void)
{
	n_route6 = 0;
	for (unsigned place = 0; place < PLACES; place++) {
		unsigned n = place < 16 ? 1 + place : 88 + 4 * place;
		bool nested = place >= PLACES - 4;

		for (unsigned i = 0; i < n; i++) {
			bool longer = nested && i % 3 == 2;

			route6[n_route6++] = (struct lpm6_route){ .high = (UINT64_C(0x2a00) + place) << 48 |
									(uint64_t)(i - longer) << 18,
				.length = longer ? 60 : 46,
				.value = (uint16_t)(1 + i % 7) };
		}
	}
	for (unsigned i = 0; i < 64; i++) /* no node at all below them */
		route6[n_route6++] = (struct lpm6_route){ .high = (UINT64_C(0x3000) + i) << 48, .length = 20, .value = 7 };
}

static void put_address(uint8_t *p, bool six)
{
	const struct lpm4_route *r4 = &route4[below(ROUTES)];
	const struct lpm6_route *r6 = &route6[below(n_route6)];
	uint64_t high = r6->high | rnd() >> (below(4) ? r6->length : below(4) ? 24 : 8);

	if (!six) {
		high = (uint64_t)(r4->address | (uint32_t)rnd() >> r4->length) << 32;
		put16(put16(p, high >> 48), high >> 32 & 0xffff);
		return;
	}
	for (unsigned i = 0; i < 8; i++)
		p[i] = (uint8_t)(high >> (56 - 8 * i));
}

/* An IP header that says `total` bytes, or nearly. Returns its family's ethertype. */
static unsigned put_ip(uint8_t *p, unsigned total)
{
	bool six = below(3) == 0;

	if (below(16) == 0)
		total += below(3) - 1;
	if (below(24) == 0)
		total = six ? 40 : 0;
	for (unsigned i = 0; i < 40; i++)
		p[i] = (uint8_t)rnd();
	p[0] = (uint8_t)(six ? 0x60 | below(16) : below(8) ? 0x45 : 0x40 | below(16));
	put16(p + (six ? 4 : 2), total - (six ? 40 : 0));
	if (six && below(4) == 0)
		p[6] = IPPROTO_NO_NEXT_HEADER;
	put_address(p + (six ? 8 : 12), six);
	put_address(p + (six ? 24 : 16), six);
	return six ? ETHERTYPE_IPV6 : ETHERTYPE_IPV4;
}

/* Returns the length of the frame on the wire. */
static unsigned make_frame(uint8_t *p)
{
	uint8_t *at = put_tags(put_mac(put_mac(p)));
	unsigned body = 20 + below(60), type;

	if (below(5) == 0) {
		at = put_labels(at);
		type = put_ip(at, body);
	} else {
		type = put_ip(at + 2, body);
		at = put16(at, below(12) ? type : below(65536));
	}
	while (below(3) == 0)
		p[below(MOST)] = (uint8_t)rnd();
	return (unsigned)(at - p) + body;
}

static void fill(struct burst *b)
{
	static const uint8_t zeros[MOST];
	uint8_t frame[MOST];

	b->n = below(BURST_MAX + 1);
	for (uint32_t i = 0; i < b->n; i++) {
		uint8_t *block;

		memcpy(frame, zeros, sizeof(frame));
		b->wire[i] = make_frame(frame);
		b->captured[i] = below(4) ? b->wire[i] : below(b->wire[i] + 1);
		block = malloc(b->captured[i] ? b->captured[i] : 1);
		assert_non_null(block);
		memcpy(block, frame, b->captured[i]);
		b->data[i] = block;
	}
}

static void empty(struct burst *b)
{
	for (uint32_t i = 0; i < b->n; i++)
		free((void *)(uintptr_t)b->data[i]);
}

static void make_view(struct view *v)
{
	static const struct match_rule rules[] = {
		{ SHAPE_OUTER, 1, 0, 0, 0 },
		{ SHAPE_OUTER_INNER, 2, 1, 0, 1 },
		{ SHAPE_OUTER_MAC, 2, 0, MAC_A, 2 },
		{ SHAPE_OUTER, 0, 0, 0, 3 },
		{ SHAPE_OUTER_INNER_MAC, 2, 1, MAC_B, 4 },
	};

	*v = (struct view){ .layout = { .n_taps = TAPS, .n_peerings = 5, .n_values = 8, .n_cos = 2 } };
	make_routes4();
	make_routes6();
	assert_int_equal(layout_size(&v->layout), 0);
	assert_int_equal(lpm4_build(&v->lpm4, route4, ROUTES), 0);
	assert_int_equal(lpm6_build(&v->lpm6, route6, n_route6), 0);
	for (unsigned dscp = 0; dscp < 64; dscp += 3)
		v->cos[dscp] = 1;
	v->tap = calloc(TAPS, sizeof(*v->tap));
	assert_non_null(v->tap);
	for (unsigned i = 0; i < TAPS; i++) {
		v->tap[i].direction = (enum view_direction)i;
		match_build(&v->tap[i].match, rules, 5, i == VIEW_BY_MAC);
	}
}

static void free_view(struct view *v)
{
	for (unsigned i = 0; i < TAPS; i++)
		match_free(&v->tap[i].match);
	free(v->tap);
	lpm4_free(&v->lpm4);
	lpm6_free(&v->lpm6);
}

static uint64_t number(const uint8_t *p, unsigned bytes)
{
	uint64_t n = 0;

	while (bytes--)
		n = n << 8 | *p++;
	return n;
}

/* By the tables' own way for a single address, which test_lpm.c holds against a linear scan. */
static uint32_t value_of(const struct view *v, const struct frame *f, const uint8_t *data, enum direction d)
{
	const uint8_t *ip = data + f->l3;

	if (f->family == FAMILY_IPV4)
		return lpm4_find(&v->lpm4, (uint32_t)number(ip + (d == DIRECTION_INGRESS ? 16 : 12), 4));
	ip += d == DIRECTION_INGRESS ? 24 : 8;
	return lpm6_find(&v->lpm6, number(ip, 8), number(ip + 8, 8));
}

/* Where the frame goes, step by step. */
static uint32_t slot_of(const struct view *v, uint32_t tap, const struct frame *f, const uint8_t *data)
{
	const struct layout *l = &v->layout;

	for (int d = DIRECTION_INGRESS; !f->truncated && d <= DIRECTION_EGRESS; d++) {
		uint32_t peering, base, value;

		if (tap != VIEW_BY_MAC && (int)tap != d)
			continue;
		peering = match_deep(&v->tap[tap].match, f->outer, f->inner,
			match_mac(data + (d == DIRECTION_INGRESS ? 6 : 0)));
		if (peering == MATCH_NONE)
			continue;
		base = layout_side_base(l, layout_side(peering, (enum direction)d));
		if (f->family == FAMILY_OTHER)
			return base + l->cells_per_side - 1;
		value = value_of(v, f, data, (enum direction)d);
		return base + (value * 2 + f->family) * l->n_cos + v->cos[f->dscp];
	}
	return tap;
}

static void expect(const struct burst *b, uint32_t i, const struct view *v, uint32_t tap, const char *kernel)
{
	const struct heads *h = &b->heads;
	struct frame f;

	frame_read(b->data[i], b->data[i] + b->captured[i], b->wire[i], &f);
	if (h->outer[i] != f.outer || h->inner[i] != f.inner || h->family[i] != f.family ||
		h->l3_bytes[i] != f.l3_bytes || h->dscp[i] != f.dscp ||
		(f.family != FAMILY_OTHER && h->l3[i] != f.l3) || (h->malformed >> i & 1) != f.malformed ||
		(h->truncated >> i & 1) != f.truncated)
		fail_msg("kernel %s, state %#lx, frame %u is not as frame_read() says", kernel,
			(unsigned long)state, i);
	if (b->slot[i] != slot_of(v, tap, &f, b->data[i]))
		fail_msg("kernel %s, state %#lx, frame %u is in slot %u, not %u", kernel, (unsigned long)state,
			i, b->slot[i], slot_of(v, tap, &f, b->data[i]));
}

/* How often what the test is about came by. */
struct seen {
	unsigned family[FAMILIES], malformed, truncated, cells;
};

static void note(struct seen *s, const struct burst *b)
{
	for (uint32_t i = 0; i < b->n; i++) {
		s->family[b->heads.family[i]]++;
		s->malformed += b->heads.malformed >> i & 1;
		s->truncated += b->heads.truncated >> i & 1;
		s->cells += b->slot[i] >= TAPS;
	}
}

static void test_all_kernels_agree_with_the_plain_way(void **unused)
{
	struct seen seen = { 0 };
	struct bank *bank;
	struct view view;

	(void)unused;
	state = SEED;
	make_view(&view);
	bank = bank_new(&view.layout);
	assert_non_null(bank);
	for (unsigned k = 0; k < BURSTS; k++) {
		struct burst b = { 0 };
		uint32_t tap = below(TAPS);

		fill(&b);
		for (const struct burst_kernel *const *kernel = burst_kernels(); *kernel; kernel++) {
			(*kernel)->classify(&b, &view, bank, tap);
			for (uint32_t i = 0; i < b.n; i++)
				expect(&b, i, &view, tap, (*kernel)->name);
		}
		note(&seen, &b);
		empty(&b);
	}
	for (int family = 0; family < FAMILIES; family++)
		assert_in_range(seen.family[family], BURSTS, UINT32_MAX);
	assert_in_range(seen.malformed, BURSTS, UINT32_MAX);
	assert_in_range(seen.truncated, BURSTS / 8, UINT32_MAX);
	assert_in_range(seen.cells, BURSTS, UINT32_MAX);
	bank_free(bank);
	free_view(&view);
}

static void test_all_kernels_count_the_same(void **unused)
{
	struct view view;

	(void)unused;
	state = SEED;
	make_view(&view);
	for (unsigned k = 0; k < BURSTS / 10; k++) {
		struct bank *plain = bank_new(&view.layout), *bank = bank_new(&view.layout);
		uint32_t tap = below(TAPS);
		struct burst b = { 0 };

		assert_true(plain && bank);
		fill(&b);
		burst_classify(&b, &view, bank, tap);
		for (uint32_t i = 0; i < b.n; i++) {
			struct counters *c = &plain->slot[b.slot[i]].count;

			*c = (struct counters){ c->packets + 1, c->l2_bytes + b.wire[i],
				c->l3_bytes + b.heads.l3_bytes[i] };
			plain->tap[tap].packets++;
			plain->tap[tap].l2_bytes += b.wire[i];
			plain->tap[tap].malformed += b.heads.malformed >> i & 1;
		}
		plain->head->tap_in_hand = tap;
		for (const struct burst_kernel *const *kernel = burst_kernels(); *kernel; kernel++) {
			(*kernel)->count(&b, bank, tap);
			assert_memory_equal(bank->head, plain->head, plain->size);
			bank_clear(bank);
		}
		bank_free(plain);
		bank_free(bank);
		empty(&b);
	}
	free_view(&view);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_kernels_agree_with_the_plain_way),
		cmocka_unit_test(test_all_kernels_count_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
