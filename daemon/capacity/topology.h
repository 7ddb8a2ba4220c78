/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What capacity planning knows of the network: links with their capacity, the peerings on them, which
 * peering carries a class on, where a lost link's load goes and what is planned. Made from a meter's
 * configuration, from the canonical texts of others, or, with an evidence file alone, from its rows: then
 * each peering stands as a link of its own, without capacity. Plain data; one thread at a time.
 */
#ifndef CAPACITY_TOPOLOGY_H
#define CAPACITY_TOPOLOGY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config.h"
#include "transitd/words.h"

#define TOPOLOGY_NONE UINT32_MAX /* no such link, peering or class */
#define SHARE_WHOLE   10000u	 /* 100 %: shares count in hundredths of a per cent */

struct topology_link {
	char name[NAME_SIZE];
	char *description;
	uint64_t capacity; /* bit/s one way; 0: not stated */
	bool made_up;	   /* stands for a peering whose link is not known */
};

struct topology_peering {
	char name[NAME_SIZE], partner[NAME_SIZE];
	uint32_t link;
	bool seen; /* usage rows named it */
};

struct topology_class {
	char name[NAME_SIZE];
	uint32_t via; /* peering, or TOPOLOGY_NONE */
};

/* If `link` is lost, `share` of its load of `class` goes to `to`. */
struct topology_share {
	uint32_t link, to;
	uint32_t class; /* TOPOLOGY_NONE: of the classes that have no shares of their own */
	uint32_t share; /* of SHARE_WHOLE */
};

/* From `date` on, something changes on a link. */
struct topology_step {
	uint32_t link;
	int64_t date; /* Unix seconds, midnight UTC */
	enum config_change change;
	uint64_t rate; /* bit/s */
	bool side[DIRECTIONS]; /* of load: which directions */
	char *reason;
};

struct topology {
	struct topology_link *links;
	struct topology_peering *peerings;
	struct topology_class *classes;
	struct topology_share *shares;
	struct topology_step *steps;
	size_t n_links, n_peerings, n_classes, n_shares, n_steps;
};

struct topology *topology_new(void);
void topology_free(struct topology *t); /* accepts NULL */

/* Adds what a configuration says. */
void topology_config(struct topology *t, const struct config *c);
/* Adds links, peerings and classes of another meter's canonical text (control/canonical.h); what is known
 * already stays. */
void topology_canonical(struct topology *t, const char *text);

/* Indices, or TOPOLOGY_NONE. */
uint32_t topology_find_link(const struct topology *t, const char *name);
uint32_t topology_find_peering(const struct topology *t, const char *name);
uint32_t topology_find_class(const struct topology *t, const char *name);

/* The index of the peering; an unknown one is added on a link of its own, which has its name. */
uint32_t topology_learn_peering(struct topology *t, const char *name, const char *partner);
/* The index of the class; an unknown one (or a reserved one) is added without `via`. */
uint32_t topology_learn_class(struct topology *t, const char *name);

#endif
