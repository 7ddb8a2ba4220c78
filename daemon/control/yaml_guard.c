/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What libfyaml must not see: bytes that are not text, and two things that take it a time that grows with
 * the square of their length (minutes for a file of spaces; seen in 0.7.12).
 */
#include "yaml_guard.h"

#include <errno.h>
#include <string.h>

#include "utf8.h"
#include "yaml.h"

static unsigned line_at(const char *text, size_t at)
{
	unsigned line = 1;

	for (size_t i = 0; i < at; i++)
		line += text[i] == '\n';
	return line;
}

/* Where the first stretch of space, tabs and line ends that is too long begins, or `size`. */
static size_t long_gap(const char *text, size_t size)
{
	size_t n;

	for (size_t at = 0; at < size; at += n + 1) {
		for (n = 0; at + n < size && memchr(" \t\r\n", text[at + n], 4); n++)
			;
		if (n > YAML_MOST_GAP)
			return at;
	}
	return size;
}

/* Where the first line that begins with '%' (a directive) and is too long begins, or `size`. */
static size_t long_directive(const char *text, size_t size)
{
	const char *end;

	for (size_t at = 0; at < size; at = (size_t)(end - text) + 1) {
		end = memchr(text + at, '\n', size - at);
		if (!end)
			end = text + size;
		if (text[at] == '%' && (size_t)(end - text) - at > YAML_MOST_GAP)
			return at;
	}
	return size;
}

int yaml_guard(const char *file, const char *text, size_t size, struct diag *d)
{
	size_t bad = utf8_text(text, size), gap = long_gap(text, size), line = long_directive(text, size);

	if (bad < size)
		diag_at(d, file, line_at(text, bad),
			"not YAML: byte 0x%02x; UTF-8 without control characters is allowed",
			(unsigned char)text[bad]);
	else if (gap < size)
		diag_at(d, file, line_at(text, gap),
			"too much space in one place; at most %u spaces and line ends in a row are allowed",
			YAML_MOST_GAP);
	else if (line < size)
		diag_at(d, file, line_at(text, line), "a directive is too long; %u bytes are allowed",
			YAML_MOST_GAP);
	return bad < size || gap < size || line < size ? -EINVAL : 0;
}
