/* SPDX-License-Identifier: BSD-3-Clause */
#include "world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

#define RULES	 24
#define ROUTES4	 400
#define ROUTES6	 400
#define N_VALUES 5
#define N_COS	 3

uint64_t world_random(struct world *w)
{
	w->seed ^= w->seed << 13;
	w->seed ^= w->seed >> 7;
	w->seed ^= w->seed << 17;
	return w->seed * UINT64_C(2685821657736338717);
}

uint32_t world_below(struct world *w, uint32_t n)
{
	return (uint32_t)(world_random(w) >> 33) % n;
}

/* Few MAC addresses and VIDs, so that rules and frames meet. */
static uint64_t some_mac(struct world *w)
{
	return UINT64_C(0x02005e100000) + world_below(w, 6);
}

static uint16_t some_vid(struct world *w)
{
	static const uint16_t vid[] = { 0, 1, 20, 100, 101, 4094, 4095 };

	return vid[world_below(w, sizeof(vid) / sizeof(*vid))];
}

static bool same_key(const struct match_rule *a, const struct match_rule *b)
{
	return a->shape == b->shape && a->outer == b->outer && a->inner == b->inner && a->mac == b->mac;
}

static size_t make_rules(struct world *w, struct match_rule rule[static RULES])
{
	size_t n = 0;

	for (int i = 0; i < RULES; i++) {
		struct match_rule r = { .shape = world_below(w, MATCH_SHAPES), .peering = (uint32_t)n };
		bool known = false;

		if (match_looks_outer(r.shape))
			r.outer = some_vid(w);
		if (match_looks_inner(r.shape)) {
			r.outer = 100;
			r.inner = 20 + (uint16_t)world_below(w, 3);
		}
		if (match_looks_mac(r.shape))
			r.mac = some_mac(w);
		for (size_t k = 0; k < n; k++)
			known = known || same_key(&rule[k], &r);
		if (!known)
			rule[n++] = r;
	}
	return n;
}

static int by_place4(const void *a, const void *b)
{
	const struct lpm4_route *x = a, *y = b;

	if (x->address != y->address)
		return x->address < y->address ? -1 : 1;
	return x->length - y->length;
}

static int by_place6(const void *a, const void *b)
{
	const struct lpm6_route *x = a, *y = b;

	if (x->high != y->high)
		return x->high < y->high ? -1 : 1;
	if (x->low != y->low)
		return x->low < y->low ? -1 : 1;
	return x->length - y->length;
}

static uint32_t some_address4(struct world *w)
{
	return UINT32_C(0xc6336400) ^ ((uint32_t)world_random(w) >> world_below(w, 33) % 32);
}

static void some_address6(struct world *w, uint64_t *high, uint64_t *low)
{
	uint32_t shift = world_below(w, 128);
	uint64_t r = world_random(w), s = world_random(w);

	*high = UINT64_C(0x20010db800000000) ^ (shift < 64 ? r >> shift : 0);
	*low = shift < 64 ? s : s >> (shift - 64);
}

static void make_routes(struct world *w)
{
	struct lpm4_route r4[ROUTES4];
	struct lpm6_route r6[ROUTES6];
	size_t n4 = 0, n6 = 0;

	for (size_t i = 0; i < ROUTES4; i++) {
		uint8_t length = (uint8_t)world_below(w, 33);

		r4[i] = (struct lpm4_route){ .length = length,
			.value = (uint16_t)(1 + world_below(w, N_VALUES - 1)),
			.address = length ? some_address4(w) & ~UINT32_C(0) << (32 - length) : 0 };
	}
	for (size_t i = 0; i < ROUTES6; i++) {
		struct lpm6_route *r = &r6[i];

		*r = (struct lpm6_route){ .length = (uint8_t)world_below(w, 129),
			.value = (uint16_t)(1 + world_below(w, N_VALUES - 1)) };
		some_address6(w, &r->high, &r->low);
		r->low &= r->length > 64 ? ~UINT64_C(0) << (128 - r->length) : 0;
		r->high &= r->length >= 64 ? ~UINT64_C(0) : r->length ? ~UINT64_C(0) << (64 - r->length) : 0;
	}
	qsort(r4, ROUTES4, sizeof(*r4), by_place4);
	qsort(r6, ROUTES6, sizeof(*r6), by_place6);
	for (size_t i = 0; i < ROUTES4; i++)
		if (!n4 || by_place4(&r4[n4 - 1], &r4[i]))
			r4[n4++] = r4[i];
	for (size_t i = 0; i < ROUTES6; i++)
		if (!n6 || by_place6(&r6[n6 - 1], &r6[i]))
			r6[n6++] = r6[i];
	assert_int_equal(lpm4_build(&w->view.lpm4, r4, n4), 0);
	assert_int_equal(lpm6_build(&w->view.lpm6, r6, n6), 0);
}

static void make_view(struct world *w)
{
	struct view *v = &w->view;
	struct match_rule rule[RULES];
	size_t n = make_rules(w, rule);

	v->layout = (struct layout){ .n_taps = WORLD_TAPS, .n_peerings = (uint32_t)n, .n_values = N_VALUES,
		.n_cos = N_COS };
	assert_int_equal(layout_size(&v->layout), 0);
	v->tap = mem_array(WORLD_TAPS, sizeof(*v->tap));
	for (uint32_t tap = 0; tap < WORLD_TAPS; tap++) {
		v->tap[tap].direction = (enum view_direction)tap;
		match_build(&v->tap[tap].match, rule, n, tap == VIEW_BY_MAC);
	}
	for (int i = 0; i < 64; i++)
		v->cos[i] = (uint8_t)world_below(w, N_COS);
	make_routes(w);
}

void world_up(struct world *w, uint64_t seed)
{
	*w = (struct world){ .seed = seed };
	make_view(w);
	kernel_up(&w->kernel, &w->view);
}

void world_down(struct world *w)
{
	kernel_down(&w->kernel);
	for (uint32_t tap = 0; tap < WORLD_TAPS; tap++)
		match_free(&w->view.tap[tap].match);
	free(w->view.tap);
	lpm4_free(&w->view.lpm4);
	lpm6_free(&w->view.lpm6);
}

static uint8_t *put16(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
	return p + 2;
}

static uint8_t *put64(uint8_t *p, uint64_t v, int bytes)
{
	for (int i = 0; i < bytes; i++)
		p[i] = (uint8_t)(v >> (8 * (bytes - 1 - i)));
	return p + bytes;
}

static bool sometimes(struct world *w)
{
	return !world_below(w, 12);
}

static uint8_t *put_ipv4(struct world *w, uint8_t *p, uint32_t payload)
{
	uint32_t ihl = sometimes(w) ? world_below(w, 16) : 5, total = ihl * 4 + payload;

	*p++ = (uint8_t)((sometimes(w) ? world_below(w, 16) : 4) << 4 | ihl);
	*p++ = (uint8_t)world_random(w);
	if (sometimes(w))
		total = world_below(w, 3) ? (uint32_t)world_random(w) & 0xffff : 0;
	p = put16(p, total);
	memset(p, 0, 8);
	p = put64(p + 8, some_address4(w), 4);
	p = put64(p, some_address4(w), 4);
	memset(p, 0, payload + 40);
	return p + (ihl > 5 ? ihl * 4 - 20 : 0) + payload;
}

static uint8_t *put_ipv6(struct world *w, uint8_t *p, uint32_t payload)
{
	uint64_t high, low;

	*p++ = (uint8_t)((sometimes(w) ? world_below(w, 16) : 6) << 4 | world_below(w, 16));
	*p++ = (uint8_t)world_random(w);
	p = put16(p, 0);
	p = put16(p, sometimes(w) ? world_below(w, 3) * 100 : payload);
	*p++ = sometimes(w) ? IPPROTO_NO_NEXT_HEADER : 17;
	*p++ = 64;
	for (int i = 0; i < 2; i++) {
		some_address6(w, &high, &low);
		p = put64(put64(p, high, 8), low, 8);
	}
	memset(p, 0, payload);
	return p + payload;
}

static uint8_t *put_labels(struct world *w, uint8_t *p)
{
	uint32_t n = world_below(w, 10);

	for (uint32_t i = 0; i <= n; i++)
		p = put64(p, (world_random(w) & 0xfffff000) | (i == n) << 8 | 64, 4);
	return p;
}

uint32_t world_frame(struct world *w, uint8_t frame[static WORLD_FRAME])
{
	static const uint16_t tag[] = { ETHERTYPE_VLAN, ETHERTYPE_QINQ, ETHERTYPE_QINQ_OLD };
	uint8_t *p = put64(put64(frame, some_mac(w), 6), some_mac(w), 6);
	uint32_t tags = world_below(w, 6), payload = world_below(w, 300), size;
	bool six = world_below(w, 2);

	for (uint32_t i = 0; i < tags; i++) {
		p = put16(p, tag[world_below(w, 3)]);
		p = put16(p, world_below(w, 16) << 12 | (i ? 20 + world_below(w, 3) : some_vid(w)));
	}
	switch (world_below(w, 8)) {
	case 0:
		p = put_labels(w, put16(p, world_below(w, 2) ? ETHERTYPE_MPLS : ETHERTYPE_MPLS_UPSTREAM));
		p = six ? put_ipv6(w, p, payload) : put_ipv4(w, p, payload);
		break;
	case 1:
		p = put16(p, (uint32_t)world_random(w) & 0xffff);
		memset(p, (int)world_below(w, 256), payload);
		p += payload;
		break;
	default:
		p = put16(p, six ? ETHERTYPE_IPV6 : ETHERTYPE_IPV4);
		p = six ? put_ipv6(w, p, payload) : put_ipv4(w, p, payload);
	}
	size = (uint32_t)(p - frame);
	if (!world_below(w, 4))
		size = FRAME_MIN + world_below(w, size - FRAME_MIN + 1);
	else if (sometimes(w))
		memset(p, 0, 40), size += world_below(w, 40);
	return size;
}

void world_sum_new(const struct world *w, struct world_sum *sum)
{
	*sum = (struct world_sum){ .slot = mem_array(w->view.layout.n_slots, sizeof(*sum->slot)) };
}

static void add(struct world_sum *sum, const struct bank *b)
{
	for (uint32_t i = 0; i < b->n_taps; i++) {
		sum->tap[i].packets += b->tap[i].packets;
		sum->tap[i].l2_bytes += b->tap[i].l2_bytes;
		sum->tap[i].malformed += b->tap[i].malformed;
	}
	for (uint32_t i = 0; i < b->n_slots; i++) {
		sum->slot[i].packets += b->slot[i].count.packets;
		sum->slot[i].l2_bytes += b->slot[i].count.l2_bytes;
		sum->slot[i].l3_bytes += b->slot[i].count.l3_bytes;
	}
}

void world_take(struct world *w, struct world_sum *sum)
{
	for (size_t i = 0; i < w->kernel.bank.n_cpus; i++)
		add(sum, &w->kernel.bank.cpu[i]);
	xdp_bank_clear(&w->kernel.bank);
}

void world_expect(struct world *w, uint32_t tap, const uint8_t *frame, uint32_t size, struct world_sum *sum)
{
	struct bank *b = bank_new(&w->view.layout);
	struct burst burst = { .n = 1, .data = { frame }, .captured = { size }, .wire = { size } };

	burst_classify(&burst, &w->view, b, tap);
	burst_count(&burst, b, tap);
	add(sum, b);
	bank_free(b);
}

void world_compare(const struct world *w, const struct world_sum *kernel, const struct world_sum *user)
{
	assert_memory_equal(kernel->tap, user->tap, sizeof(kernel->tap));
	assert_memory_equal(kernel->slot, user->slot, w->view.layout.n_slots * sizeof(*kernel->slot));
}
