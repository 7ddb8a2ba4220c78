/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Contracts (settlement rules, section 2) as const structs. contracts_load() reads contracts.yaml and
 * refuses what is unknown, missing or contradictory with FILE:LINE; what depends on a meter's
 * configuration (do partner, peerings and classes exist?) is contracts_check(). Numbers live in the
 * pool that is given, which outlives the contracts.
 */
#ifndef SETTLE_CONTRACT_H
#define SETTLE_CONTRACT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "civil.h"
#include "diag.h"
#include "exact.h"
#include "transitd/words.h"
#include "unit.h"
#include "zone.h"

enum basis { BASIS_L3, BASIS_L2, BASIS_L2FCS, BASIS_L1, BASES };
enum rank_rule { RANK_RFC2330, RANK_DROP_CEIL, RANKS };
enum direction_rule { DIR_MAX_OF_P95, DIR_P95_OF_MAX, DIR_P95_OF_SUM, DIR_INGRESS, DIR_EGRESS, DIR_RULES };
enum across { ACROSS_SUM, ACROSS_EACH, ACROSSES };
enum missing_rule { MISSING_EXCLUDE, MISSING_ZERO, MISSINGS };
enum partial_rule { PARTIAL_CAPTURED_ONLY, PARTIAL_CALENDAR_ZEROS, PARTIAL_DAY_FACTOR, PARTIALS };
enum payer { PAYER_PARTNER, PAYER_US, PAYERS };
enum tiers_mode { TIERS_NONE, TIERS_INCREMENTAL, TIERS_ALL_UNITS, TIERS_MODES };

enum line_type {
	LINE_FLAT, LINE_CAPACITY, LINE_PERCENTILE, LINE_AVERAGE, LINE_VOLUME, LINE_TAKE_OR_PAY,
	LINE_CREDIT, LINE_RATIO, LINE_TYPES,
};

extern const char *const basis_name[BASES];
extern const char *const rank_name[RANKS];
extern const char *const direction_rule_name[DIR_RULES];
extern const char *const across_name[ACROSSES];
extern const char *const missing_name[MISSINGS];
extern const char *const partial_name[PARTIALS];
extern const char *const rounding_name[2];
extern const char *const payer_name[PAYERS];
extern const char *const tiers_mode_name[TIERS_MODES]; /* [0]: "" */
extern const char *const line_type_name[LINE_TYPES];

struct name_list {
	char (*name)[NAME_SIZE];
	size_t n; /* 0: not given, all count */
};

bool name_list_has(const struct name_list *l, const char *name);

struct tier {
	const struct exact *up_to; /* inclusive; NULL: the last tier */
	const struct exact *rate;
};

/* What a type does not use is NULL or 0; what it uses and the file leaves out has its default. */
struct contract_line {
	char name[NAME_SIZE];
	enum line_type type;
	unsigned line; /* in the file */
	const struct unit *unit;
	const struct exact *amount, *quantity, *rate, *commit, *overage_rate, *burst_cap, *limit;
	const struct exact *percentile;
	const struct exact *take_percent, *deficiency_percent, *make_up_rate;
	unsigned make_up_periods, carry_periods;
	enum direction_rule direction;
	bool direction_given;
	enum tiers_mode tiers_mode;
	struct tier *tiers;
	size_t n_tiers;
	struct name_list classes, peerings;
	int32_t date;
	char *reason;
};

struct contract {
	char id[NAME_SIZE], partner[NAME_SIZE];
	unsigned line;
	unsigned version;  /* 1, 2 ... of the same id, by date */
	int32_t from, to;  /* dates in the zone, half-open */
	struct zone *zone;
	enum period_kind period;
	char currency[4];
	unsigned digits; /* of the minor unit */
	enum basis basis;
	struct name_list peerings;
	const struct exact *percentile;
	enum rank_rule rank;
	enum direction_rule direction;
	enum across across;
	enum missing_rule missing;
	enum partial_rule partial;
	bool usage_up; /* usage_rounding: up */
	uint64_t ceiling; /* bit/s; 0: the links' capacity */
	enum rounding rounding;
	const struct exact *accept, *negotiate; /* per cent, of a reconciliation */
	enum payer payer;
	struct contract_line *lines;
	size_t n_lines;
};

struct contracts {
	char *file;
	char *signing_key, *statements; /* paths as seen from the file's folder, or NULL */
	struct contract *contract; /* sorted by id, then by date */
	size_t n;
};

/* 0 and *out, or -EINVAL after lines in `d`. */
int contracts_load(const char *file, const char *zone_folder, struct exact_pool *pool, struct diag *d,
	struct contracts **out);
void contracts_free(struct contracts *c); /* accepts NULL */

/* Does what is due under the line depend on traffic? */
bool contract_line_metered(const struct contract_line *l);

/* The versions of an id, one after another in the array: their number, and the first in *out. */
size_t contracts_find(const struct contracts *c, const char *id, const struct contract **out);

#endif
