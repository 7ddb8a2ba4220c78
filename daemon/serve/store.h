/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Usage in memory: what every (peering, direction, class) counted in every five-minute bin since some day,
 * and how each bin of each peering was watched. Filled with usage rows in any order; bins that change are
 * cleared and filled again. Held in days, each only where something was counted. One thread.
 */
#ifndef SERVE_STORE_H
#define SERVE_STORE_H

#include "load.h"
#include "row.h"
#include "topology.h"

struct store;

/* The topology is borrowed, and learns of peerings and classes that it does not know. */
struct store *store_new(struct topology *t);
void store_free(struct store *s); /* accepts NULL */

/* A row's counts are added to its bin. A row_fn; `store` is the struct store. Always 0. */
int store_row(void *store, const struct row *row);
/* Nothing is known of these bins any more. Both are multiples of BIN_SECONDS. */
void store_clear(struct store *s, int64_t from, int64_t to);
/* Forgets whole days before this time, but not of partners that are kept. */
typedef bool store_keep_fn(void *context, const char *partner);
void store_drop(struct store *s, int64_t before, store_keep_fn *keep, void *context);

/* What is asked for: NULL and TOPOLOGY_NONE stand for any. */
struct store_choice {
	const char *partner;
	uint32_t link;
};

/* Does anything that was asked for exist? */
bool store_has(const struct store *s, const struct store_choice *c);
/* L1 bytes and the worst states over the choice's peerings, as load_strand(). strand_free() it. */
struct strand store_strand(const struct store *s, const struct store_choice *c, int64_t from, int64_t to);

/* Calls for every cell that counted something in the time, with its sum. */
typedef void store_total_fn(void *context, uint32_t peering, enum direction d, uint32_t class,
	const struct counters *sum);
void store_totals(const struct store *s, const struct store_choice *c, int64_t from, int64_t to,
	store_total_fn *each, void *context);

/* The rows of the choice, cell by cell: what `transitctl usage` would give, added up over CoS and family,
 * with the meter left empty. 0, or what `each` returned. */
int store_rows(const struct store *s, const struct store_choice *c, int64_t from, int64_t to, row_fn *each,
	void *context);

#endif
