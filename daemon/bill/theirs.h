/* SPDX-License-Identifier: BSD-3-Clause */
/* The partner's five-minute bins as CSV: columns start, direction, bytes, and packets where they have them, in
 * any order, further columns ignored. Several rows of a bin and direction are refused. */
#ifndef BILL_THEIRS_H
#define BILL_THEIRS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "diag.h"
#include "transitd/words.h"

struct their_bin {
	int64_t start; /* as they wrote it, Unix seconds */
	enum direction direction;
	uint64_t bytes, packets;
};

struct theirs {
	struct their_bin *bin; /* sorted by start, then direction */
	size_t n;
	bool has_packets;
};

/* 0 and *out (theirs_free()), or -EINVAL after lines in `d`. `mirrored`: their ingress is our egress. */
int theirs_read(const char *path, bool mirrored, struct diag *d, struct theirs *out);
void theirs_free(struct theirs *t);

#endif
