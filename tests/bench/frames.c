/* SPDX-License-Identifier: BSD-3-Clause */
#include "frames.h"

#include <rte_errno.h>
#include <rte_ether.h>
#include <rte_ip.h>
#include <rte_mbuf.h>
#include <stdio.h>
#include <string.h>

#include "text.h"

#define LEAST	  64u /* of a frame's length */
#define MOST	  1500u
#define L4_HEADER 8u

static uint8_t *put16(uint8_t *p, unsigned v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
	return p + 2;
}

static uint8_t *put64(uint8_t *p, uint64_t v)
{
	for (int i = 0; i < 8; i++)
		p[i] = (uint8_t)(v >> (56 - 8 * i));
	return p + 8;
}

static uint8_t *put_label(uint8_t *p, unsigned label, bool bottom)
{
	p = put16(p, label >> 4);
	return put16(p, (label & 15) << 12 | (unsigned)bottom << 8 | 64);
}

/* From the addresses to before the IP header. */
static uint8_t *put_l2(uint8_t *p, struct draw *d, const struct frames_spec *s, unsigned ethertype)
{
	unsigned kind = draw_below(d, 100), vid = 1 + draw_below(d, s->peerings - 1);

	memcpy(p, "\x02\x00\x00\x00\x00\x01\x02\x00\x00\x00\x00\x02", 12);
	p += 12;
	if (kind < s->mix.vlan) {
		p = put16(put16(p, RTE_ETHER_TYPE_VLAN), vid);
	} else if ((kind -= s->mix.vlan) < s->mix.qinq) {
		p = put16(put16(p, RTE_ETHER_TYPE_QINQ), vid);
		p = put16(put16(p, RTE_ETHER_TYPE_VLAN), 7);
	} else if (kind - s->mix.qinq < s->mix.vlan_mpls) {
		p = put16(put16(p, RTE_ETHER_TYPE_VLAN), vid);
		p = put_label(put16(p, RTE_ETHER_TYPE_MPLS), 1000 + vid, false);
		return put_label(p, 2000, true);
	}
	return put16(p, ethertype);
}

static uint64_t host_bits(struct draw *d, unsigned length, unsigned width)
{
	return length < width ? draw_64(d) >> (64 - width + length) : 0;
}

static void put_ipv4(uint8_t *p, struct draw *d, const struct frames_spec *s, unsigned total)
{
	const struct routes *t = s->routes;
	const struct lpm4_route *r = &t->v4[routes_pick(d, s->zipf ? t->weight4 : NULL, t->n4)];
	struct rte_ipv4_hdr *h = (void *)p;

	memset(h, 0, sizeof(*h));
	h->version_ihl = 0x45;
	h->total_length = rte_cpu_to_be_16((uint16_t)total);
	h->time_to_live = 64;
	h->next_proto_id = IPPROTO_UDP;
	h->src_addr = rte_cpu_to_be_32(0xc0000201);
	h->dst_addr = rte_cpu_to_be_32(r->address | (uint32_t)host_bits(d, r->length, 32));
	h->hdr_checksum = rte_ipv4_cksum(h);
}

static void put_ipv6(uint8_t *p, struct draw *d, const struct frames_spec *s, unsigned total)
{
	const struct routes *t = s->routes;
	const struct lpm6_route *r = &t->v6[routes_pick(d, s->zipf ? t->weight6 : NULL, t->n6)];

	p = put16(put16(p, 0x6000), 0);
	p = put16(p, total - 40);
	p = put16(p, IPPROTO_UDP << 8 | 64);
	p = put64(put64(p, UINT64_C(0x20010db800000000)), 1);
	put64(put64(p, r->high | host_bits(d, r->length, 64)), draw_64(d));
}

static void fill_one(struct rte_mbuf *m, struct draw *d, const struct frames_spec *s)
{
	uint8_t *start = rte_pktmbuf_mtod(m, uint8_t *), *ip;
	bool six = draw_below(d, 100) < s->mix.ipv6;
	unsigned length = LEAST + draw_below(d, MOST - LEAST + 1), l2, least;

	ip = put_l2(start, d, s, six ? RTE_ETHER_TYPE_IPV6 : RTE_ETHER_TYPE_IPV4);
	l2 = (unsigned)(ip - start);
	least = l2 + (six ? 40u : 20u) + L4_HEADER;
	length = RTE_MAX(length, least);
	if (six)
		put_ipv6(ip, d, s, length - l2);
	else
		put_ipv4(ip, d, s, length - l2);
	m->data_len = (uint16_t)length;
	m->pkt_len = length;
}

static void shuffle(struct rte_mbuf **m, unsigned n, struct draw *d)
{
	for (unsigned i = n - 1; i; i--) {
		unsigned j = draw_below(d, i + 1);
		struct rte_mbuf *last = m[i];

		m[i] = m[j];
		m[j] = last;
	}
}

void frames_fill(struct frames *f, unsigned working, const struct frames_spec *spec)
{
	struct draw d = { spec->seed };

	for (unsigned i = 0; i < working; i++)
		fill_one(f->mbuf[i], &d, spec);
	for (unsigned i = 0; i + working <= f->n; i += working) {
		memcpy(f->queue + i, f->mbuf, working * sizeof(struct rte_mbuf *));
		shuffle(f->queue + i, working, &d);
	}
}

struct frames *frames_new(unsigned n)
{
	struct rte_mempool *pool =
		rte_pktmbuf_pool_create("frames", n, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
	struct frames *f;

	if (!pool) {
		fprintf(stderr, "no memory for %u frames: %s\n", n, rte_strerror(rte_errno));
		return NULL;
	}
	f = mem_alloc(sizeof(*f));
	f->n = n;
	f->mbuf = mem_array(n, sizeof(struct rte_mbuf *));
	f->queue = mem_array(n, sizeof(struct rte_mbuf *));
	if (rte_pktmbuf_alloc_bulk(pool, f->mbuf, n)) {
		fprintf(stderr, "the pool has fewer than %u buffers\n", n);
		return NULL;
	}
	return f;
}
