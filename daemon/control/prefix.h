/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The prefix file: lines "prefix,class", '#' starts a comment, IPv4 and IPv6 mixed (contract section 4).
 * A million lines load in well under a second: the file is read in one piece and parsed by hand.
 */
#ifndef CONTROL_PREFIX_H
#define CONTROL_PREFIX_H

#include <stddef.h>
#include <stdint.h>

#include "diag.h"
#include "names.h"

#define PREFIX_MOST_BYTES ((size_t)1 << 30)

struct prefix4 {
	uint32_t address; /* host order, host bits zero */
	uint8_t length;	  /* 0..32 */
	uint16_t class;
};

struct prefix6 {
	uint8_t address[16]; /* network order, host bits zero */
	uint8_t length;	     /* 0..128 */
	uint16_t class;
};

/* Sorted by (address, length), each prefix once. */
struct prefix_table {
	struct prefix4 *v4;
	struct prefix6 *v6;
	size_t n4, n6;
};

/* Reads `text` (need not be terminated), which came from `file`; `classes` gives names their indices.
 * 0, or -EINVAL after lines in `d`: not a prefix, host bits set, length out of range, unknown or
 * reserved class, the same prefix with another class. The same prefix with the same class again is
 * accepted once. *out is set only on success. */
int prefix_parse(const char *file, const char *text, size_t size, const struct names *classes,
	struct diag *d, struct prefix_table *out);
void prefix_free(struct prefix_table *t);

#endif
