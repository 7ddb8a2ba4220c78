/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The meter in the kernel: frame -> slot -> bank, contract section 2 to the letter. Headers are read by
 * include/transitd/frame.h, as for every other tap; matching and prefixes follow the tables of daemon/path/
 * (match.h, lpm4.h, lpm6.h) as they are. An XDP program counts what a port receives; a program at tc counts
 * what a port sends, and what it receives where the driver has no native XDP.
 *
 * Every way through ends in count(). Nothing is written but the two elements of the running CPU's part of
 * the bank; softirqs are off, so no other program of this CPU comes between.
 *
 * The functions without `static` are checked by the verifier once, on their own, whatever their arguments.
 */
#include <linux/bpf.h>
#include <linux/pkt_cls.h>

#include <bpf/bpf_helpers.h>

#include "maps.h"

#include "lpm4.h"
#include "lpm6.h"
#include "transitd/frame.h"
#include "view.h"

#define DEEPEST 32 /* nodes from the IPv6 root to a value: four times a leaf, and inner nodes over it */

char meter_license[] SEC("license") = "GPL"; /* the helpers that read frames ask for it; the source is BSD */

/* The frame as this side of the port sees it. */
struct seen {
	const uint8_t *start, *end;
	uint32_t wire; /* bytes, without the tag beside it */
	struct frame_tag beside;
};

struct verdict {
	struct frame frame;
	uint32_t slot;
};

static __always_inline const void *page_at(uint32_t number)
{
	return bpf_map_lookup_elem(&view, &number);
}

/* Without it the compiler masks the parts of an index before it puts them together, where verifiers before 6.3 do
 * not see the bounds of the whole. */
#define WHOLE(index) asm volatile("" : "+r"(index))

/* Tables of 16 and 32 bit: element `i` of the one that begins at page `first`. */
static __always_inline uint32_t table16(uint32_t first, uint32_t i)
{
	const uint16_t *page = page_at(first + (i >> 11));

	WHOLE(i);
	return page ? page[i & 2047] : 0;
}

static __always_inline uint32_t table32(uint32_t first, uint32_t i)
{
	const uint32_t *page = page_at(first + (i >> 10));

	WHOLE(i);
	return page ? page[i & 1023] : 0;
}

/* struct match: the keys that occur, from the most to the least specific. */
__noinline uint32_t match_in_view(uint32_t outer, uint32_t inner, uint64_t mac)
{
	for (uint32_t i = 0; i < MATCH_SHAPES; i++) {
		uint32_t shape = settings.shape[i], vlan = match_vlan(shape, outer & 0xfff, inner & 0xfff);
		uint64_t want = match_looks_mac(shape) ? mac : 0;
		uint32_t at = match_hash(vlan, want);

		if (i >= settings.n_shapes)
			break;
		for (uint32_t k = 0; k < METER_MAX_PROBES; k++) {
			uint32_t n = (at + k) & settings.match_mask;
			const struct match_entry *e = page_at(settings.match_page + (n >> 8));

			if (!e)
				break;
			e += n & 255;
			if (e->vlan == vlan && e->mac == want)
				return e->peering;
			if (!e->vlan)
				break;
		}
	}
	return MATCH_NONE;
}

static __always_inline uint32_t find4(uint32_t address)
{
	uint32_t entry = table16(settings.by24_4, address >> 8), block;

	if (!(entry & LPM4_BLOCK))
		return entry;
	block = table32(settings.base_4, address >> 16) + (entry & ~LPM4_BLOCK);
	return table16(settings.block_4, block << 8 | (address & 255));
}

/* How many of the `n` numbers are below the key: lpm6_child() and lpm6_range() two at a time. The guard over each
 * number survives the subtraction of the key where the number is not below it. */
static __always_inline uint32_t below(const uint32_t *last, uint32_t n, uint64_t key)
{
	uint64_t keys = (key & ~(uint64_t)LPM6_GUARD) << 32 | (key & ~(uint64_t)LPM6_GUARD), not_below = 0;

	for (uint32_t i = 0; i + 1 < n; i += 2)
		not_below += (*(const uint64_t *)(last + i) - keys) >> 31 & 0x100000001;
	not_below += not_below >> 32;
	if (n % 2)
		not_below += (last[n - 1] - (uint32_t)keys) >> 31;
	return n - (not_below & 31);
}

static __always_inline uint32_t range6(const struct lpm6_leaf *n, uint32_t key)
{
	uint32_t at = below(n->last, LPM6_RANGES - 1, key), entry;

	if (at >= LPM6_RANGES)
		return 0; /* never */
	entry = n->entry[at];
	return entry & LPM6_DEEPER ? table32(settings.deeper_6, n->deeper + (entry & ~LPM6_DEEPER)) : entry;
}

/* lpm6_step(): one node down from `e`. */
static __always_inline uint32_t step6(uint32_t e, uint32_t key)
{
	const union lpm6_node *n = page_at(settings.node_6 + ((e & LPM6_INDEX) >> 6));

	if (!n)
		return 0;
	n += e & 63;
	if (e & LPM6_INNER)
		return n->inner.first + below(n->inner.last, LPM6_FANOUT - 1, key);
	return range6(&n->leaf, key);
}

/* The address, less the bits that have been looked at. */
struct rest {
	uint64_t high, low;
};

static __always_inline void shift(struct rest *r, uint32_t bits)
{
	r->high = r->high << bits | r->low >> (64 - bits);
	r->low <<= bits;
}

/* Apart, so that the verifier reads a step once, and not for each way in which nodes may follow each other. */
__noinline uint32_t deep_step6(uint32_t e, uint32_t key)
{
	return step6(e, key);
}

__noinline uint32_t deep6(uint32_t e, uint64_t high, uint64_t low)
{
	struct rest r = { high, low };

	for (int i = 0; i < DEEPEST && e & LPM6_NODE; i++) {
		uint32_t leaf = e & LPM6_LEAF;

		e = deep_step6(e, (uint32_t)(r.high >> (64 - LPM6_BITS)));
		if (leaf)
			shift(&r, LPM6_BITS);
	}
	return e;
}

/* Nearly all of the Internet's addresses need no more than an inner node and a leaf: these two without a call, which
 * was measured to cost (docs/taps.md). */
static __always_inline uint32_t find6(uint64_t high, uint64_t low)
{
	uint32_t table = table32(settings.root_6, (uint32_t)(high >> 48));
	uint32_t e = table32(settings.table_6, table << 8 | ((uint32_t)(high >> 40) & 255));
	struct rest r = { high, low };

	shift(&r, LPM6_DEPTH);
	if (e & LPM6_INNER)
		e = step6(e, (uint32_t)(r.high >> (64 - LPM6_BITS)));
	if (e & LPM6_LEAF) {
		e = step6(e, (uint32_t)(r.high >> (64 - LPM6_BITS)));
		shift(&r, LPM6_BITS);
	}
	return e & LPM6_NODE ? deep6(e, r.high, r.low) : e;
}

static __always_inline uint32_t peering_of(const struct frame *f, const uint8_t *mac)
{
	uint32_t vid = f->outer, peering;

	WHOLE(vid);
	peering = direct[vid & (MATCH_VIDS - 1)];
	if (peering != MATCH_DEEP)
		return peering;
	return match_in_view(f->outer, f->inner, match_mac(mac));
}

/* Contract section 2.3: layout_side(), or MATCH_NONE. */
static __always_inline uint32_t side_of(const struct frame *f, const uint8_t *start)
{
	const uint8_t *destination = start, *source = start + 6;
	uint32_t peering;

	if (settings.direction != DIRECTION_EGRESS) {
		peering = peering_of(f, source);
		if (peering != MATCH_NONE)
			return peering * DIRECTIONS + DIRECTION_INGRESS;
	}
	if (settings.direction != DIRECTION_INGRESS) {
		peering = peering_of(f, destination);
		if (peering != MATCH_NONE)
			return peering * DIRECTIONS + DIRECTION_EGRESS;
	}
	return MATCH_NONE;
}

/* Contract section 2.5: the value of the far end, destination on ingress, source on egress. */
static __always_inline uint32_t value_of(
	const struct frame *f, const struct seen *s, uint32_t direction)
{
	const uint8_t *ip = s->start + f->l3;

	if (f->l3 > FRAME_HEAD - 40) /* never; the verifier has lost sight of it */
		return 0;
	if (f->family == FAMILY_IPV4) {
		if (ip + 20 > s->end)
			return 0;
		ip += direction == DIRECTION_EGRESS ? 12 : 16;
		return find4(__builtin_bswap32(*(const uint32_t *)ip));
	}
	if (ip + 40 > s->end)
		return 0;
	ip += direction == DIRECTION_EGRESS ? 8 : 24;
	return find6(__builtin_bswap64(*(const uint64_t *)ip), __builtin_bswap64(*(const uint64_t *)(ip + 8)));
}

/* layout.h: the one slot of the frame. */
static __always_inline uint32_t slot_of(const struct frame *f, const struct seen *s)
{
	uint32_t side = MATCH_NONE, base, dscp = f->dscp;

	if (!f->truncated && s->start + FRAME_MIN <= s->end)
		side = side_of(f, s->start);
	if (side == MATCH_NONE)
		return settings.tap;
	base = settings.n_taps + side * settings.cells_per_side;
	if (f->family == FAMILY_OTHER)
		return base + settings.cells_per_side - 1;
	WHOLE(dscp);
	return base + (value_of(f, s, side % DIRECTIONS) * 2 + f->family) * settings.n_cos +
	       settings.cos[dscp & 63];
}

static __always_inline void classify(const struct seen *s, struct verdict *v)
{
	frame_read_tagged(s->start, s->end, s->wire, s->beside, &v->frame);
	v->slot = slot_of(&v->frame, s);
}

/* What passed at once: one frame, or a super-frame that is several on the wire. */
struct amount {
	uint32_t packets;
	uint64_t l2_bytes, l3_bytes;
};

static __always_inline void count(const struct verdict *v, const struct amount *a)
{
	uint32_t zero = 0, cpu = bpf_get_smp_processor_id() * settings.stride;
	uint32_t tap_at = cpu + settings.tap, slot_at = cpu + settings.slots + v->slot;
	void *bank = bpf_map_lookup_elem(&banks, &zero);
	union meter_cell *tap, *slot;

	if (!bank)
		return;
	tap = bpf_map_lookup_elem(bank, &tap_at);
	slot = bpf_map_lookup_elem(bank, &slot_at);
	if (!tap || !slot)
		return;
	tap->tap.packets += a->packets;
	tap->tap.l2_bytes += a->l2_bytes;
	tap->tap.malformed += v->frame.malformed ? a->packets : 0;
	slot->slot.count.packets += a->packets;
	slot->slot.count.l2_bytes += a->l2_bytes;
	slot->slot.count.l3_bytes += a->l3_bytes;
}

static __always_inline void count_one(const struct verdict *v)
{
	count(v, &(struct amount){ 1, v->frame.l2_bytes, v->frame.l3_bytes });
}

/* 1 to the size of a head, in a form that verifiers see. */
static __always_inline uint32_t head_size(uint32_t wire)
{
	uint32_t before_last = (wire < FRAME_HEAD ? wire : FRAME_HEAD) - 1;

	WHOLE(before_last);
	return (before_last & (sizeof(struct meter_head) - 1)) + 1;
}

/* Apart, for the verifier reads the whole path anew for this memory. */
static __noinline int classify_head(const struct meter_head *h, uint32_t wire, uint32_t vid, struct verdict *v)
{
	const struct seen s = {
		.start = h->bytes,
		.end = h->bytes + head_size(wire),
		.wire = wire,
		.beside = { .present = vid != UINT32_MAX, .vid = (uint16_t)vid },
	};

	classify(&s, v);
	return 0;
}

static __always_inline struct meter_head *head(void)
{
	uint32_t zero = 0;

	return bpf_map_lookup_elem(&heads, &zero);
}

static __always_inline int meter_received(struct xdp_md *x, struct frame_tag beside)
{
	const struct seen s = {
		.start = (void *)(long)x->data,
		.end = (void *)(long)x->data_end,
		.wire = settings.frags ? bpf_xdp_get_buff_len(x) : (uint32_t)(x->data_end - x->data),
		.beside = beside,
	};

	if (settings.frags && s.wire > s.end - s.start && s.end - s.start < FRAME_HEAD) {
		struct meter_head *h = head();
		struct verdict in_pieces;

		if (!h)
			return XDP_PASS;
		bpf_xdp_load_bytes(x, 0, h, head_size(s.wire));
		classify_head(h, s.wire, beside.present ? beside.vid : UINT32_MAX, &in_pieces);
		count_one(&in_pieces);
	} else {
		struct verdict v; /* of which nobody has the address: it stays in registers */

		classify(&s, &v);
		count_one(&v);
	}
	return settings.consume ? XDP_DROP : XDP_PASS;
}

SEC("xdp")
int meter_xdp(struct xdp_md *x)
{
	return meter_received(x, (struct frame_tag){ .present = false });
}

/* The same, bound to a device whose driver takes the outer tag out and tells it (kernel 6.8). */
extern int bpf_xdp_metadata_rx_vlan_tag(const struct xdp_md *x, uint16_t *protocol, uint16_t *tci) __ksym __weak;

/* Never true, which the verifier knows: it takes out what depends on it, after memory was set aside for it. */
const volatile bool never = false;

SEC("xdp")
int meter_xdp_vlan(struct xdp_md *x)
{
	struct frame_tag beside = { .present = false };
	uint16_t protocol, tci;

	if (never) /* room to grow in: see stays_in_place() of xdp_program.c */
		asm volatile(".rept 512; r0 = 0; .endr" : : : "r0");
	if (!bpf_xdp_metadata_rx_vlan_tag(x, &protocol, &tci))
		beside = (struct frame_tag){ .present = true, .vid = tci & 0xfff };
	return meter_received(x, beside);
}

#define PROTOCOL_HOP_BY_HOP 0
#define PROTOCOL_TCP	    6
#define PROTOCOL_UDP	    17
#define PROTOCOL_SCTP	    132
#define LEGACY_MAX	    65536  /* bytes of a super-frame with a length in its IP header */
#define SIZE_BY_FRAGS	    0xffff /* gso_size: the frames are of any size, and counted */

/* What a super-frame and its frames on the wire do not share. */
struct fold {
	uint32_t header; /* bytes that each frame repeats: those up to the payload */
	uint32_t jumbo;	 /* bytes behind the IPv6 header that no frame has */
};

/* IPv6 super-frames beyond 64 KiB (BIG TCP) tell their length in a jumbo payload option (RFC 2675), which the kernel
 * takes out again when it cuts them: 8 bytes. */
static __always_inline bool is_jumbo(const struct __sk_buff *skb, uint32_t off)
{
	uint8_t b[4];

	return skb->len > LEGACY_MAX && !bpf_skb_load_bytes(skb, off, b, 4) && b[0] == PROTOCOL_TCP && b[1] == 0 &&
	       b[2] == 0xc2 && b[3] == 4;
}

/* Headers up to the payload of TCP, UDP or SCTP, or (tunnels, what is not IP) what the kernel has found, which it
 * tells by the bytes on the wire. */
static __always_inline struct fold fold_of(const struct __sk_buff *skb, const struct frame *f)
{
	uint32_t off = f->l3, protocol = 0;
	struct fold fold = { 0 };
	uint8_t b[4];

	if (f->family == FAMILY_IPV4) {
		bpf_skb_load_bytes(skb, off, b, 1);
		off += (b[0] & 15u) * 4;
		bpf_skb_load_bytes(skb, f->l3 + 9u, b, 1);
		protocol = b[0];
	} else if (f->family == FAMILY_IPV6) {
		bpf_skb_load_bytes(skb, off + 6, b, 1);
		protocol = b[0];
		off += 40;
		if (protocol == PROTOCOL_HOP_BY_HOP && is_jumbo(skb, off)) {
			fold.jumbo = 8;
			protocol = PROTOCOL_TCP;
		}
	}
	if (protocol == PROTOCOL_TCP && !bpf_skb_load_bytes(skb, off + fold.jumbo + 12, b, 1))
		fold.header = off + (b[0] >> 4) * 4;
	else if (f->family != FAMILY_OTHER && protocol == PROTOCOL_SCTP)
		fold.header = off + 12;
	else if (skb->gso_segs > 1 && skb->wire_len > skb->len)
		fold.header = (skb->wire_len - skb->len) / (skb->gso_segs - 1);
	else
		fold.header = protocol == PROTOCOL_UDP ? off + 8 : off;
	return fold;
}

static __always_inline uint32_t padding(uint32_t bytes)
{
	return bytes < settings.min_wire ? settings.min_wire - bytes : 0;
}

/* A super-frame (TSO, USO, GRO) as the frames that it is on the wire. */
static __always_inline void unfold(const struct __sk_buff *skb, const struct verdict *v, struct amount *a)
{
	struct fold fold = fold_of(skb, &v->frame);
	uint32_t beside = v->frame.l2_bytes - skb->len, header = fold.header + beside, all = fold.header + fold.jumbo;
	uint32_t payload = skb->len > all ? skb->len - all : 0, n = skb->gso_segs, more;

	if (!n && skb->gso_size != SIZE_BY_FRAGS) /* from a guest, say, which does not count them */
		n = (payload + skb->gso_size - 1) / skb->gso_size;
	if (n < 2)
		return;
	more = n - 1;
	a->packets = n;
	a->l2_bytes += (uint64_t)more * header - fold.jumbo;
	if (v->frame.family != FAMILY_OTHER)
		a->l3_bytes = skb->len - v->frame.l3 - fold.jumbo + (uint64_t)more * (fold.header - v->frame.l3);
	if (skb->gso_size != SIZE_BY_FRAGS && payload > more * skb->gso_size)
		a->l2_bytes += (uint64_t)more * padding(header + skb->gso_size) +
			       padding(header + payload - more * skb->gso_size);
}

static __always_inline int meter_skb(struct __sk_buff *skb)
{
	const struct seen s = {
		.start = (void *)(long)skb->data,
		.end = (void *)(long)skb->data_end,
		.wire = skb->len,
		.beside = { .present = skb->vlan_present, .vid = skb->vlan_tci & 0xfff },
	};
	struct amount a = { .packets = 1 };
	struct verdict v;

	if (s.wire > s.end - s.start && s.end - s.start < FRAME_HEAD) {
		struct meter_head *h = head();

		if (!h)
			return TC_ACT_UNSPEC;
		bpf_skb_load_bytes(skb, 0, h, head_size(s.wire));
		classify_head(h, s.wire, s.beside.present ? s.beside.vid : UINT32_MAX, &v);
	} else {
		classify(&s, &v);
	}
	a.l2_bytes = v.frame.l2_bytes;
	a.l3_bytes = v.frame.l3_bytes;
	if (skb->gso_size)
		unfold(skb, &v, &a);
	if (a.packets == 1)
		a.l2_bytes += padding(v.frame.l2_bytes);
	count(&v, &a);
	return settings.consume ? TC_ACT_SHOT : TC_ACT_UNSPEC; /* whoever else looks on goes on */
}

SEC("tc")
int meter_tc(struct __sk_buff *skb)
{
	return meter_skb(skb);
}
