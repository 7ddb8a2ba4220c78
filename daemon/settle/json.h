/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Writing JSON piece by piece: commas come by themselves. `key` NULL: an element of an array. Counts, rates
 * and amounts are strings of decimal digits (settlement rules, section 1).
 */
#ifndef SETTLE_JSON_H
#define SETTLE_JSON_H

#include <stdbool.h>

#include "exact.h"
#include "text.h"

void json_open(struct text *t, const char *key, char bracket); /* '{' or '[' */
void json_close(struct text *t, char bracket);		       /* '}' or ']' */
void json_null(struct text *t, const char *key);
void json_bool(struct text *t, const char *key, bool value);
void json_number(struct text *t, const char *key, int64_t value); /* small: seconds, bins, per cent of progress */
void json_word(struct text *t, const char *key, const char *value); /* NULL: null */
void json_time(struct text *t, const char *key, int64_t sec);
void json_count(struct text *t, const char *key, u128 value);
void json_exact(struct text *t, const char *key, const struct exact *value, unsigned digits); /* NULL: null */
/* Up to `most` decimals, without trailing zeros. */
void json_plain(struct text *t, const char *key, const struct exact *value, unsigned most);
/* A value as it is written already. */
void json_raw(struct text *t, const char *key, const char *value);

#endif
