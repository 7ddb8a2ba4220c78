/* SPDX-License-Identifier: BSD-3-Clause */
/* Addresses from text that is not terminated, quickly. They take what inet_pton() takes (RFC 4291
 * section 2.2; dotted quads without leading zeros), and a test holds them against it. */
#ifndef CONTROL_ADDRESS_H
#define CONTROL_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Host order. */
bool address4_parse(const char *text, size_t size, uint32_t *out);

/* Network order. */
bool address6_parse(const char *text, size_t size, uint8_t out[static 16]);

#endif
