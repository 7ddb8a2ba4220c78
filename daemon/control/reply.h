/* SPDX-License-Identifier: BSD-3-Clause */
/* The members of a meter's reply, which is a JSON object and so YAML as well; what is not there is empty. */
#ifndef CONTROL_REPLY_H
#define CONTROL_REPLY_H

#include <stdint.h>

#include "yaml.h"

/* A member of an object; of none, or if there is none, an empty text that is null. */
const struct yaml_node *reply_member(const struct yaml_node *map, const char *key);
/* Its text, "-" if it has none. */
const char *reply_word(const struct yaml_node *map, const char *key);
/* Its count, 0 if it has none. */
uint64_t reply_count(const struct yaml_node *map, const char *key);
/* How much of all workers' cycles went into turns that brought frames, in tenths of a per cent. */
unsigned reply_busy(const struct yaml_node *worker);

#endif
