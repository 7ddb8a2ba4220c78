/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The figures of a stretch of bins (settlement rules, section 6): ranks in whole bytes a bin, rates made of
 * them at the end, missing bins excluded. Pure functions; integers and exact rationals only.
 */
#ifndef CAPACITY_FIGURES_H
#define CAPACITY_FIGURES_H

#include "load.h"

#define BUSY_BINS 12 /* a busy hour */

enum level { LEVEL_50, LEVEL_70, LEVEL_80, LEVEL_100, LEVELS };
#define MINUTE_LEVELS LEVEL_100 /* minutes are counted above the first three */
extern const unsigned level_percent[LEVELS]; /* 50, 70, 80, 100 */

/* By the greater direction's p95 over the capacity: below 50 % ok, from 50 plan, from 70 act, from 80 critical. */
enum band { BAND_OK, BAND_PLAN, BAND_ACT, BAND_CRITICAL, BAND_UNKNOWN /* no capacity, or no bin */, BANDS };
extern const char *const band_name[BANDS]; /* "ok", "plan", "act", "critical", "unknown" */

/* One direction. Bytes are L1 bytes of one bin; without any bin they are 0. */
struct side_figures {
	u128 total;		    /* of the bins that are not missing */
	u128 p50, p95, p99;	    /* rank ceil(p*n/100) */
	u128 peak;		    /* the greatest bin, the earliest of equals */
	int64_t peak_start;
	bool has_busy;		    /* there are 12 bins in a row, none missing */
	u128 busy;		    /* bytes of those 12 that carried most, the earliest of equals */
	int64_t busy_start;
	uint32_t minutes[MINUTE_LEVELS]; /* in bins strictly above 50, 70, 80 % */
};

struct figures {
	int64_t from;
	uint64_t bins, present;		 /* expected, and not missing */
	uint64_t status[BIN_STATUSES];	 /* bins by state */
	uint64_t capacity;		 /* bit/s one way, 0: not stated */
	struct side_figures side[DIRECTIONS];
	enum direction greater;		 /* by p95; ingress at a tie */
	enum band band;
};

void figures_of(const struct strand *s, uint64_t capacity, struct figures *out);

/* What a direction's p95 can still become if `ahead` more bins follow: none of them carries anything, or all of
 * them carry the capacity, or what the greatest bin so far carried if that is more (or no capacity is stated). */
struct final_p95 {
	u128 low, high;
	bool bounded; /* a capacity is stated, or nothing follows: `high` holds */
};
void figures_final(const struct strand *s, enum direction d, uint64_t capacity, uint64_t ahead,
	struct final_p95 *out);

/* The 1-based rank ceil(percent*n/100). */
uint64_t figures_rank(unsigned percent, uint64_t n);

/* The band of a p95 in bytes a bin. capacity 0: unknown. */
enum band figures_band(u128 p95, uint64_t capacity);

/* Exact bit/s of `bytes` in `bins` bins (0 of 0), and per cent of a capacity (not 0). */
const struct exact *figures_rate(struct exact_pool *p, u128 bytes, uint64_t bins);
const struct exact *figures_percent(struct exact_pool *p, const struct exact *rate, uint64_t capacity);
/* Per cent of the bins that are not missing. */
const struct exact *figures_completeness(struct exact_pool *p, const struct figures *f);

/* The bins of a day one over another: what a time of day carries on average. */
#define DAY_BINS (86400 / BIN_SECONDS)
struct day_profile {
	u128 total[DIRECTIONS][DAY_BINS];
	uint32_t n[DAY_BINS]; /* days that have the bin */
};
void figures_day(const struct strand *s, struct day_profile *out);

#endif
