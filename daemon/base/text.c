/* SPDX-License-Identifier: BSD-3-Clause */
#include "text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *mem_check(void *p)
{
	if (!p) {
		fputs("out of memory\n", stderr);
		abort();
	}
	return p;
}

void *mem_alloc(size_t size)
{
	return mem_check(calloc(1, size ? size : 1));
}

void *mem_array(size_t n, size_t size)
{
	return mem_check(calloc(n ? n : 1, size));
}

void *mem_grow(void *p, size_t n, size_t size)
{
	return mem_check(reallocarray(p, n ? n : 1, size));
}

void mem_reach(void **list, size_t *n, size_t i, size_t size)
{
	size_t had = *n;

	if (i < had)
		return;
	*n = i + 1 + i / 2;
	*list = mem_grow(*list, *n, size);
	memset((char *)*list + had * size, 0, (*n - had) * size);
}

char *mem_dup(const char *s)
{
	return mem_check(strdup(s));
}

char *mem_printf(const char *format, ...)
{
	char *s = NULL;
	va_list ap;

	va_start(ap, format);
	if (vasprintf(&s, format, ap) < 0)
		s = NULL;
	va_end(ap);
	return mem_check(s);
}

static void text_reserve(struct text *t, size_t more)
{
	size_t need = t->size + more + 1;

	if (need <= t->room)
		return;
	t->room = need < 2 * t->room ? 2 * t->room : need < 64 ? 64 : need;
	t->data = mem_grow(t->data, t->room, 1);
}

void text_add(struct text *t, const char *s, size_t size)
{
	text_reserve(t, size);
	if (size)
		memcpy(t->data + t->size, s, size);
	t->size += size;
	t->data[t->size] = 0;
}

void text_str(struct text *t, const char *s)
{
	text_add(t, s, strlen(s));
}

void text_printf(struct text *t, const char *format, ...)
{
	va_list ap, again;
	int n;

	text_reserve(t, 64);
	va_start(ap, format);
	va_copy(again, ap);
	n = vsnprintf(t->data + t->size, t->room - t->size, format, ap);
	va_end(ap);
	if (n < 0)
		abort();
	if ((size_t)n >= t->room - t->size) {
		text_reserve(t, (size_t)n);
		vsnprintf(t->data + t->size, (size_t)n + 1, format, again);
	}
	va_end(again);
	t->size += (size_t)n;
}

void text_u64(struct text *t, uint64_t n)
{
	char digits[20];
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + n % 10);
		n /= 10;
	} while (n);
	text_add(t, digits + at, sizeof(digits) - at);
}

void text_json(struct text *t, const char *s)
{
	text_add(t, "\"", 1);
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if (c == '"' || c == '\\')
			text_printf(t, "\\%c", c);
		else if (c < 0x20)
			text_printf(t, "\\u%04x", c);
		else
			text_add(t, s, 1);
	}
	text_add(t, "\"", 1);
}

void text_clear(struct text *t)
{
	t->size = 0;
	if (t->data)
		t->data[0] = 0;
}

void text_free(struct text *t)
{
	free(t->data);
	*t = (struct text){ 0 };
}
