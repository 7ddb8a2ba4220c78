/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What exists besides contracts: partners' peerings, the links they are on and how much those carry,
 * and the classes. Known from a meter's configuration; with evidence alone nothing of it is known.
 */
#ifndef SETTLE_WORLD_H
#define SETTLE_WORLD_H

#include "contract.h"

struct world_peering {
	char name[NAME_SIZE], partner[NAME_SIZE], link[NAME_SIZE];
	uint64_t capacity; /* bit/s of the link; 0: not stated */
};

struct world {
	struct world_peering *peering;
	size_t n;
	char (*class)[NAME_SIZE]; /* reserved names not included */
	size_t n_classes;
};

void world_free(struct world *w); /* accepts NULL */
void world_add_peering(struct world *w, const struct world_peering *p); /* a known name is replaced */
void world_add_class(struct world *w, const char *name);
const struct world_peering *world_find(const struct world *w, const char *peering);

/* Does what the contracts (those with this id; NULL: all) refer to exist? Adds lines to `d` for what does not;
 * `where` says what must have it, as "the meter's configuration". */
void world_check(const struct world *w, const struct contracts *all, const char *id, const char *where,
	struct diag *d);

#endif
