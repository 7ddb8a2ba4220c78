/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The metering program beside bare ones, for bench_xdp.c. Each frame gets a random far end out of `ends`,
 * as in the reference: the metering program finds it written into the frame.
 */
#include "../../bpf/meter.bpf.c"

#define ENDS (1u << 20)
#define VLAN_HEADER 18

/* `low`, whose bits no prefix of the benchmark looks at, holds the numbers of the first and the last node that
 * the search for this address reads, for bench_lines. */
struct bench_end {
	uint64_t high, low; /* as in a frame; IPv4: the first four bytes of `high` */
};
struct bench_cell {
	uint64_t packets, bytes;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, ENDS);
	__type(key, uint32_t);
	__type(value, struct bench_end);
} ends SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1 << 24);
	__type(key, uint32_t);
	__type(value, uint32_t);
} flat SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, MATCH_VIDS);
	__type(key, uint32_t);
	__type(value, uint32_t);
} peers SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 65536);
	__type(key, uint32_t);
	__type(value, struct bench_cell);
} cells SEC(".maps");

static __always_inline int bump(uint32_t k, const struct xdp_md *x)
{
	struct bench_cell *c = bpf_map_lookup_elem(&cells, &k);

	if (c) {
		c->packets++;
		c->bytes += x->data_end - x->data;
	}
	return XDP_DROP;
}

SEC("xdp")
int bench_count(struct xdp_md *x)
{
	return bump(0, x);
}

static __always_inline const struct bench_end *some_end(void)
{
	uint32_t k = bpf_get_prandom_u32() & (ENDS - 1);

	return bpf_map_lookup_elem(&ends, &k);
}

/* 0, from the node: the next one's number cannot be known before. */
static __always_inline uint32_t line(uint32_t number)
{
	const union lpm6_node *n = page_at(settings.node_6 + ((number & LPM6_INDEX) >> 6));
	uint32_t value = n ? n[number & 63].leaf.unused : 0;

	asm volatile("%0 &= 0" : "+r"(value));
	return value;
}

/* The outer VID behind up to two tags, if an IP header of 20 bytes follows; else MATCH_VIDS. */
static __always_inline uint32_t vlan_of(const struct xdp_md *x)
{
	const uint8_t *p = (void *)(long)x->data, *end = (void *)(long)x->data_end;
	uint32_t vlan = 0;
	uint16_t type;

	if (p + FRAME_MIN > end)
		return MATCH_VIDS;
	type = frame_be16(p + 12);
	p += FRAME_MIN;
	for (int i = 0; i < 2; i++)
		if (type == ETHERTYPE_VLAN || type == ETHERTYPE_QINQ) {
			if (p + 4 > end)
				return MATCH_VIDS;
			if (!i)
				vlan = frame_be16(p) & 0xfff;
			type = frame_be16(p + 2);
			p += 4;
		}
	return (type == ETHERTYPE_IPV4 || type == ETHERTYPE_IPV6) && p + 20 <= end ? vlan : MATCH_VIDS;
}

static __always_inline int look_up(const struct xdp_md *x, bool lines)
{
	uint32_t vlan = vlan_of(x), k, *class, *peer;
	const struct bench_end *e = some_end();

	if (vlan == MATCH_VIDS || !e)
		return XDP_DROP;
	peer = bpf_map_lookup_elem(&peers, &vlan);
	k = (uint32_t)(__builtin_bswap64(e->high) >> 40);
	class = bpf_map_lookup_elem(&flat, &k);
	k = class ? *class & 0xff : 0;
	if (lines)
		k += line((uint32_t)e->low + line((uint32_t)(e->low >> 32) + k));
	return bump((peer ? *peer & 0xff : 0) << 8 | (k & 0xff), x);
}

/* Up to two tags, a peering by VLAN, a flat array of all /24 (IPv4) or of the first 24 bits (IPv6): less than metering. */
SEC("xdp")
int bench_flat(struct xdp_md *x)
{
	return look_up(x, false);
}

/* The same, and then two lines of memory, one after the other, of those that hold the IPv6 prefixes: what a
 * table of this size costs at least, with nothing searched in it. */
SEC("xdp")
int bench_lines(struct xdp_md *x)
{
	return look_up(x, true);
}

SEC("xdp")
int bench_meter(struct xdp_md *x)
{
	uint8_t *p = (void *)(long)x->data, *end = (void *)(long)x->data_end;
	const struct bench_end *e = some_end();

	if (!e || p + VLAN_HEADER + 40 > end)
		return XDP_DROP;
	if (p[VLAN_HEADER] >> 4 == 4) {
		*(uint32_t *)(p + VLAN_HEADER + 16) = (uint32_t)e->high;
	} else {
		*(uint64_t *)(p + VLAN_HEADER + 24) = e->high;
		*(uint64_t *)(p + VLAN_HEADER + 32) = e->low;
	}
	return meter_received(x, (struct frame_tag){ .present = false });
}
