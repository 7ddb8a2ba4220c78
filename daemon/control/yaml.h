/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * YAML as a tree of texts, lists and maps, each with its line. Scalars stay the text that was written
 * (100.20 is not a number here). Anchors and aliases are resolved by sharing nodes, so a tree is never
 * larger than its file; depth, size and the number of nodes are bounded. Tags other than !!str, !!seq
 * and !!map, keys that are not text, and a second document are refused.
 */
#ifndef CONTROL_YAML_H
#define CONTROL_YAML_H

#include <stdbool.h>
#include <stddef.h>

#include "diag.h"

#define YAML_MOST_BYTES (2u << 20)
#define YAML_MOST_NODES 250000u
#define YAML_MOST_DEPTH 32u
#define YAML_MOST_KEYS	256u /* of one map */
#define YAML_MOST_GAP	256u /* spaces and line ends in a row; bytes of a directive */

enum yaml_kind { YAML_TEXT, YAML_LIST, YAML_MAP };

struct yaml_node {
	enum yaml_kind kind;
	unsigned line; /* from 1 */
	bool null;     /* a text that stands for nothing: empty, ~ or null, without quotes */
	const char *text; /* YAML_TEXT: terminated, holds no NUL; else "" */
	size_t size;	  /* of the text, or the number of items */
	const struct yaml_item *first;
};

/* One entry of a list, or one pair of a map. */
struct yaml_item {
	const struct yaml_item *next;
	const char *key; /* of a map; NULL in a list */
	unsigned line;	 /* of the key, or where the item begins */
	const struct yaml_node *value;
};

struct yaml;

/* Reads a document. 0 and *out when there is a tree; mistakes that leave one (a duplicate key: the first
 * wins; an unknown alias) are only counted in `d`. -EINVAL after lines in `d` when there is none. */
int yaml_load(const char *file, struct diag *d, struct yaml **out);
int yaml_parse(
	const char *file, const char *text, size_t size, struct diag *d, struct yaml **out);
void yaml_free(struct yaml *y); /* accepts NULL; takes all nodes with it */

const struct yaml_node *yaml_root(const struct yaml *y);

/* The pair of a map with this key, or NULL. */
const struct yaml_item *yaml_find(const struct yaml_node *map, const char *key);

#endif
