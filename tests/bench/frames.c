/* SPDX-License-Identifier: BSD-3-Clause */
#include "frames.h"

#include <netinet/in.h>
#include <rte_errno.h>
#include <rte_mbuf.h>
#include <stdio.h>
#include <string.h>

#include "text.h"
#include "wire.h"

#define LEAST 64u /* of a frame's length */
#define MOST  1500u

static enum wire_kind draw_kind(struct draw *d, const struct frames_mix *mix)
{
	unsigned at = draw_below(d, 100);

	if (at < mix->vlan)
		return WIRE_VLAN;
	at -= mix->vlan;
	if (at < mix->qinq)
		return WIRE_QINQ;
	return at - mix->qinq < mix->vlan_mpls ? WIRE_VLAN_LABELS : WIRE_PLAIN;
}

static void fill_one(struct rte_mbuf *m, struct draw *d, const struct frames_spec *s)
{
	struct wire w = { .kind = draw_kind(d, &s->mix),
		.six = draw_below(d, 100) < s->mix.ipv6,
		.vid = (uint16_t)(1 + draw_below(d, s->peerings - 1)),
		.proto = IPPROTO_UDP,
		.label = 1000 };

	w.src[0] = w.six ? UINT64_C(0x20010db800000000) : 0xc0000201;
	routes_address(s->routes, d, s->zipf, w.six, w.dst);
	m->data_len = (uint16_t)wire_write(
		rte_pktmbuf_mtod(m, uint8_t *), &w, LEAST + draw_below(d, MOST - LEAST + 1));
	m->pkt_len = m->data_len;
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
