/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The keys of contracts.yaml as rows: how a map is read into a struct, key by key. A row says which
 * function reads the value, where it goes, and for lines which types have the key and which need it.
 */
#ifndef SETTLE_CONTRACT_KEY_H
#define SETTLE_CONTRACT_KEY_H

#include "contract.h"
#include "yaml.h"

struct reading {
	const char *file, *zone_folder;
	struct exact_pool *pool;
	struct diag *d;
};

struct key;
/* Reads one value into `at`; complains and leaves it alone if it cannot. */
typedef void key_read_fn(struct reading *r, const struct key *k, const struct yaml_node *v, void *at);

struct key {
	const char *name;
	key_read_fn *read;
	size_t at; /* offset in the struct */
	const char *const *words; /* of key_word */
	unsigned n_words;
	unsigned has, needs; /* bit t: maps of kind t have, or need, the key */
};

/* Reads the map `v` of kind `kind` into `base`. `what` names it in messages ("contract"). */
void key_read_map(struct reading *r, const struct key *keys, size_t n, unsigned kind,
	const struct yaml_node *v, const char *what, void *base);

/* A scalar's text, or NULL after a complaint. */
const char *key_text(struct reading *r, const struct key *k, const struct yaml_node *v);

key_read_fn key_name;	  /* char[NAME_SIZE] */
key_read_fn key_string;	  /* char *, allocated */
key_read_fn key_path;	  /* char *, allocated, as seen from the file's folder */
key_read_fn key_date;	  /* int32_t */
key_read_fn key_zone;	  /* struct zone * */
key_read_fn key_currency; /* char[4] */
key_read_fn key_word;	  /* an enum: the index in `words` */
key_read_fn key_flag;	  /* bool: the index in `words` */
key_read_fn key_names;	  /* struct name_list */
key_read_fn key_decimal;  /* const struct exact *, not negative */
key_read_fn key_percent;  /* the same, above 0 and at most 100 */
key_read_fn key_share;	  /* the same, 0 to 100 */
key_read_fn key_capacity; /* uint64_t, bit/s */
key_read_fn key_periods;  /* unsigned, 1 to 1,200 */
key_read_fn key_unit;	  /* const struct unit * */

#endif
