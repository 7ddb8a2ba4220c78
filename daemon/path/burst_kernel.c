/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The steps of the frame's path (burst.h), compiled once for each instruction set, with BURST_KERNEL its
 * name. Steps are loops over the burst without a branch that depends on the traffic; what
 * is rare leaves them by a mask of its frames and is done one by one.
 */
#include "burst.h"

#include <string.h>

/* The compiler keeps the order of stores to the bank: bank_settle() relies on it after a kill. */
#define IN_THIS_ORDER() __asm__ volatile("" ::: "memory")

typedef uint64_t slot_vector __attribute__((vector_size(32), may_alias));

/* What step 2 finds, besides the slots; bit i: frame i. */
struct found {
	uint32_t four, six; /* has a peering, and a far end to look up */
	uint32_t egress;
};

/* The far ends of a burst, by family: collected first, so that their lookups overlap in memory. */
struct far_ends {
	uint32_t n4, n6;
	uint8_t frame4[BURST_MAX], frame6[BURST_MAX];
	uint32_t address4[BURST_MAX];
	uint64_t high6[BURST_MAX], low6[BURST_MAX];
};

static inline uint32_t load32(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return __builtin_bswap32(v);
}

static inline uint64_t load64(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return __builtin_bswap64(v);
}

static inline uint32_t bit(uint32_t i)
{
	return UINT32_C(1) << i;
}

/* Contract section 2.3: the side (layout.h), or MATCH_NONE. */
static uint32_t side_of(const struct view_tap *tap, const struct heads *h, uint32_t i, const uint8_t *data)
{
	const uint8_t *destination = data, *source = data + 6;
	uint16_t outer = (uint16_t)h->outer[i], inner = (uint16_t)h->inner[i];
	uint32_t peering;

	if (tap->direction != VIEW_EGRESS) {
		peering = match_find(&tap->match, outer, inner, source);
		if (peering != MATCH_NONE)
			return layout_side(peering, DIRECTION_INGRESS);
	}
	if (tap->direction != VIEW_INGRESS) {
		peering = match_find(&tap->match, outer, inner, destination);
		if (peering != MATCH_NONE)
			return layout_side(peering, DIRECTION_EGRESS);
	}
	return MATCH_NONE;
}

/* Step 1: headers. */
LANES_INLINE void burst_read(struct burst *b)
{
	for (uint32_t i = b->n; i < BURST_MAX; i++)
		b->captured[i] = b->wire[i] = 0;
	heads_read(&b->heads, b->data, b->captured, b->wire, b->n);
}

/* What step 2 leaves: a frame whose peering depends on more than its outer VID, or that is too short. */
static void match_one(struct burst *b, const struct view *view, uint32_t tap, uint32_t i, struct found *f)
{
	const struct layout *l = &view->layout;
	const struct heads *h = &b->heads;
	uint32_t side = MATCH_NONE;

	if (!(h->truncated & bit(i)))
		side = side_of(&view->tap[tap], h, i, b->data[i]);
	if (side == MATCH_NONE) {
		b->slot[i] = tap;
		f->four &= ~bit(i);
		f->six &= ~bit(i);
		return;
	}
	b->slot[i] = layout_side_base(l, side) +
		     (h->family[i] == FAMILY_OTHER ? l->cells_per_side - 1 : h->family[i] * l->n_cos);
	f->egress &= ~bit(i);
	f->egress |= side % DIRECTIONS << i;
}

/* Step 2: peering and direction; the slot but for class and CoS. */
LANES_INLINE void burst_match(struct burst *b, const struct view *view, uint32_t tap, struct found *f)
{
	const struct layout *l = &view->layout;
	const struct view_tap *vt = &view->tap[tap];
	const struct heads *h = &b->heads;
	const uint32_t egress = vt->direction == VIEW_EGRESS;
	uint32_t peering[BURST_MAX], slow = h->truncated;

	*f = (struct found){ .egress = -egress };
	for (uint32_t i = 0; i < BURST_MAX; i++)
		peering[i] = vt->match.direct[h->outer[i]];
	for (uint32_t i = 0; i < BURST_MAX; i += LANES) {
		lanes p = lanes_load(peering + i), family = lanes_load(h->family + i);
		lanes other = lanes_equal(family, FAMILY_OTHER), none = lanes_equal(p, MATCH_NONE);
		lanes cell = lanes_select(other, (lanes){ 0 } + (l->cells_per_side - 1), family * l->n_cos);
		lanes slot = (p * DIRECTIONS + egress) * l->cells_per_side + l->n_taps + cell;

		lanes_store(b->slot + i, lanes_select(none, (lanes){ 0 } + tap, slot));
		f->four |= lanes_bits(~none & lanes_equal(family, FAMILY_IPV4)) << i;
		f->six |= lanes_bits(~none & lanes_equal(family, FAMILY_IPV6)) << i;
		slow |= lanes_bits(lanes_equal(p, MATCH_DEEP)) << i;
	}
	for (slow &= heads_all(b->n); slow; slow &= slow - 1)
		match_one(b, view, tap, (uint32_t)__builtin_ctz(slow), f);
}

/* Step 3, first half: contract section 2.5, the far end is the destination on ingress, the source on egress. */
LANES_INLINE void burst_far_ends(
	const struct burst *b, const struct view *view, const struct found *f, struct far_ends *e)
{
	e->n4 = e->n6 = 0;
	for (uint32_t four = f->four; four; four &= four - 1) {
		uint32_t i = (uint32_t)__builtin_ctz(four), address;

		address = load32(b->data[i] + b->heads.l3[i] + 16 - 4 * (f->egress >> i & 1));
		__builtin_prefetch(&view->lpm4.by24[address >> 8]);
		e->frame4[e->n4] = (uint8_t)i;
		e->address4[e->n4++] = address;
	}
	for (uint32_t six = f->six; six; six &= six - 1) {
		uint32_t i = (uint32_t)__builtin_ctz(six);
		const uint8_t *a = b->data[i] + b->heads.l3[i] + 24 - 16 * (f->egress >> i & 1);

		e->frame6[e->n6] = (uint8_t)i;
		e->high6[e->n6] = load64(a);
		e->low6[e->n6] = load64(a + 8);
		__builtin_prefetch(&view->lpm6.root[e->high6[e->n6++] >> 48]);
	}
}

/* Step 3, second half: class and CoS. */
LANES_INLINE void burst_lookup(struct burst *b, const struct view *view, const struct far_ends *e)
{
	const uint32_t per_value = 2 * view->layout.n_cos;
	uint16_t value6[BURST_MAX];

	for (uint32_t k = 0; k < e->n4; k++) {
		uint32_t i = e->frame4[k];

		b->slot[i] += lpm4_find(&view->lpm4, e->address4[k]) * per_value + view->cos[b->heads.dscp[i]];
	}
	lpm6_find_bulk(&view->lpm6, e->high6, e->low6, value6, e->n6);
	for (uint32_t k = 0; k < e->n6; k++) {
		uint32_t i = e->frame6[k];

		b->slot[i] += value6[k] * per_value + view->cos[b->heads.dscp[i]];
	}
}

static void classify(struct burst *b, const struct view *view, uint32_t tap)
{
	struct far_ends e;
	struct found f;

	burst_read(b);
	burst_match(b, view, tap, &f);
	burst_far_ends(b, view, &f, &e);
	burst_lookup(b, view, &e);
}

/* A slot takes one load, one addition and one store. */
static void count(const struct burst *b, struct bank *bank, uint32_t tap)
{
	struct bank_tap *t = &bank->tap[tap];
	uint64_t l2_bytes = 0;

	bank->head->tap_in_hand = tap;
	IN_THIS_ORDER();
	for (uint32_t i = 0; i < b->n; i++) {
		slot_vector *slot = (slot_vector *)&bank->slot[b->slot[i]];

		*slot += (slot_vector){ 1, b->wire[i], b->heads.l3_bytes[i], 0 };
		l2_bytes += b->wire[i];
	}
	IN_THIS_ORDER();
	t->packets += b->n;
	t->l2_bytes += l2_bytes;
	t->malformed += (uint32_t)__builtin_popcount(b->heads.malformed);
	IN_THIS_ORDER();
}

#ifdef BURST_KERNEL
#define TEXT_OF(name)	 #name
#define TEXT(name)	 TEXT_OF(name)
#define SYMBOL_OF(name)	 burst_kernel_##name
#define SYMBOL(name)	 SYMBOL_OF(name)
extern const struct burst_kernel SYMBOL(BURST_KERNEL);
const struct burst_kernel SYMBOL(BURST_KERNEL) = { TEXT(BURST_KERNEL), classify, count };
#endif
