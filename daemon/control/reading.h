/* SPDX-License-Identifier: BSD-3-Clause */
/* One load of a configuration: walks the YAML tree along the rows of keys.h and fills a struct config. */
#ifndef CONTROL_READING_H
#define CONTROL_READING_H

#include "diag.h"
#include "keys.h"
#include "names.h"
#include "yaml.h"

#define DSCPS 64

struct reading {
	const char *file;
	struct diag *d;
	struct config *c;
	struct names names[LISTS]; /* of the elements whose name is good: name to index */
	unsigned count[LISTS];	   /* elements, good or not */
	unsigned *peering_line;	   /* per peering: where it stands; 0: it has a mistake */
	size_t peering_room;
	struct {
		unsigned line; /* 0: not listed */
		size_t cos;
	} dscp[DSCPS];
};

/* Reads a map into `object`. Mistakes are counted in r->d. */
void reading_map(struct reading *r, const struct key_table *table, const struct yaml_node *node,
	void *object);
void reading_end(struct reading *r);

/* Hooks of keys.c. */
void check_tap(struct reading *r, const struct yaml_node *node, void *object);
void check_peering(struct reading *r, const struct yaml_node *node, void *object);
void check_redis(struct reading *r, const struct yaml_node *node, void *object);
void check_metrics(struct reading *r, const struct yaml_node *node, void *object);
void check_tls(struct reading *r, const struct yaml_node *node, void *object);
void check_failover(struct reading *r, const struct yaml_node *node, void *object);
void check_planned(struct reading *r, const struct yaml_node *node, void *object);
void check_dscp(struct reading *r, const struct yaml_node *node, void *object);

#endif
