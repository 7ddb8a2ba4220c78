/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The keys of the configuration as rows. What is read, what is refused and what the message allows all
 * come from here, and a test holds docs/configuration.md against it. The order of the rows is the order
 * of reading: a list stands behind the lists that its references name.
 */
#ifndef CONTROL_KEYS_H
#define CONTROL_KEYS_H

#include <stdbool.h>
#include <stddef.h>

#include "config.h"
#include "field.h"

enum key_shape {
	KEY_TEXT,  /* a text, by `parse` */
	KEY_TEXTS, /* a list of texts, each by `parse` */
	KEY_NAMED, /* a name from `list`: its index */
	KEY_MAP,   /* a map of `table`, into the same object */
	KEY_MAPS,  /* a list of maps of `table`, each into a new element from `add` */
};

/* The lists that have names. */
enum key_list { LIST_LINK, LIST_TAP, LIST_PARTNER, LIST_PEERING, LIST_CLASS, LIST_COS, NAMED_LISTS,
	LIST_FAILOVER = NAMED_LISTS, LIST_PLANNED, /* their elements have no names */
	LISTS };

/* Also for --tap. */
#define SOURCE_ALLOWED                                                                             \
	"pcap:FILE, dpdk:DEVICE, xdp:INTERFACE or xdp:INTERFACE,mode=observe|consume"

struct reading;
struct yaml_node;

struct key_table {
	const char *what; /* "a tap" */
	const struct key *key;
	size_t n;
};

struct key_type {
	enum key_shape shape;
	const char *what;	       /* "an interval" */
	const char *allowed;	       /* what may be written; NULL: see the table or the list */
	field_parse_fn *parse;	       /* KEY_TEXT, KEY_TEXTS */
	const struct key_table *table; /* KEY_MAP, KEY_MAPS */
	enum key_list list;	       /* KEY_NAMED, KEY_MAPS: whose names */
	size_t least;		       /* KEY_TEXTS: items */
	unsigned most;		       /* KEY_MAPS: elements in the whole file */
	void *(*add)(struct config *c); /* KEY_MAPS: a new last element; its name, if it has one, comes first */
	const char *const *reserved; /* KEY_MAPS: names that may not be given, ends with NULL */
	/* Looks at what was just read well; reports its own mistakes. */
	void (*check)(struct reading *r, const struct yaml_node *node, void *object);
};

struct key {
	const char *name;
	const struct key_type *type;
	size_t at; /* where it goes in its object */
	bool required;
	const char *standard; /* what holds without it; NULL: nothing */
	const char *help;
};

/* The whole file, into struct config. */
extern const struct key_table config_keys;

#endif
