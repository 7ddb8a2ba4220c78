/* SPDX-License-Identifier: BSD-3-Clause */
#include "field.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "text.h"

#define TEXT_MOST      1024u
#define COUNT_MOST	1000000000
#define AGE_MOST_HOURS	(36500 * 24)
#define CPU_MOST       1023u
#define ARGUMENTS_MOST 64u
#define ARRAY_SIZE(a)  (sizeof(a) / sizeof(*(a)))

bool field_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

char *field_copy(const char *text, size_t size)
{
	char *s = mem_alloc(size + 1);

	memcpy(s, text, size);
	return s;
}

/* A whole number without sign or leading zeros, at most `most`. Returns the bytes it took; 0: none. */
static size_t number(const char *text, size_t size, uint64_t most, uint64_t *out)
{
	uint64_t n = 0;
	size_t at = 0;

	for (; at < size && field_is_digit(text[at]); at++) {
		uint64_t digit = (uint64_t)(text[at] - '0');

		if ((at == 1 && n == 0) || digit > most || n > (most - digit) / 10)
			return 0;
		n = n * 10 + digit;
	}
	if (at)
		*out = n;
	return at;
}

bool field_number(
	const char *text, size_t size, uint64_t least, uint64_t most, uint64_t *out)
{
	uint64_t n;

	if (!size || number(text, size, most, &n) != size || n < least)
		return false;
	*out = n;
	return true;
}

int field_one_of(const char *const *words, size_t n, const char *text, size_t size)
{
	for (size_t i = 0; i < n; i++)
		if (strlen(words[i]) == size && !memcmp(words[i], text, size))
			return (int)i;
	return -1;
}

size_t field_begins(const char *text, size_t size, const char *word)
{
	size_t n = strlen(word);

	return size >= n && !strncmp(text, word, n) ? n : 0;
}

int field_name(const char *text, size_t size, void *at)
{
	char *name = at;

	if (!size || size >= NAME_SIZE || text[0] == '-')
		return -EINVAL;
	for (size_t i = 0; i < size; i++)
		if (!field_is_digit(text[i]) && !(text[i] >= 'a' && text[i] <= 'z') && text[i] != '-')
			return -EINVAL;
	memset(name, 0, NAME_SIZE);
	memcpy(name, text, size);
	return 0;
}

int field_text(const char *text, size_t size, void *at)
{
	char **out = at;

	if (size > TEXT_MOST)
		return -EINVAL;
	free(*out);
	*out = field_copy(text, size);
	return 0;
}

int field_path(const char *text, size_t size, void *at)
{
	return size ? field_text(text, size, at) : -EINVAL;
}

int field_password_file(const char *text, size_t size, void *at)
{
	return size > field_begins(text, size, "credential:") ? field_text(text, size, at) : -EINVAL;
}

int field_count(const char *text, size_t size, void *at)
{
	return field_number(text, size, 1, COUNT_MOST, at) ? 0 : -EINVAL;
}

int field_age(const char *text, size_t size, void *at)
{
	unsigned hours = size && text[size - 1] == 'd' ? 24 : 1;
	uint64_t n;

	if (size < 2 || (text[size - 1] != 'h' && text[size - 1] != 'd'))
		return -EINVAL;
	if (!field_number(text, size - 1, 1, AGE_MOST_HOURS / hours, &n))
		return -EINVAL;
	*(int64_t *)at = (int64_t)n * hours * 3600;
	return 0;
}

int field_interval(const char *text, size_t size, void *at)
{
	/* Whole divisors of five minutes that are also easy to say (contract section 4). */
	static const unsigned allowed[] = { 1, 2, 5, 10, 15, 20, 30, 60, 100, 150, 300 };
	uint64_t n;

	if (size < 2 || text[size - 1] != 's' || !field_number(text, size - 1, 1, 300, &n))
		return -EINVAL;
	for (size_t i = 0; i < ARRAY_SIZE(allowed); i++) {
		if (allowed[i] == n) {
			*(unsigned *)at = (unsigned)n;
			return 0;
		}
	}
	return -EINVAL;
}

/* 10^digits for the suffix, 0 for an unknown one. */
static unsigned suffix_digits(const char *text, size_t size, unsigned *digits)
{
	static const char suffixes[] = "kMGT";
	const char *s;

	if (!size) {
		*digits = 0;
		return 0;
	}
	s = strchr(suffixes, text[size - 1]);
	*digits = s ? 3 * (unsigned)(s - suffixes + 1) : 0;
	return s ? 1 : 0;
}

/* Decimal point and suffix shift the same digits, so that no binary fraction is involved. */
int field_capacity(const char *text, size_t size, void *at)
{
	uint64_t n, digit;
	unsigned shift;
	size_t used;

	size -= suffix_digits(text, size, &shift);
	used = number(text, size, INT64_MAX, &n);
	if (!used)
		return -EINVAL;
	if (used < size && (text[used] != '.' || used + 1 == size))
		return -EINVAL;
	for (used += used < size; used < size; used++) {
		if (!field_is_digit(text[used]))
			return -EINVAL;
		digit = (uint64_t)(text[used] - '0');
		if (!shift && digit)
			return -EINVAL; /* a fraction of a bit */
		if (shift && n > (INT64_MAX - digit) / 10)
			return -EINVAL;
		n = shift ? n * 10 + digit : n;
		shift -= shift > 0;
	}
	for (; shift; shift--) {
		if (n > INT64_MAX / 10)
			return -EINVAL;
		n *= 10;
	}
	if (!n)
		return -EINVAL;
	*(uint64_t *)at = n;
	return 0;
}

int field_asn(const char *text, size_t size, void *at)
{
	uint64_t n;

	if (!field_number(text, size, 1, UINT32_MAX, &n))
		return -EINVAL;
	*(uint32_t *)at = (uint32_t)n;
	return 0;
}

int field_dscp_number(const char *text, size_t size)
{
	uint64_t n;

	return field_number(text, size, 0, 63, &n) ? (int)n : -1;
}

int field_dscp(const char *text, size_t size, void *at)
{
	uint64_t *set = at;
	int n = field_dscp_number(text, size);

	if (n < 0)
		return -EINVAL;
	if (*set >> n & 1)
		return -EEXIST;
	*set |= UINT64_C(1) << n;
	return 0;
}

int field_cpu(const char *text, size_t size, void *at)
{
	struct config *c = at;
	uint64_t n;

	if (!field_number(text, size, 0, CPU_MOST, &n))
		return -EINVAL;
	for (size_t i = 0; i < c->n_worker_cpus; i++)
		if (c->worker_cpus[i] == n)
			return -EEXIST;
	if (c->n_worker_cpus == ARRAY_SIZE(c->worker_cpus))
		return -ENOSPC;
	c->worker_cpus[c->n_worker_cpus++] = (unsigned)n;
	return 0;
}

int field_idle(const char *text, size_t size, void *at)
{
	static const char *const words[] = { "poll", "sleep" };
	int i = field_one_of(words, ARRAY_SIZE(words), text, size);

	if (i < 0)
		return -EINVAL;
	*(bool *)at = i;
	return 0;
}

int field_buffers(const char *text, size_t size, void *at)
{
	uint64_t n;

	if (!field_number(text, size, 2048, 1048576, &n))
		return -EINVAL;
	*(unsigned *)at = (unsigned)n;
	return 0;
}

int field_argument(const char *text, size_t size, void *at)
{
	struct config *c = at;

	if (!size || size > TEXT_MOST)
		return -EINVAL;
	if (c->n_dpdk_args == ARGUMENTS_MOST)
		return -ENOSPC;
	c->dpdk_args = mem_grow(c->dpdk_args, c->n_dpdk_args + 1, sizeof(*c->dpdk_args));
	c->dpdk_args[c->n_dpdk_args++] = field_copy(text, size);
	return 0;
}
