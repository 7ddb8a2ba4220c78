/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The packet path over any bytes: input byte 0 chooses the tap's direction, bytes 1 and 2 how much longer the
 * frame was on the wire than captured, the rest is the frame. Nothing outside the frame is read (it lies
 * in a buffer of just its size, for the sanitizers), the frame ends in exactly one slot, and what the
 * reader says is within the contract's bounds.
 */
#include <stdlib.h>
#include <string.h>

#include "burst.h"
#include "fuzz.h"

#define INGRESS_MAC UINT64_C(0x02005e100001)

/* One tap a direction; peerings of every shape, so that all ways through the matcher are taken. */
static const struct view *make_view(void)
{
	static const struct match_rule rules[] = {
		{ .shape = SHAPE_OUTER_INNER_MAC, .outer = 100, .inner = 20, .mac = INGRESS_MAC, .peering = 0 },
		{ .shape = SHAPE_OUTER_INNER, .outer = 100, .inner = 20, .peering = 1 },
		{ .shape = SHAPE_OUTER_MAC, .outer = 100, .mac = INGRESS_MAC, .peering = 2 },
		{ .shape = SHAPE_OUTER, .outer = 100, .peering = 3 },
		{ .shape = SHAPE_OUTER, .outer = 0, .peering = 4 },
		{ .shape = SHAPE_MAC, .mac = INGRESS_MAC, .peering = 5 },
	};
	static const struct lpm4_route route4[] = { { 0x0a000000, 1, 8 }, { 0x0a000080, 2, 25 } };
	static const struct lpm6_route route6[] = { { UINT64_C(0x20010db800000000), 0, 1, 32 },
		{ UINT64_C(0x20010db800000000), 1, 2, 128 } };
	static struct view v;

	v.layout = (struct layout){ .n_taps = 3, .n_peerings = 6, .n_values = 3, .n_cos = 2 };
	v.tap = calloc(v.layout.n_taps, sizeof(*v.tap));
	FUZZ_CHECK(v.tap && !layout_size(&v.layout));
	FUZZ_CHECK(!lpm4_build(&v.lpm4, route4, 2) && !lpm6_build(&v.lpm6, route6, 2));
	v.cos[46] = 1;
	for (uint32_t i = 0; i < v.layout.n_taps; i++) {
		v.tap[i].direction = (enum view_direction)i;
		match_build(&v.tap[i].match, rules, 6, i == VIEW_BY_MAC);
	}
	return &v;
}

static void check(const struct burst *b, const struct bank *bank, uint32_t tap)
{
	const struct heads *h = &b->heads;
	struct frame f;
	uint64_t packets = 0, l2_bytes = 0;

	for (uint32_t i = 0; i < bank->n_slots; i++) {
		packets += bank->slot[i].count.packets;
		l2_bytes += bank->slot[i].count.l2_bytes;
	}
	FUZZ_CHECK(packets == 1 && l2_bytes == b->wire[0]);
	FUZZ_CHECK(bank->tap[tap].packets == 1 && bank->tap[tap].l2_bytes == b->wire[0]);
	frame_read(b->data[0], b->data[0] + b->captured[0], b->wire[0], &f);
	FUZZ_CHECK(f.l3_bytes <= b->wire[0] && (f.family == FAMILY_OTHER) == !f.l3_bytes);
	FUZZ_CHECK(!f.malformed || f.family == FAMILY_OTHER);
	FUZZ_CHECK(!f.truncated || b->slot[0] == tap);
	FUZZ_CHECK(h->outer[0] == f.outer && h->inner[0] == f.inner && h->family[0] == f.family);
	FUZZ_CHECK(h->l3_bytes[0] == f.l3_bytes && h->dscp[0] == f.dscp);
	FUZZ_CHECK((f.family == FAMILY_OTHER || h->l3[0] == f.l3) && h->malformed == f.malformed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct view *view;
	static struct bank *bank;
	static struct burst b;
	uint8_t *frame;
	uint32_t tap;

	if (!view) {
		view = make_view();
		bank = bank_new(&view->layout);
	}
	if (size < 3)
		return 0;
	tap = data[0] % 3;
	frame = malloc(size - 3 ? size - 3 : 1);
	FUZZ_CHECK(frame);
	memcpy(frame, data + 3, size - 3);
	b.n = 1;
	b.data[0] = frame;
	b.captured[0] = (uint32_t)size - 3;
	b.wire[0] = b.captured[0] + (uint32_t)(data[1] | data[2] << 8);
	bank_clear(bank);
	burst_classify(&b, view, bank, tap);
	burst_count(&b, bank, tap);
	check(&b, bank, tap);
	free(frame);
	return 0;
}
