/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a meter's configuration knew at some time, out of the canonical text that its journal keeps: the
 * peerings it would have counted (so that silence is told from absence), the link of each tap, and the
 * meter that watches the same taps.
 */
#ifndef BILL_KNOWN_H
#define BILL_KNOWN_H

#include "digest.h"
#include "transitd/words.h"

struct known_peering {
	char name[NAME_SIZE], partner[NAME_SIZE], link[NAME_SIZE];
};

struct known_tap {
	char name[NAME_SIZE], link[NAME_SIZE];
};

struct known {
	struct digest digest;
	struct known_peering *peering; /* sorted by name */
	struct known_tap *tap;
	size_t n_peerings, n_taps;
	char redundant[NAME_SIZE]; /* or "" */
};

/* Reads a canonical text (docs/configuration.md, "Canonical text"). */
void known_read(struct known *k, const char *text);
void known_clear(struct known *k);

const char *known_link_of_tap(const struct known *k, const char *tap); /* or NULL */

#endif
