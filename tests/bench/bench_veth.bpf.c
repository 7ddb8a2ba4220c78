/* SPDX-License-Identifier: BSD-3-Clause */
/* Counts what a port receives and drops it: the least that a meter can do, for bench_veth.py. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

struct bench_cell {
	__u64 packets, bytes;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct bench_cell);
} cells SEC(".maps");

SEC("xdp")
int bench_bare(struct xdp_md *x)
{
	__u32 zero = 0;
	struct bench_cell *c = bpf_map_lookup_elem(&cells, &zero);

	if (c) {
		c->packets++;
		c->bytes += x->data_end - x->data;
	}
	return XDP_DROP;
}
