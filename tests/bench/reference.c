/* SPDX-License-Identifier: BSD-3-Clause */
#include "reference.h"

#include <errno.h>
#include <rte_byteorder.h>
#include <rte_errno.h>
#include <rte_ether.h>
#include <rte_fib.h>
#include <rte_fib6.h>
#include <rte_malloc.h>
#include <rte_mbuf.h>
#include <rte_prefetch.h>
#include <stdio.h>
#include <string.h>

#include "routes.h"

#define LEAST_TBL8 512u

enum { NONE, FOUR, SIX };

/* What is known of a burst, one array a field. */
struct known {
	uint16_t vid[STAGE_BURST], peering[STAGE_BURST];
	uint8_t family[STAGE_BURST];
	const uint8_t *address[STAGE_BURST];
	uint32_t length[STAGE_BURST];
};

/* The frames of one family, and what to look up for them. */
struct questions {
	unsigned n4, n6;
	uint8_t at4[STAGE_BURST], at6[STAGE_BURST];
	uint32_t key4[STAGE_BURST];
	uint8_t key6[STAGE_BURST][16];
	uint64_t answer4[STAGE_BURST], answer6[STAGE_BURST];
};

/* What `p` points to is needed, though no later stage uses it. */
static inline void keep(const void *p)
{
	__asm__ volatile("" : : "r"(p) : "memory");
}

static inline uint16_t type_at(const uint8_t *p)
{
	return *(const unaligned_uint16_t *)p;
}

static inline bool is_tag(uint16_t type)
{
	return type == RTE_BE16(RTE_ETHER_TYPE_VLAN) || type == RTE_BE16(RTE_ETHER_TYPE_QINQ);
}

static inline void read_one(const struct rte_mbuf *m, struct known *k, unsigned i)
{
	const uint8_t *p = rte_pktmbuf_mtod(m, const uint8_t *) + 12;
	uint16_t type = type_at(p);

	k->length[i] = m->pkt_len;
	k->vid[i] = 0;
	if (is_tag(type)) {
		k->vid[i] = rte_be_to_cpu_16(type_at(p + 2)) & 0xfff;
		p += 4;
		type = type_at(p);
		if (is_tag(type)) {
			p += 4;
			type = type_at(p);
		}
	}
	p += 2;
	if (type == RTE_BE16(RTE_ETHER_TYPE_MPLS)) {
		for (int label = 0; label < 4 && !(p[2] & 1); label++)
			p += 4;
		p += 4;
		type = p[0] >> 4 == 6 ? RTE_BE16(RTE_ETHER_TYPE_IPV6) : RTE_BE16(RTE_ETHER_TYPE_IPV4);
	}
	k->family[i] = NONE;
	if (type == RTE_BE16(RTE_ETHER_TYPE_IPV4) && p[0] >> 4 == 4) {
		k->family[i] = FOUR;
		k->address[i] = p + 16;
	} else if (type == RTE_BE16(RTE_ETHER_TYPE_IPV6)) {
		k->family[i] = SIX;
		k->address[i] = p + 24;
	}
}

static inline void ask(const struct known *k, struct questions *q)
{
	q->n4 = q->n6 = 0;
	for (unsigned i = 0; i < STAGE_BURST; i++) {
		if (k->family[i] == FOUR) {
			q->at4[q->n4] = (uint8_t)i;
			q->key4[q->n4++] = rte_be_to_cpu_32(*(const unaligned_uint32_t *)k->address[i]);
		} else if (k->family[i] == SIX) {
			q->at6[q->n6] = (uint8_t)i;
			memcpy(q->key6[q->n6++], k->address[i], 16);
		}
	}
}

static inline void look_up(const struct reference *r, struct questions *q)
{
	if (q->n4)
		rte_fib_lookup_bulk(r->tables.fib4, q->key4, q->answer4, (int)q->n4);
	if (q->n6)
		rte_fib6_lookup_bulk(r->tables.fib6, (void *)q->key6, q->answer6, (int)q->n6);
}

static inline void count_one(struct reference *r, const struct known *k, unsigned i, uint64_t class)
{
	struct reference_cell *c = &r->cell[k->peering[i] * r->classes + class];

	c->packets++;
	c->bytes += k->length[i];
}

static __rte_always_inline void burst(
	struct reference *r, const enum stage last, struct rte_mbuf **m)
{
	struct questions q;
	struct known k;
	uint32_t touched = 0;

	for (unsigned i = 0; i < STAGE_BURST; i++)
		rte_prefetch0(rte_pktmbuf_mtod(m[i], void *));
	if (last == STAGE_TOUCH) {
		for (unsigned i = 0; i < STAGE_BURST; i++)
			touched += *rte_pktmbuf_mtod(m[i], uint32_t *);
		keep(&touched);
		return;
	}
	for (unsigned i = 0; i < STAGE_BURST; i++)
		read_one(m[i], &k, i);
	if (last >= STAGE_PEERING)
		for (unsigned i = 0; i < STAGE_BURST; i++)
			k.peering[i] = r->peering[k.vid[i]];
	if (last >= STAGE_CLASS) {
		ask(&k, &q);
		look_up(r, &q);
	}
	if (last >= STAGE_COUNT) {
		for (unsigned i = 0; i < q.n4; i++)
			count_one(r, &k, q.at4[i], q.answer4[i]);
		for (unsigned i = 0; i < q.n6; i++)
			count_one(r, &k, q.at6[i], q.answer6[i]);
	}
	if (last < STAGE_COUNT) {
		keep(&k);
		keep(&q);
	}
}

static __rte_noinline void touch(struct reference *r, struct rte_mbuf **m, unsigned n)
{
	for (unsigned i = 0; i < n; i += STAGE_BURST)
		burst(r, STAGE_TOUCH, m + i);
}

static __rte_noinline void to_read(struct reference *r, struct rte_mbuf **m, unsigned n)
{
	for (unsigned i = 0; i < n; i += STAGE_BURST)
		burst(r, STAGE_READ, m + i);
}

static __rte_noinline void to_peering(struct reference *r, struct rte_mbuf **m, unsigned n)
{
	for (unsigned i = 0; i < n; i += STAGE_BURST)
		burst(r, STAGE_PEERING, m + i);
}

static __rte_noinline void to_class(struct reference *r, struct rte_mbuf **m, unsigned n)
{
	for (unsigned i = 0; i < n; i += STAGE_BURST)
		burst(r, STAGE_CLASS, m + i);
}

static __rte_noinline void to_count(struct reference *r, struct rte_mbuf **m, unsigned n)
{
	for (unsigned i = 0; i < n; i += STAGE_BURST)
		burst(r, STAGE_COUNT, m + i);
}

void reference_pass(void *self, enum stage last, struct rte_mbuf **m, unsigned n)
{
	static void (*const pass[STAGES])(struct reference *, struct rte_mbuf **, unsigned) = {
		[STAGE_TOUCH] = touch,
		[STAGE_READ] = to_read,
		[STAGE_PEERING] = to_peering,
		[STAGE_CLASS] = to_class,
		[STAGE_COUNT] = to_count,
	};

	pass[last](self, m, n);
}

/* Next hop: the class, from 0; what has no route is class 0 too, and the benchmark makes no such frame. */
static int build4(struct reference_tables *t, const struct routes *routes)
{
	struct rte_fib_conf conf = {
		.type = RTE_FIB_DIR24_8,
		.max_routes = (int)routes->n4 + 16,
		.dir24_8 = { .nh_sz = RTE_FIB_DIR24_8_4B,
			.num_tbl8 = (uint32_t)RTE_MAX(LEAST_TBL8, routes->n4 / 16) },
	};
	char name[32];
	int error = 0;

	snprintf(name, sizeof(name), "four-%p", (void *)t);
	t->fib4 = rte_fib_create(name, SOCKET_ID_ANY, &conf);
	if (!t->fib4)
		return -rte_errno;
	for (size_t i = 0; i < routes->n4 && !error; i++) {
		const struct lpm4_route *r = &routes->v4[i];

		error = rte_fib_add(t->fib4, r->address, r->length, r->value - 1u);
	}
	return error;
}

static int build6(struct reference_tables *t, const struct routes *routes)
{
	struct rte_fib6_conf conf = {
		.type = RTE_FIB6_TRIE,
		.max_routes = (int)routes->n6 + 16,
		/* Two for a route were enough for tables of this shape; with fewer, routes are refused. */
		.trie = { .nh_sz = RTE_FIB6_TRIE_4B,
			.num_tbl8 = (uint32_t)RTE_MAX(4 * LEAST_TBL8, 2 * routes->n6 + 1024) },
	};
	char name[32];
	int error = 0;

	snprintf(name, sizeof(name), "six-%p", (void *)t);
	t->fib6 = rte_fib6_create(name, SOCKET_ID_ANY, &conf);
	if (!t->fib6)
		return -rte_errno;
	for (size_t i = 0; i < routes->n6 && !error; i++) {
		const struct lpm6_route *r = &routes->v6[i];
		rte_be64_t address[2] = { rte_cpu_to_be_64(r->high), rte_cpu_to_be_64(r->low) };

		error = rte_fib6_add(t->fib6, (void *)address, r->length, r->value - 1u);
	}
	return error;
}

int reference_tables_build(struct reference_tables *t, const struct routes *routes)
{
	int error;

	*t = (struct reference_tables){ 0 };
	error = build4(t, routes);
	if (!error)
		error = build6(t, routes);
	if (error) {
		fprintf(stderr, "reference tables of %zu and %zu routes: %s\n", routes->n4, routes->n6,
			rte_strerror(-error));
		reference_tables_free(t);
	}
	return error;
}

void reference_tables_free(struct reference_tables *t)
{
	rte_fib_free(t->fib4);
	rte_fib6_free(t->fib6);
}

bool reference_vector(const struct reference_tables *t, bool vector)
{
	return !rte_fib_select_lookup(t->fib4, vector ? RTE_FIB_LOOKUP_DIR24_8_VECTOR_AVX512
						      : RTE_FIB_LOOKUP_DIR24_8_SCALAR_MACRO) &&
	       !rte_fib6_select_lookup(t->fib6, vector ? RTE_FIB6_LOOKUP_TRIE_VECTOR_AVX512
						       : RTE_FIB6_LOOKUP_TRIE_SCALAR);
}

int reference_open(struct reference *r, const struct reference_tables *t, unsigned peerings, unsigned classes)
{
	*r = (struct reference){ .tables = *t, .peerings = peerings, .classes = classes };
	for (unsigned vid = 0; vid < peerings; vid++)
		r->peering[vid] = (uint16_t)vid;
	r->cell = rte_zmalloc(NULL, (size_t)peerings * classes * sizeof(*r->cell), 64);
	return r->cell ? 0 : -ENOMEM;
}

void reference_close(struct reference *r)
{
	rte_free(r->cell);
}
