/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The configuration (contract section 4) as one const struct. config_load() reads the YAML file, refuses
 * what is wrong with FILE:LINE, resolves every name to an index and every path against the file's
 * folder, and reads the prefix file. Nothing else is opened. Control thread only; the result is
 * immutable and may be shared.
 */
#ifndef CONTROL_CONFIG_H
#define CONTROL_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "diag.h"
#include "digest.h"
#include "prefix.h"
#include "transitd/words.h"

enum tap_direction { TAP_INGRESS, TAP_EGRESS, TAP_BY_MAC };
enum tap_kind { TAP_PCAP, TAP_DPDK, TAP_XDP };

struct config_tap {
	char name[NAME_SIZE];
	enum tap_direction direction;
	enum tap_kind kind;
	char *device; /* the source after "pcap:" (path, resolved), "dpdk:" or "xdp:" */
	unsigned link; /* index into links */
	unsigned line; /* in the file, for later messages */
};

/* An end of a link on the map of the routes: 0 to 100 from the left, and from the top. */
struct config_place {
	char *name; /* NULL when absent */
	bool placed; /* x and y are stated */
	uint8_t x, y;
};

struct config_link {
	char name[NAME_SIZE];
	char *description; /* "" when absent */
	uint64_t capacity; /* bit/s; 0: not stated */
	struct config_place from, to; /* our end and the partners' */
};

struct config_partner {
	char name[NAME_SIZE];
	char *description;
	uint32_t asn; /* 0: not stated */
};

/* What a peering's `vlan` asks of a frame; the order is the order of specificity. */
enum vlan_match { VLAN_ANY, VLAN_OUTER, VLAN_UNTAGGED, VLAN_OUTER_INNER };

struct config_peering {
	char name[NAME_SIZE];
	unsigned partner, link;
	enum vlan_match vlan;
	uint16_t outer, inner; /* 1..4094 where `vlan` uses them */
	bool has_mac;
	uint8_t mac[6];
};

struct config_class {
	char name[NAME_SIZE];
	int via; /* peering index, -1: none */
};

/* If a link is lost, `share` of its load goes to another. */
struct config_failover {
	unsigned link, to;
	int class;	/* -1: of the classes without shares of their own */
	uint32_t share; /* hundredths of a per cent, 1..10000 */
};

enum config_change { CHANGE_ADD, CHANGE_REMOVE, CHANGE_CAPACITY, CHANGES };
enum config_sides { SIDES_BOTH, SIDES_INGRESS, SIDES_EGRESS };

/* From a date on, load comes or goes, or the link is widened. */
struct config_planned {
	unsigned link;
	int64_t date;		/* midnight UTC, Unix seconds */
	uint64_t rate[CHANGES]; /* bit/s; one of them is not 0 */
	enum config_sides sides;
	char *reason; /* "" when absent */
};

struct config_cos {
	char name[NAME_SIZE];
	uint64_t dscp; /* bit d set: DSCP d belongs to it */
};

struct config_server {
	char *host;    /* a name or address, or a path that begins with '/' (Unix socket) */
	uint16_t port; /* 0 with a path */
};

/* The rest of `redis`: NULL, false and 0 where a key is absent. Paths are resolved. */
struct config_redis {
	char *user;
	char *password_file; /* or "credential:NAME", a systemd credential */
	bool tls;
	char *ca, *certificate, *key, *name;
	uint64_t stream_max;		/* intervals */
	int64_t stream_age, usage_age; /* seconds */
};

/* `metrics`. */
struct config_metrics {
	char *listen;	  /* "127.0.0.1:9469"; NULL: no metrics are served */
	char *token_file; /* resolved, or "credential:NAME"; NULL: none */
};

struct config {
	char *file;
	char meter[NAME_SIZE];
	char redundant[NAME_SIZE]; /* another meter that watches the same taps, or "" */
	unsigned interval; /* seconds, a divisor of 300 */
	char *journal;	   /* resolved path */
	char *state;	   /* resolved path, NULL: see state_folder() */
	char *prefix_file; /* resolved path, NULL: none */
	int64_t journal_age; /* seconds that the journal goes back */
	char *contracts;     /* resolved path, NULL: none */
	size_t n_servers, n_links, n_taps, n_partners, n_peerings, n_classes, n_cos,
		n_failovers, n_planned;
	struct config_server *servers; /* n_servers 0: no Redis */
	struct config_redis redis;
	struct config_metrics metrics;
	struct config_link *links;
	struct config_tap *taps; /* of all links, in file order */
	struct config_partner *partners;
	struct config_peering *peerings;
	struct config_class *classes;
	struct config_cos *cos;
	struct config_failover *failovers;
	struct config_planned *planned;
	struct prefix_table prefixes; /* classes are indices into `classes` */
	int64_t prefixes_changed;     /* when that file was last written, Unix seconds, as of its reading; 0: none */
	unsigned worker_cpus[64];     /* `workers: [1, 2]`: the CPUs of the DPDK workers */
	size_t n_worker_cpus;	      /* 0: one worker, not pinned */
	bool idle_sleep;	      /* `idle: sleep` (default) or `poll` */
	char **dpdk_args;	      /* `dpdk: {args: [...]}`: further EAL arguments */
	size_t n_dpdk_args;
	unsigned dpdk_buffers; /* for each queue; 0: as many as its ring needs */

	/* What the cells mean, as text: one line per link, tap, partner, peering, class, cos, and the
	 * SHA-256 of the prefix table. Its digest is stamped on every interval, and the text itself is
	 * stored in the journal once per digest, so that a reader can tell silence from absence.
	 * Format: docs/configuration.md, "Canonical text". */
	char *canonical;
	struct digest digest;
};

/* One `--tap NAME=SOURCE` of the command line. */
struct config_override {
	const char *text;
};

/* 0 and *out, or -EINVAL after at least one line in `d` (also when a file cannot be read). */
int config_load(const char *file, const struct config_override *taps, size_t n_taps, struct diag *d,
	const struct config **out);

/* The same for programs that only read what a meter has written: the prefix file, which may be a million
 * lines, is not read. `prefixes` is empty, `canonical` NULL and `digest` zero. */
int config_load_to_read(const char *file, struct diag *d, const struct config **out);

void config_free(const struct config *c); /* accepts NULL */

#endif
