/* SPDX-License-Identifier: BSD-3-Clause */
#include "exact.h"

#include <gmp.h>
#include <stdlib.h>
#include <string.h>

/* A pool is a list of blocks; values never move, so pointers to them stay good. */
#define BLOCK_VALUES 256

struct exact {
	mpq_t q;
};

struct block {
	struct block *next;
	size_t used;
	struct exact value[BLOCK_VALUES];
};

struct exact_pool {
	struct block *first;
};

struct exact_pool *exact_pool_new(void)
{
	return mem_alloc(sizeof(struct exact_pool));
}

void exact_pool_free(struct exact_pool *p)
{
	struct block *b, *next;

	if (!p)
		return;
	for (b = p->first; b; b = next) {
		next = b->next;
		for (size_t i = 0; i < b->used; i++)
			mpq_clear(b->value[i].q);
		free(b);
	}
	free(p);
}

/* A new value, zero. */
static struct exact *exact_new(struct exact_pool *p)
{
	struct block *b = p->first;
	struct exact *x;

	if (!b || b->used == BLOCK_VALUES) {
		b = mem_alloc(sizeof(*b));
		b->next = p->first;
		p->first = b;
	}
	x = &b->value[b->used++];
	mpq_init(x->q);
	return x;
}

/* The shape of a decimal: how many digits stand on each side of the point, or false. */
static bool decimal_shape(const char *text, size_t *whole, size_t *decimals)
{
	*whole = strspn(text, "0123456789");
	*decimals = 0;
	text += *whole;
	if (*text == '.') {
		*decimals = strspn(++text, "0123456789");
		text += *decimals;
		if (!*decimals)
			return false;
	}
	return !*text && *whole && *whole + *decimals <= EXACT_MOST_DIGITS;
}

const struct exact *exact_parse(struct exact_pool *p, const char *text)
{
	char digits[EXACT_MOST_DIGITS + 1];
	size_t whole, decimals;
	struct exact *x;

	if (!decimal_shape(text, &whole, &decimals))
		return NULL;
	memcpy(digits, text, whole);
	memcpy(digits + whole, text + whole + 1, decimals);
	digits[whole + decimals] = 0;
	x = exact_new(p);
	mpz_set_str(mpq_numref(x->q), digits, 10);
	mpz_ui_pow_ui(mpq_denref(x->q), 10, decimals);
	mpq_canonicalize(x->q);
	return x;
}

const struct exact *exact_parse_signed(struct exact_pool *p, const char *text)
{
	const struct exact *x;

	if (*text != '-')
		return exact_parse(p, text);
	x = exact_parse(p, text + 1);
	return x ? exact_neg(p, x) : NULL;
}

const struct exact *exact_int(struct exact_pool *p, int64_t n)
{
	return exact_ratio(p, n, 1);
}

const struct exact *exact_u128(struct exact_pool *p, u128 n)
{
	struct exact *x = exact_new(p);
	uint64_t word[2] = { (uint64_t)n, (uint64_t)(n >> 64) };

	mpz_import(mpq_numref(x->q), 2, -1, sizeof(*word), 0, 0, word);
	return x;
}

const struct exact *exact_ratio(struct exact_pool *p, int64_t n, int64_t d)
{
	struct exact *x = exact_new(p);

	if (d < 0) {
		n = -n;
		d = -d;
	}
	mpq_set_si(x->q, n, (unsigned long)d);
	mpq_canonicalize(x->q);
	return x;
}

#define OPERATION(name, gmp)                                                                       \
	const struct exact *name(                                                                  \
		struct exact_pool *p, const struct exact *a, const struct exact *b)                \
	{                                                                                          \
		struct exact *x = exact_new(p);                                                    \
		gmp(x->q, a->q, b->q);                                                             \
		return x;                                                                          \
	}

OPERATION(exact_add, mpq_add)
OPERATION(exact_sub, mpq_sub)
OPERATION(exact_mul, mpq_mul)
OPERATION(exact_div, mpq_div)

const struct exact *exact_neg(struct exact_pool *p, const struct exact *a)
{
	struct exact *x = exact_new(p);

	mpq_neg(x->q, a->q);
	return x;
}

const struct exact *exact_ceil(struct exact_pool *p, const struct exact *a)
{
	struct exact *x = exact_new(p);

	mpz_cdiv_q(mpq_numref(x->q), mpq_numref(a->q), mpq_denref(a->q));
	return x;
}

const struct exact *exact_floor(struct exact_pool *p, const struct exact *a)
{
	struct exact *x = exact_new(p);

	mpz_fdiv_q(mpq_numref(x->q), mpq_numref(a->q), mpq_denref(a->q));
	return x;
}

int exact_cmp(const struct exact *a, const struct exact *b)
{
	return mpq_cmp(a->q, b->q);
}

int exact_sign(const struct exact *a)
{
	return mpq_sgn(a->q);
}

const struct exact *exact_min(const struct exact *a, const struct exact *b)
{
	return exact_cmp(a, b) <= 0 ? a : b;
}

const struct exact *exact_max(const struct exact *a, const struct exact *b)
{
	return exact_cmp(a, b) >= 0 ? a : b;
}

int64_t exact_to_i64(const struct exact *a)
{
	if (mpz_cmp_ui(mpq_denref(a->q), 1) || !mpz_fits_slong_p(mpq_numref(a->q)))
		return -1;
	return mpz_get_si(mpq_numref(a->q));
}

/* out = |a| * 10^digits as a whole number, rounded by `mode`. */
static void scaled(mpz_t out, const struct exact *a, unsigned digits, enum rounding mode)
{
	mpz_t scale, rest;
	int half;

	mpz_init(scale);
	mpz_init(rest);
	mpz_ui_pow_ui(scale, 10, digits);
	mpz_mul(scale, scale, mpq_numref(a->q));
	mpz_abs(scale, scale);
	mpz_fdiv_qr(out, rest, scale, mpq_denref(a->q));
	mpz_mul_2exp(rest, rest, 1);
	half = mpz_cmp(rest, mpq_denref(a->q));
	if (mode != ROUND_DOWN &&
		(half > 0 || (half == 0 && (mode == ROUND_HALF_UP || mpz_odd_p(out)))))
		mpz_add_ui(out, out, 1);
	mpz_clear(scale);
	mpz_clear(rest);
}

const struct exact *exact_round(
	struct exact_pool *p, const struct exact *a, unsigned digits, enum rounding mode)
{
	struct exact *x = exact_new(p);

	scaled(mpq_numref(x->q), a, digits, mode);
	if (exact_sign(a) < 0)
		mpz_neg(mpq_numref(x->q), mpq_numref(x->q));
	mpz_ui_pow_ui(mpq_denref(x->q), 10, digits);
	mpq_canonicalize(x->q);
	return x;
}

char *exact_fixed_dup(const struct exact *a, unsigned digits)
{
	struct text t = { 0 };
	char *ascii;
	size_t n;
	mpz_t whole;

	mpz_init(whole);
	scaled(whole, a, digits, ROUND_HALF_UP);
	if (exact_sign(a) < 0 && mpz_sgn(whole))
		text_str(&t, "-");
	ascii = mem_alloc(mpz_sizeinbase(whole, 10) + 2);
	mpz_get_str(ascii, 10, whole);
	n = strlen(ascii);
	if (n <= digits) {
		text_str(&t, "0");
	} else {
		text_add(&t, ascii, n - digits);
	}
	if (digits)
		text_str(&t, ".");
	for (size_t i = n; i < digits; i++)
		text_str(&t, "0");
	text_str(&t, n > digits ? ascii + n - digits : ascii);
	free(ascii);
	mpz_clear(whole);
	return t.data;
}

char *exact_plain_dup(const struct exact *a, unsigned most)
{
	char *s = exact_fixed_dup(a, most);
	size_t n = strlen(s);

	if (!most)
		return s;
	while (s[n - 1] == '0')
		s[--n] = 0;
	if (s[n - 1] == '.')
		s[--n] = 0;
	return s;
}

void exact_fixed(struct text *out, const struct exact *a, unsigned digits)
{
	char *s = exact_fixed_dup(a, digits);

	text_str(out, s);
	free(s);
}

void exact_plain(struct text *out, const struct exact *a, unsigned most)
{
	char *s = exact_plain_dup(a, most);

	text_str(out, s);
	free(s);
}

void text_u128(struct text *out, u128 n)
{
	char digits[40];
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + (unsigned)(n % 10));
		n /= 10;
	} while (n);
	text_add(out, digits + at, sizeof(digits) - at);
}
