/* SPDX-License-Identifier: BSD-3-Clause */
/* The longest matching prefix wins: both tables against a linear scan over seeded random routes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lpm4.h"
#include "lpm6.h"
#include "random.h"

#define ROUTES 600
#define PROBES 4000
#define SEEDS  30
#define CROWD  12000
#define CROWD_PROBES 2000

static uint32_t mask4(unsigned length)
{
	return length ? UINT32_MAX << (32 - length) : 0;
}

static uint64_t mask_high(unsigned length)
{
	return length >= 64 ? UINT64_MAX : length ? UINT64_MAX << (64 - length) : 0;
}

static uint64_t mask_low(unsigned length)
{
	return length <= 64 ? 0 : mask_high(length - 64);
}

static int order4(const void *a, const void *b)
{
	const struct lpm4_route *x = a, *y = b;

	if (x->address != y->address)
		return x->address < y->address ? -1 : 1;
	return x->length - y->length;
}

static int order6(const void *a, const void *b)
{
	const struct lpm6_route *x = a, *y = b;

	if (x->high != y->high)
		return x->high < y->high ? -1 : 1;
	if (x->low != y->low)
		return x->low < y->low ? -1 : 1;
	return x->length - y->length;
}

/* Crowded into few /16, so that prefixes nest and share blocks; some anywhere, and the ends of the space. */
static uint32_t address4(void)
{
	static const uint32_t corner[] = { 0, UINT32_MAX, 0x0a0000ff, 0x0a000100, 0x7fffffff, 0x80000000 };

	if (rnd() % 8 == 0)
		return corner[rnd() % 6];
	if (rnd() % 4 == 0)
		return (uint32_t)rnd();
	return 0x0a000000 | (uint32_t)(rnd() % 2) << 16 | (uint32_t)(rnd() % 6) << 8 | (uint32_t)(rnd() & 255);
}

static void address6(uint64_t *high, uint64_t *low)
{
	static const uint64_t end[] = { 0, UINT64_MAX, UINT64_C(0x20010db800000000) };

	*high = rnd() % 8 == 0	 ? end[rnd() % 3]
		: rnd() % 8 == 0 ? rnd()
				 : UINT64_C(0x20010db8) << 32 | (rnd() % 3) << 40 | (rnd() % 4) << 32 |
					   (rnd() % 5) << 16 | (rnd() % 3);
	*low = rnd() % 4 == 0 ? end[rnd() % 2] : rnd() % 2 ? rnd() % 300 : rnd();
}

static size_t unique(void *routes, size_t n, size_t size, int (*order)(const void *, const void *))
{
	char *at = routes;
	size_t out = 0;

	qsort(routes, n, size, order);
	for (size_t i = 0; i < n; i++)
		if (!i || order(at + (out - 1) * size, at + i * size))
			memmove(at + out++ * size, at + i * size, size);
	return out;
}

static void ipv4_like_a_linear_scan(void **unused)
{
	static struct lpm4_route r[ROUTES];

	(void)unused;
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		struct lpm4 t;
		size_t n = seed == 1 ? 0 : 1 + rnd() % ROUTES;

		state = seed;
		for (size_t i = 0; i < n; i++) {
			r[i].length = (uint8_t)(rnd() % 33);
			r[i].address = address4() & mask4(r[i].length);
			r[i].value = (uint16_t)(rnd() % 0x7fff);
		}
		n = unique(r, n, sizeof(*r), order4);
		assert_int_equal(lpm4_build(&t, r, n), 0);
		for (int probe = 0; probe < PROBES; probe++) {
			uint32_t a = address4();
			int best = -1, value = 0;

			for (size_t i = 0; i < n; i++)
				if ((a & mask4(r[i].length)) == r[i].address && r[i].length > best) {
					best = r[i].length;
					value = r[i].value;
				}
			if (lpm4_find(&t, a) != value)
				fail_msg("seed %d: %08x gives %u, not %d", (int)seed, a, lpm4_find(&t, a), value);
		}
		lpm4_free(&t);
	}
}

static void ipv6_like_a_linear_scan(void **unused)
{
	static struct lpm6_route r[ROUTES];

	(void)unused;
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		struct lpm6 t;
		size_t n = seed == 1 ? 0 : 1 + rnd() % ROUTES;

		state = seed;
		for (size_t i = 0; i < n; i++) {
			r[i].length = (uint8_t)(rnd() % 129);
			address6(&r[i].high, &r[i].low);
			r[i].high &= mask_high(r[i].length);
			r[i].low &= mask_low(r[i].length);
			r[i].value = (uint16_t)(rnd() % 0x7fff);
		}
		n = unique(r, n, sizeof(*r), order6);
		assert_int_equal(lpm6_build(&t, r, n), 0);
		for (int probe = 0; probe < PROBES; probe++) {
			int best = -1, value = 0;
			uint64_t high, low;

			address6(&high, &low);
			for (size_t i = 0; i < n; i++)
				if ((high & mask_high(r[i].length)) == r[i].high &&
					(low & mask_low(r[i].length)) == r[i].low && r[i].length > best) {
					best = r[i].length;
					value = r[i].value;
				}
			if (lpm6_find(&t, high, low) != value)
				fail_msg("seed %d: %016llx:%016llx gives %u, not %d", (int)seed,
					(unsigned long long)high, (unsigned long long)low,
					lpm6_find(&t, high, low), value);
		}
		lpm6_free(&t);
	}
}

/* A /24 with so many prefixes that inner nodes lie over inner nodes, some of them below a single /55. */
static void ipv6_crowded_like_a_linear_scan(void **unused)
{
	static struct lpm6_route r[CROWD];
	struct lpm6 t;
	size_t n;

	(void)unused;
	state = 99;
	for (size_t i = 0; i < CROWD; i++) {
		unsigned length = i % 8 ? 40 + (unsigned)(rnd() % 9) : 56 + (unsigned)(rnd() % 9);
		uint64_t below = i % 8 ? rnd() >> 24 : UINT64_C(0x12345600) | rnd() >> 48;

		r[i] = (struct lpm6_route){ .high = (UINT64_C(0x2a0e) << 48 | below) & mask_high(length),
			.value = (uint16_t)(1 + rnd() % 1000), .length = (uint8_t)length };
	}
	n = unique(r, CROWD, sizeof(*r), order6);
	assert_int_equal(lpm6_build(&t, r, n), 0);
	for (int probe = 0; probe < CROWD_PROBES; probe++) {
		uint64_t high = r[rnd() % n].high | rnd() >> (probe % 2 ? 20 : 56);
		int best = -1, want = 0;

		for (size_t k = 0; k < n; k++)
			if ((high & mask_high(r[k].length)) == r[k].high && r[k].length > best) {
				best = r[k].length;
				want = r[k].value;
			}
		assert_int_equal(lpm6_find(&t, high, 0), want);
	}
	lpm6_free(&t);
}

/* Every /24 of a /16 can hold longer prefixes, and more blocks than 15 bits can number fit one table. */
static void ipv4_blocks_beyond_32768(void **unused)
{
	size_t n = 40000;
	struct lpm4_route *r = calloc(n, sizeof(*r));
	struct lpm4 t;

	(void)unused;
	for (size_t i = 0; i < n; i++)
		r[i] = (struct lpm4_route){ .address = (uint32_t)i << 8 | 128,
			.length = 25,
			.value = (uint16_t)(1 + i % 1000) };
	assert_int_equal(lpm4_build(&t, r, n), 0);
	assert_int_equal(t.n_blocks, n);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(lpm4_find(&t, (uint32_t)i << 8 | 127), 0);
		assert_int_equal(lpm4_find(&t, (uint32_t)i << 8 | 128), 1 + i % 1000);
	}
	lpm4_free(&t);
	free(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ipv4_like_a_linear_scan),
		cmocka_unit_test(ipv6_like_a_linear_scan),
		cmocka_unit_test(ipv6_crowded_like_a_linear_scan),
		cmocka_unit_test(ipv4_blocks_beyond_32768),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
