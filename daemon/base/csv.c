/* SPDX-License-Identifier: BSD-3-Clause */
#include "csv.h"

#include <errno.h>
#include <string.h>

size_t csv_mark(const char *data, size_t size)
{
	static const char mark[] = "\xef\xbb\xbf";

	return size >= sizeof(mark) - 1 && !memcmp(data, mark, sizeof(mark) - 1) ? sizeof(mark) - 1 : 0;
}

const char *csv_end(const char *at, const char *end)
{
	bool quoted = false;

	for (; at < end && (quoted || *at != '\n'); at++)
		quoted ^= *at == '"';
	return at;
}

/* A quoted field, unquoted into *to. What follows its closing quote, or NULL. */
static const char *unquote(const char *p, const char *end, char **to, struct csv_field *f)
{
	f->at = *to;
	for (p++; p < end; p++) {
		if (*p == '"') {
			if (p + 1 == end || p[1] != '"')
				break;
			p++;
		}
		*(*to)++ = *p;
	}
	f->size = (size_t)(*to - f->at);
	return p < end ? p + 1 : NULL;
}

int csv_split(const char *at, const char *end, char *room, struct csv_field *f, int most)
{
	const char *p = at;

	for (int n = 0; n < most; n++, p++) {
		if (p < end && *p == '"') {
			p = unquote(p, end, &room, &f[n]);
			if (!p || (p < end && *p != ','))
				return -EINVAL;
		} else {
			const char *comma = memchr(p, ',', (size_t)(end - p));

			f[n].at = p;
			p = comma ? comma : end;
			f[n].size = (size_t)(p - f[n].at);
		}
		if (p == end)
			return n + 1;
	}
	return most + 1;
}

bool csv_is(const struct csv_field *f, const char *word)
{
	return f->size == strlen(word) && !memcmp(f->at, word, f->size);
}

int csv_u64(const struct csv_field *f, uint64_t *out)
{
	uint64_t n = 0;

	if (!f->size)
		return -EINVAL;
	for (size_t i = 0; i < f->size; i++) {
		unsigned digit = (unsigned char)f->at[i] - '0';

		if (digit > 9)
			return -EINVAL;
		if (__builtin_mul_overflow(n, 10, &n) || __builtin_add_overflow(n, digit, &n))
			return -ERANGE;
	}
	*out = n;
	return 0;
}
