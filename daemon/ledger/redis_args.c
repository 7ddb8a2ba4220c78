/* SPDX-License-Identifier: BSD-3-Clause */
#include "redis_args.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void redis_args_close(struct redis_args *a)
{
	if (a->n == a->room) {
		a->room = a->room ? 2 * a->room : 32;
		a->end = mem_grow(a->end, a->room, sizeof(*a->end));
	}
	a->end[a->n++] = a->bytes.size;
}

void redis_args_add(struct redis_args *a, const char *data, size_t size)
{
	text_add(&a->bytes, data, size);
	redis_args_close(a);
}

void redis_args_str(struct redis_args *a, const char *s)
{
	redis_args_add(a, s, strlen(s));
}

void redis_args_u64(struct redis_args *a, uint64_t n)
{
	text_u64(&a->bytes, n);
	redis_args_close(a);
}

void redis_args_printf(struct redis_args *a, const char *format, ...)
{
	char piece[512];
	va_list ap;
	int n;

	va_start(ap, format);
	n = vsnprintf(piece, sizeof(piece), format, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= sizeof(piece))
		abort(); /* only names and numbers are formatted; long texts are added */
	redis_args_add(a, piece, (size_t)n);
}

void redis_args_clear(struct redis_args *a)
{
	text_clear(&a->bytes);
	a->n = 0;
}

void redis_args_free(struct redis_args *a)
{
	text_free(&a->bytes);
	free(a->end);
	*a = (struct redis_args){ 0 };
}

const char *redis_args_at(const struct redis_args *a, size_t i, size_t *size)
{
	size_t start = i ? a->end[i - 1] : 0;

	*size = a->end[i] - start;
	return *size ? a->bytes.data + start : "";
}
