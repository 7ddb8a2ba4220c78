/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The dictionary of cells: every (link, partner, peering, direction, class, CoS, family) that was
 * ever seen gets one entry with a stable address, which records point to. Entries are never
 * removed, so a record stays valid across a change of configuration. One thread at a time.
 */
#ifndef LEDGER_CELLBOOK_H
#define LEDGER_CELLBOOK_H

#include <stddef.h>
#include <stdint.h>

#include "transitd/words.h"

struct cell_name {
	char link[NAME_SIZE], partner[NAME_SIZE], peering[NAME_SIZE], class[NAME_SIZE],
		cos[NAME_SIZE];
	enum direction direction;
	enum family family;
	uint32_t id; /* 0, 1, 2 ... in order of first sight within this book */
};

struct cellbook;

struct cellbook *cellbook_new(void);
void cellbook_free(struct cellbook *book); /* accepts NULL */

/* The entry equal to `name` (its id is ignored), added if it is new. Valid until cellbook_free(). */
const struct cell_name *cellbook_intern(struct cellbook *book, const struct cell_name *name);
const struct cell_name *cellbook_at(const struct cellbook *book, uint32_t id);
uint32_t cellbook_count(const struct cellbook *book);

/* Canonical order of records: peering, direction, class, CoS, family, bytewise (then partner,
 * link). */
int cell_name_compare(const struct cell_name *a, const struct cell_name *b);

extern const char *const direction_name[DIRECTIONS]; /* "ingress", "egress" */
extern const char *const family_name[FAMILIES];	     /* "ipv4", "ipv6", "other" */

#endif
