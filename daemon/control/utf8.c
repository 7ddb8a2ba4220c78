/* SPDX-License-Identifier: BSD-3-Clause */
#include "utf8.h"

#include <stdbool.h>
#include <stdint.h>

/* What may begin a sequence, its length, and the range of its second byte: this shuts out overlong
 * forms, surrogates and what lies beyond U+10FFFF (RFC 3629 section 4). */
static const struct sequence {
	uint8_t first_low, first_high, length, second_low, second_high;
} sequences[] = {
	{ 0xc2, 0xdf, 2, 0x80, 0xbf },
	{ 0xe0, 0xe0, 3, 0xa0, 0xbf },
	{ 0xe1, 0xec, 3, 0x80, 0xbf },
	{ 0xed, 0xed, 3, 0x80, 0x9f },
	{ 0xee, 0xef, 3, 0x80, 0xbf },
	{ 0xf0, 0xf0, 4, 0x90, 0xbf },
	{ 0xf1, 0xf3, 4, 0x80, 0xbf },
	{ 0xf4, 0xf4, 4, 0x80, 0x8f },
};

static bool plain(uint8_t c)
{
	return (c >= 0x20 && c < 0x7f) || c == '\t' || c == '\n' || c == '\r';
}

static const struct sequence *sequence_of(uint8_t first)
{
	for (size_t i = 0; i < sizeof(sequences) / sizeof(*sequences); i++)
		if (first >= sequences[i].first_low && first <= sequences[i].first_high)
			return &sequences[i];
	return NULL;
}

/* The length of the multi-byte sequence at `s`, or 0. */
static size_t multi(const uint8_t *s, size_t left)
{
	const struct sequence *q = sequence_of(s[0]);

	if (!q || q->length > left || s[1] < q->second_low || s[1] > q->second_high)
		return 0;
	for (size_t i = 2; i < q->length; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	return q->length;
}

size_t utf8_text(const char *text, size_t size)
{
	const uint8_t *s = (const uint8_t *)text;
	size_t at = 0, n;

	while (at < size) {
		if (s[at] < 0x80)
			n = plain(s[at]) ? 1 : 0;
		else
			n = multi(s + at, size - at);
		if (!n)
			return at;
		at += n;
	}
	return size;
}
