/* SPDX-License-Identifier: BSD-3-Clause */
#include "reply.h"

#include <stdlib.h>

static const struct yaml_node nothing = { .text = "", .null = true };

const struct yaml_node *reply_member(const struct yaml_node *map, const char *key)
{
	const struct yaml_item *item = map->kind == YAML_MAP ? yaml_find(map, key) : NULL;

	return item ? item->value : &nothing;
}

const char *reply_word(const struct yaml_node *map, const char *key)
{
	const struct yaml_node *n = reply_member(map, key);

	return n->kind != YAML_TEXT || n->null || !*n->text ? "-" : n->text;
}

uint64_t reply_count(const struct yaml_node *map, const char *key)
{
	return strtoull(reply_word(map, key), NULL, 10);
}

unsigned reply_busy(const struct yaml_node *worker)
{
	uint64_t busy = reply_count(worker, "busy_cycles"), all = reply_count(worker, "cycles");

	return all >= 1000 ? (unsigned)(busy / (all / 1000)) : 0; /* busy * 1000 would overflow in months */
}
