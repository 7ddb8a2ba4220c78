/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The steps of the frame's path (burst.h), compiled once for each instruction set, with BURST_KERNEL its
 * name. Steps are loops over the burst without a branch that depends on the traffic; what
 * is rare leaves them by a mask of its frames and is done one by one.
 */
#include "burst.h"

#include <string.h>

#include "lpm6_burst.h"

/* The compiler keeps the order of stores to the bank: bank_settle() relies on it after a kill. */
#define IN_THIS_ORDER() __asm__ volatile("" ::: "memory")

typedef uint64_t slot_vector __attribute__((vector_size(32), may_alias));

/* What step 2 finds, besides the slots. */
struct found {
	frame_set four, six;	     /* these have a peering and a far end */
	uint32_t far_end[BURST_MAX]; /* offset of its address */
};

/* The far ends of a burst, by family: collected first, so that their lookups overlap in memory. */
struct far_ends {
	uint32_t n4, n6;
	uint8_t frame4[BURST_MAX], frame6[BURST_MAX];
	uint32_t address4[BURST_MAX];
	uint64_t high6[BURST_MAX], low6[BURST_MAX];
	uint32_t entry6[BURST_MAX]; /* as far as it is known: lpm6_burst.h */
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

/* Contract section 2.5: the far end is the destination on ingress, the source on egress. Offset in the IP
 * header. */
static inline uint32_t address_at(enum family family, enum direction d)
{
	static const uint8_t at[2][DIRECTIONS] = {
		[FAMILY_IPV4] = { [DIRECTION_INGRESS] = 16, [DIRECTION_EGRESS] = 12 },
		[FAMILY_IPV6] = { [DIRECTION_INGRESS] = 24, [DIRECTION_EGRESS] = 8 },
	};

	return at[family][d];
}

/* What step 2 leaves: a frame whose peering depends on more than its outer VID, or that is too short. */
static void match_one(struct burst *b, const struct view *view, uint32_t tap, uint32_t i, struct found *f)
{
	const struct layout *l = &view->layout;
	const struct heads *h = &b->heads;
	enum family family = (enum family)h->family[i];
	uint32_t side = MATCH_NONE;

	if (!(h->truncated & frame_set_of(i)))
		side = side_of(&view->tap[tap], h, i, b->data[i]);
	if (side == MATCH_NONE) {
		b->slot[i] = tap;
		f->four &= ~frame_set_of(i);
		f->six &= ~frame_set_of(i);
	} else if (family == FAMILY_OTHER) {
		b->slot[i] = layout_side_base(l, side) + l->cells_per_side - 1;
	} else {
		b->slot[i] = layout_side_base(l, side) + family * l->n_cos;
		f->far_end[i] = h->l3[i] + address_at(family, (enum direction)(side % DIRECTIONS));
	}
}

/* Step 2: peering and direction; the slot but for class and CoS. */
LANES_INLINE void burst_match(struct burst *b, const struct view *view, uint32_t tap, struct found *f)
{
	const struct layout *l = &view->layout;
	const struct view_tap *vt = &view->tap[tap];
	const struct heads *h = &b->heads;
	const enum direction d = vt->direction == VIEW_EGRESS ? DIRECTION_EGRESS : DIRECTION_INGRESS;
	const lanes zero = { 0 }, at4 = zero + address_at(FAMILY_IPV4, d), at6 = zero + address_at(FAMILY_IPV6, d);
	uint32_t peering[BURST_MAX];
	frame_set slow = h->truncated;

	f->four = f->six = 0;
	for (uint32_t i = 0; i < BURST_MAX; i++)
		peering[i] = vt->match.direct[h->outer[i]];
	for (uint32_t i = 0; i < BURST_MAX; i += LANES) {
		lanes p = lanes_load(peering + i), family = lanes_load(h->family + i);
		lanes other = lanes_equal(family, FAMILY_OTHER), six = lanes_equal(family, FAMILY_IPV6);
		lanes none = lanes_equal(p, MATCH_NONE);
		lanes cell = lanes_select(other, zero + (l->cells_per_side - 1), family * l->n_cos);
		lanes slot = (p * DIRECTIONS + (uint32_t)d) * l->cells_per_side + l->n_taps + cell;

		lanes_store(b->slot + i, lanes_select(none, zero + tap, slot));
		lanes_store(f->far_end + i, lanes_load(h->l3 + i) + lanes_select(six, at6, at4));
		f->four |= (frame_set)lanes_bits(~(none | six | other)) << i;
		f->six |= (frame_set)lanes_bits(~none & six) << i;
		slow |= (frame_set)lanes_bits(lanes_equal(p, MATCH_DEEP)) << i;
	}
	for (slow &= frame_set_all(b->n); slow;)
		match_one(b, view, tap, frame_set_next(&slow), f);
}

/* Step 3: what to look up; the first lines of the tables are asked for. */
LANES_INLINE void burst_far_ends(
	const struct burst *b, const struct view *view, const struct found *f, struct far_ends *e)
{
	uint32_t n4 = 0, n6 = 0;

	for (frame_set six = f->six; six; n6++) {
		uint32_t i = frame_set_next(&six);
		const uint8_t *address = b->data[i] + f->far_end[i];

		e->frame6[n6] = (uint8_t)i;
		e->high6[n6] = load64(address);
		e->low6[n6] = load64(address + 8);
		e->entry6[n6] = lpm6_burst_first(&view->lpm6, e->high6[n6]);
	}
	for (frame_set four = f->four; four; n4++) {
		uint32_t i = frame_set_next(&four);

		e->frame4[n4] = (uint8_t)i;
		e->address4[n4] = load32(b->data[i] + f->far_end[i]);
		__builtin_prefetch(&view->lpm4.by24[e->address4[n4] >> 8]);
	}
	e->n4 = n4;
	e->n6 = n6;
}

/* Where a frame with value `value` is counted, from its first slot on. */
LANES_INLINE void place(
	struct burst *b, const struct view *view, const struct bank_slot *slot, uint32_t i, uint32_t value)
{
	b->slot[i] += value * 2 * view->layout.n_cos + view->cos[b->heads.dscp[i]];
	__builtin_prefetch(&slot[b->slot[i]], 1);
}

/* Step 4: class and CoS. */
LANES_INLINE void burst_lookup(
	struct burst *b, const struct view *view, const struct bank *bank, struct far_ends *e)
{
	const struct bank_slot *const slot = bank->slot;

	for (uint32_t k = 0; k < e->n6; k++)
		e->entry6[k] = lpm6_burst_inner(&view->lpm6, e->entry6[k], e->high6[k]);
	for (uint32_t k = 0; k < e->n4; k++)
		place(b, view, slot, e->frame4[k], lpm4_find(&view->lpm4, e->address4[k]));
	for (uint32_t k = 0; k < e->n6; k++)
		place(b, view, slot, e->frame6[k],
			lpm6_burst_leaf(&view->lpm6, e->entry6[k], e->high6[k], e->low6[k]));
}

static void classify(struct burst *b, const struct view *view, const struct bank *bank, uint32_t tap)
{
	struct far_ends e;
	struct found f;

	burst_read(b);
	burst_match(b, view, tap, &f);
	burst_far_ends(b, view, &f, &e);
	burst_lookup(b, view, bank, &e);
}

/* A slot takes one load, one addition and one store. When the slot is that of the frame before, as it often is,
 * its value is still at hand: loading it again would wait for the store. */
static void count(const struct burst *b, struct bank *bank, uint32_t tap)
{
	struct bank_tap *t = &bank->tap[tap];
	struct bank_slot *const slot = bank->slot;
	const uint32_t n = b->n;
	slot_vector nothing = { 0 }, sum = { 0 };
	const slot_vector *last = NULL;
	uint64_t l2_bytes = 0;

	bank->head->tap_in_hand = tap;
	IN_THIS_ORDER();
	for (uint32_t i = 0; i < n; i++) {
		slot_vector *at = (slot_vector *)&slot[b->slot[i]];
		uint64_t wire = b->wire[i], again = at == last ? UINT64_MAX : 0;

		sum = (sum & again) + *(again ? &nothing : at) + (slot_vector){ 1, wire, b->heads.l3_bytes[i], 0 };
		*at = sum;
		last = at;
		l2_bytes += wire;
	}
	IN_THIS_ORDER();
	t->packets += n;
	t->l2_bytes += l2_bytes;
	t->malformed += (uint32_t)__builtin_popcountll(b->heads.malformed);
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
