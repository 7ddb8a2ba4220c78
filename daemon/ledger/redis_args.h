/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The arguments of a Redis command, collected one by one in one piece of memory. Arguments are byte
 * strings and may hold anything. Zero-initialise; redis_args_free() when done.
 */
#ifndef LEDGER_REDIS_ARGS_H
#define LEDGER_REDIS_ARGS_H

#include <stddef.h>
#include <stdint.h>

#include "text.h"

struct redis_args {
	struct text bytes;
	size_t *end; /* end[i]: where argument i stops in `bytes` */
	size_t n, room;
};

void redis_args_add(struct redis_args *a, const char *data, size_t size);
void redis_args_str(struct redis_args *a, const char *s);
void redis_args_u64(struct redis_args *a, uint64_t n);
void redis_args_printf(struct redis_args *a, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* For an argument that is put together in place: append to `a->bytes`, then close it. */
void redis_args_close(struct redis_args *a);

void redis_args_clear(struct redis_args *a); /* keeps the room */
void redis_args_free(struct redis_args *a);

/* Argument i, not terminated. */
const char *redis_args_at(const struct redis_args *a, size_t i, size_t *size);

#endif
