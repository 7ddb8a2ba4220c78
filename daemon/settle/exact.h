/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Exact numbers: rationals by GMP. Values are immutable and belong to a pool, which frees them all at
 * once, so that a formula here reads as it does on paper. No rounding but exact_round(), and no path
 * from or to binary floating point. One pool belongs to one thread.
 */
#ifndef SETTLE_EXACT_H
#define SETTLE_EXACT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "text.h"

__extension__ typedef unsigned __int128 u128; /* sums of byte counts: a month passes 2^64 */

struct exact;
struct exact_pool;

struct exact_pool *exact_pool_new(void);
void exact_pool_free(struct exact_pool *p); /* accepts NULL; ends the life of all its values */

#define EXACT_MOST_DIGITS 36 /* of a decimal that a person may write, point not counted */

/* "12", "0.40": digits, at most one point with digits on both sides, no sign, no exponent.
 * NULL for anything else. */
const struct exact *exact_parse(struct exact_pool *p, const char *text);
/* The same with an optional leading '-'. */
const struct exact *exact_parse_signed(struct exact_pool *p, const char *text);

const struct exact *exact_int(struct exact_pool *p, int64_t n);
const struct exact *exact_u128(struct exact_pool *p, u128 n);
const struct exact *exact_ratio(struct exact_pool *p, int64_t n, int64_t d); /* d != 0 */

const struct exact *exact_add(struct exact_pool *p, const struct exact *a, const struct exact *b);
const struct exact *exact_sub(struct exact_pool *p, const struct exact *a, const struct exact *b);
const struct exact *exact_mul(struct exact_pool *p, const struct exact *a, const struct exact *b);
const struct exact *exact_div(struct exact_pool *p, const struct exact *a, const struct exact *b);
const struct exact *exact_neg(struct exact_pool *p, const struct exact *a);
const struct exact *exact_ceil(struct exact_pool *p, const struct exact *a);  /* next whole number up */
const struct exact *exact_floor(struct exact_pool *p, const struct exact *a); /* next one down */

const struct exact *exact_min(const struct exact *a, const struct exact *b);
const struct exact *exact_max(const struct exact *a, const struct exact *b);
int exact_cmp(const struct exact *a, const struct exact *b); /* < 0, 0, > 0 */
int exact_sign(const struct exact *a);			      /* -1, 0, 1 */

enum rounding { ROUND_HALF_UP /* away from zero */, ROUND_HALF_EVEN, ROUND_DOWN /* to zero */ };

/* The nearest multiple of 10^-digits. */
const struct exact *exact_round(
	struct exact_pool *p, const struct exact *a, unsigned digits, enum rounding mode);

/* A whole number that fits, or -1: for ranks and counts. */
int64_t exact_to_i64(const struct exact *a);

/* Appends exactly `digits` decimals, rounded half up where the value has more. */
void exact_fixed(struct text *out, const struct exact *a, unsigned digits);
/* Appends up to `most` decimals, without trailing zeros. */
void exact_plain(struct text *out, const struct exact *a, unsigned most);
/* Allocated forms of the two. */
char *exact_fixed_dup(const struct exact *a, unsigned digits);
char *exact_plain_dup(const struct exact *a, unsigned most);

void text_u128(struct text *out, u128 n); /* decimal digits */

#endif
