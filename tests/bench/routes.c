/* SPDX-License-Identifier: BSD-3-Clause */
#include "routes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

struct share {
	unsigned length;
	double weight;
};

/* Shares of prefix lengths in a full table. */
static const struct share shares4[] = {
	{ 24, 60.0 }, { 23, 10.2 }, { 22, 11.5 }, { 21, 5.2 }, { 20, 4.6 }, { 19, 2.6 }, { 18, 1.4 },
	{ 17, 0.85 }, { 16, 1.4 }, { 15, 0.21 }, { 14, 0.13 }, { 13, 0.06 }, { 12, 0.03 }, { 11, 0.01 },
	{ 10, 0.004 }, { 9, 0.001 }, { 8, 0.0016 }, { 25, 0.3 }, { 26, 0.25 }, { 27, 0.2 }, { 28, 0.2 },
	{ 29, 0.25 }, { 30, 0.2 }, { 32, 0.4 },
};
static const struct share shares6[] = {
	{ 48, 46.0 }, { 32, 11.0 }, { 44, 9.5 }, { 40, 9.5 }, { 36, 4.5 }, { 29, 3.5 }, { 46, 3.5 },
	{ 42, 3.0 }, { 33, 2.5 }, { 34, 1.5 }, { 38, 1.2 }, { 35, 0.8 }, { 47, 1.6 }, { 45, 0.9 },
	{ 30, 0.3 }, { 28, 0.1 }, { 24, 0.02 }, { 56, 0.2 }, { 64, 0.38 },
};
/* First 16 bits of what the registries hand out. */
static const uint16_t registry6[] = {
	0x2001, 0x2400, 0x2402, 0x2404, 0x2405, 0x2406, 0x2407, 0x2600, 0x2602, 0x2604, 0x2605, 0x2606,
	0x2607, 0x2800, 0x2801, 0x2803, 0x2804, 0x2a00, 0x2a01, 0x2a02, 0x2a03, 0x2a05, 0x2a06, 0x2a09,
	0x2a0b, 0x2a0d, 0x2a10, 0x2c0f,
};
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define PARETO	 0.9 /* how unevenly routes fall on allocations */
#define MOST_SUB 256 /* third bytes in use within one allocation */

static unsigned draw_length(struct draw *d, const struct share *s, size_t n)
{
	double sum = 0, at;

	for (size_t i = 0; i < n; i++)
		sum += s[i].weight;
	at = draw_unit(d) * sum;
	for (size_t i = 0; i < n - 1; i++) {
		at -= s[i].weight;
		if (at < 0)
			return s[i].length;
	}
	return s[n - 1].length;
}

/* Prefixes that exist already, by (upper 64 bits, length). */
struct seen {
	uint64_t *key;
	uint8_t *length; /* 0: empty, no route of length 0 is made */
	size_t mask;
};

static void seen_init(struct seen *s, size_t n)
{
	size_t room = 64;

	while (room < 2 * n)
		room *= 2;
	s->key = mem_array(room, sizeof(*s->key));
	s->length = mem_array(room, 1);
	s->mask = room - 1;
}

static void seen_free(struct seen *s)
{
	free(s->key);
	free(s->length);
}

static bool seen_add(struct seen *s, uint64_t key, unsigned length)
{
	size_t at = routes_hash(key, length) & s->mask;

	for (; s->length[at]; at = (at + 1) & s->mask)
		if (s->key[at] == key && s->length[at] == length)
			return false;
	s->key[at] = key;
	s->length[at] = (uint8_t)length;
	return true;
}

static void make4(struct routes *r, struct draw *d)
{
	struct seen seen;

	seen_init(&seen, r->n4);
	for (size_t i = 0; i < r->n4;) {
		unsigned length = draw_length(d, shares4, COUNT(shares4));
		uint32_t a = 0x01000000 + draw_below(d, 0xe0000000 - 0x01000000);

		if (a >> 24 == 10 || a >> 24 == 127)
			continue;
		a &= UINT32_MAX << (32 - length);
		if (seen_add(&seen, a, length))
			r->v4[i++] = (struct lpm4_route){ a, (uint16_t)(1 + draw_below(d, r->classes)),
				(uint8_t)length };
	}
	seen_free(&seen);
}

/* An allocation of /32 and the third bytes that are in use below it. */
struct allocation {
	uint32_t first;
	unsigned n_sub;
	uint8_t sub[MOST_SUB];
};

static uint64_t specific(struct draw *d, struct allocation *all, size_t n)
{
	double far = floor(pow(1.0 - draw_unit(d), -1 / PARETO)) - 1;
	size_t at = draw_below(d, (uint32_t)n / 2) + (far < (double)n ? (size_t)far : n);
	struct allocation *a = &all[at < n ? at : n - 1];

	if (a->n_sub < 4 || (a->n_sub < MOST_SUB && draw_unit(d) < 0.10))
		a->sub[a->n_sub++] = (uint8_t)draw_below(d, 256);
	return (uint64_t)a->first << 32 | (uint64_t)a->sub[draw_below(d, a->n_sub)] << 24 |
	       draw_below(d, 1 << 24);
}

static void make6(struct routes *r, struct draw *d)
{
	size_t n = r->n6 / 7 > 64 ? r->n6 / 7 : 64;
	struct allocation *all = mem_array(n, sizeof(*all));
	struct seen seen;

	for (size_t i = 0; i < n; i++)
		all[i].first = (uint32_t)registry6[draw_below(d, COUNT(registry6))] << 16 |
			       draw_below(d, 1 << 16);
	seen_init(&seen, r->n6);
	for (size_t i = 0; i < r->n6;) {
		unsigned length = draw_length(d, shares6, COUNT(shares6));
		uint64_t high = length <= 32 ? (uint64_t)all[draw_below(d, (uint32_t)n)].first << 32
					     : specific(d, all, n);

		high &= UINT64_MAX << (64 - length);
		if (seen_add(&seen, high, length))
			r->v6[i++] = (struct lpm6_route){ high, 0, (uint16_t)(1 + draw_below(d, r->classes)),
				(uint8_t)length };
	}
	seen_free(&seen);
	free(all);
}

static double *weights(size_t n)
{
	double *w = mem_array(n, sizeof(*w)), sum = 0;

	for (size_t i = 0; i < n; i++)
		w[i] = sum += 1.0 / (double)(i + 1);
	return w;
}

struct routes *routes_new(size_t n4, size_t n6, unsigned classes, uint64_t seed)
{
	struct routes *r = mem_alloc(sizeof(*r));
	struct draw d = { seed };

	*r = (struct routes){ .n4 = n4, .n6 = n6, .classes = classes };
	r->v4 = mem_array(n4, sizeof(*r->v4));
	r->v6 = mem_array(n6, sizeof(*r->v6));
	make4(r, &d);
	make6(r, &d);
	r->weight4 = weights(n4);
	r->weight6 = weights(n6);
	return r;
}

void routes_free(struct routes *r)
{
	free(r->v4);
	free(r->v6);
	free(r->weight4);
	free(r->weight6);
	free(r);
}

static int order4(const void *x, const void *y)
{
	const struct lpm4_route *a = x, *b = y;

	if (a->address != b->address)
		return a->address < b->address ? -1 : 1;
	return a->length - b->length;
}

static int order6(const void *x, const void *y)
{
	const struct lpm6_route *a = x, *b = y;

	if (a->high != b->high)
		return a->high < b->high ? -1 : 1;
	return a->length - b->length;
}

static void *sorted(const void *v, size_t n, size_t size, int (*order)(const void *, const void *))
{
	void *copy = mem_array(n, size);

	memcpy(copy, v, n * size);
	qsort(copy, n, size, order);
	return copy;
}

struct lpm4_route *routes_sorted4(const struct routes *r)
{
	return sorted(r->v4, r->n4, sizeof(*r->v4), order4);
}

struct lpm6_route *routes_sorted6(const struct routes *r)
{
	return sorted(r->v6, r->n6, sizeof(*r->v6), order6);
}

size_t routes_pick(struct draw *d, const double *weight, size_t n)
{
	size_t low = 0, high = n - 1;
	double at;

	if (!weight)
		return draw_below(d, (uint32_t)n);
	at = draw_unit(d) * weight[n - 1];
	while (low < high) {
		size_t middle = (low + high) / 2;

		if (weight[middle] < at)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static uint64_t host_bits(struct draw *d, unsigned length, unsigned width)
{
	return length < width ? draw_64(d) >> (64 - width + length) : 0;
}

void routes_address(const struct routes *r, struct draw *d, bool zipf, bool six, uint64_t out[static 2])
{
	if (six) {
		const struct lpm6_route *p = &r->v6[routes_pick(d, zipf ? r->weight6 : NULL, r->n6)];

		out[0] = p->high | host_bits(d, p->length, 64);
		out[1] = draw_64(d);
	} else {
		const struct lpm4_route *p = &r->v4[routes_pick(d, zipf ? r->weight4 : NULL, r->n4)];

		out[0] = p->address | host_bits(d, p->length, 32);
		out[1] = 0;
	}
}
