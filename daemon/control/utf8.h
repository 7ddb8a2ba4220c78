/* SPDX-License-Identifier: BSD-3-Clause */
/* What counts as text: UTF-8 (RFC 3629) without control characters but tab, line feed, carriage return. */
#ifndef CONTROL_UTF8_H
#define CONTROL_UTF8_H

#include <stddef.h>

/* The offset of the first byte that is not text, or `size`. */
size_t utf8_text(const char *s, size_t size);

#endif
