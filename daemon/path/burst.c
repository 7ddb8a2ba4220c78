/* SPDX-License-Identifier: BSD-3-Clause */
#include "burst.h"

#include <string.h>

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && \
	!defined(__SANITIZE_THREAD__) /* its runtime is not up when versions are chosen */
#define MULTIVERSION __attribute__((target_clones("arch=skylake-avx512", "arch=haswell", "default")))
#else
#define MULTIVERSION
#endif

/* The compiler keeps the order of stores to the bank: bank_settle() relies on it after a kill. */
#define IN_THIS_ORDER() __asm__ volatile("" ::: "memory")

typedef uint64_t slot_vector __attribute__((vector_size(32), may_alias));

/* Where a frame's far end is looked up, by family: collected first, so that the lookups of a burst overlap
 * in memory. */
struct lookups {
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

/* Contract section 2.3: the side (layout.h), or MATCH_NONE. */
static inline uint32_t side_of(const struct view_tap *tap, const struct frame *f, const uint8_t *data)
{
	const uint8_t *destination = data, *source = data + 6;
	uint32_t peering;

	if (tap->direction != VIEW_BY_MAC) {
		enum direction d = (enum direction)tap->direction;

		peering = match_find(&tap->match, f->outer, f->inner,
			d == DIRECTION_INGRESS ? source : destination);
		return peering == MATCH_NONE ? MATCH_NONE : layout_side(peering, d);
	}
	peering = match_find(&tap->match, f->outer, f->inner, source);
	if (peering != MATCH_NONE)
		return layout_side(peering, DIRECTION_INGRESS);
	peering = match_find(&tap->match, f->outer, f->inner, destination);
	return peering == MATCH_NONE ? MATCH_NONE : layout_side(peering, DIRECTION_EGRESS);
}

/* Contract section 2.5: the far end is the destination on ingress, the source on egress. */
static inline void want_lookup(
	struct lookups *l, const struct view *view, const struct burst *b, uint32_t i, uint32_t side)
{
	const struct frame *f = &b->frame[i];
	const uint8_t *ip = b->data[i] + f->l3;
	bool egress = side % DIRECTIONS == DIRECTION_EGRESS;

	if (f->family == FAMILY_IPV4) {
		l->frame4[l->n4] = (uint8_t)i;
		l->address4[l->n4] = load32(ip + (egress ? 12 : 16));
		__builtin_prefetch(&view->lpm4.by24[l->address4[l->n4] >> 8]);
		l->n4++;
	} else {
		const uint8_t *a = ip + (egress ? 8 : 24);

		l->frame6[l->n6] = (uint8_t)i;
		l->high6[l->n6] = load64(a);
		l->low6[l->n6] = load64(a + 8);
		__builtin_prefetch(&view->lpm6.root[l->high6[l->n6] >> 48]);
		l->n6++;
	}
}

/* Step 1: headers. */
static inline void burst_read(struct burst *b)
{
	for (uint32_t i = 0; i < b->n; i++)
		frame_read(b->data[i], b->data[i] + b->captured[i], b->wire[i], &b->frame[i]);
}

/* Step 2: peering and direction; the slot but for the class. */
static inline void burst_match(
	struct burst *b, const struct view *view, uint32_t tap, struct lookups *want)
{
	const struct layout *layout = &view->layout;
	const struct view_tap *vt = &view->tap[tap];

	want->n4 = want->n6 = 0;
	for (uint32_t i = 0; i < b->n; i++) {
		const struct frame *f = &b->frame[i];
		uint32_t side = MATCH_NONE;

		if (!f->truncated)
			side = side_of(vt, f, b->data[i]);
		if (side == MATCH_NONE) {
			b->slot[i] = tap;
		} else if (f->family == FAMILY_OTHER) {
			b->slot[i] = layout_side_base(layout, side) + layout->cells_per_side - 1;
		} else {
			b->slot[i] = layout_side_base(layout, side) + f->family * layout->n_cos +
				     view->cos[f->dscp];
			want_lookup(want, view, b, i, side);
		}
	}
}

/* Step 3: the class. */
static inline void burst_lookup(struct burst *b, const struct view *view, const struct lookups *want)
{
	const uint32_t per_value = 2 * view->layout.n_cos;
	uint16_t value6[BURST_MAX];

	for (uint32_t k = 0; k < want->n4; k++)
		b->slot[want->frame4[k]] += lpm4_find(&view->lpm4, want->address4[k]) * per_value;
	lpm6_find_bulk(&view->lpm6, want->high6, want->low6, value6, want->n6);
	for (uint32_t k = 0; k < want->n6; k++)
		b->slot[want->frame6[k]] += value6[k] * per_value;
}

MULTIVERSION void burst_classify(struct burst *b, const struct view *view, uint32_t tap)
{
	struct lookups want;

	burst_read(b);
	burst_match(b, view, tap, &want);
	burst_lookup(b, view, &want);
}

/* Compiled for the machine at hand: with AVX2 a slot takes one load, one addition and one store. */
MULTIVERSION void burst_count(const struct burst *b, struct bank *bank, uint32_t tap)
{
	struct bank_tap *t = &bank->tap[tap];
	uint64_t l2_bytes = 0, malformed = 0;

	bank->head->tap_in_hand = tap;
	IN_THIS_ORDER();
	for (uint32_t i = 0; i < b->n; i++) {
		const struct frame *f = &b->frame[i];
		slot_vector *slot = (slot_vector *)&bank->slot[b->slot[i]];

		*slot += (slot_vector){ 1, f->l2_bytes, f->l3_bytes, 0 };
		l2_bytes += b->wire[i];
		malformed += f->malformed;
	}
	IN_THIS_ORDER();
	t->packets += b->n;
	t->l2_bytes += l2_bytes;
	t->malformed += malformed;
	IN_THIS_ORDER();
}
