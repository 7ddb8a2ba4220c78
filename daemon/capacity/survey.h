/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A survey of capacity: every link's figures for a period, its months and forecast, what a lost link would do,
 * and contracts' period to date. Pure data, computed from a load and nothing else; the forms print it, and
 * print nothing that is not in it. Exact values are the pool's.
 */
#ifndef CAPACITY_SURVEY_H
#define CAPACITY_SURVEY_H

#include "civil.h"
#include "failover.h"
#include "forecast.h"
#include "statement.h"

struct survey_link {
	uint32_t link;
	struct figures figures;
	struct final_p95 final[DIRECTIONS]; /* of the period */
	struct forecast forecast[DIRECTIONS];
	struct month_figures *month; /* up to the end of the period */
	size_t n_months;
	struct day_profile day;
};

struct survey {
	struct exact_pool *pool;
	const struct topology *topology;
	struct period period;
	int64_t from, to;   /* the period, UTC */
	int64_t now, until; /* the data's end; where the figures end: the earlier of `to` and `now` */
	uint64_t expected_bins;
	struct survey_link *link;
	size_t n_links;
	struct failover *failover; /* NULL: not asked for */
	struct statement **contract; /* to date, the caller's; in the contracts' order */
	size_t n_contracts;
	char **note;
	size_t n_notes;
};

/* The survey of a period that has begun by load_end(). `only`: one link, or TOPOLOGY_NONE for all; `without`: a
 * link whose loss is asked for (its load was kept by class), or TOPOLOGY_NONE. What is given outlives it. */
struct survey *survey_new(struct exact_pool *p, const struct load *l, const struct topology *t,
	const struct period *period, uint32_t only, uint32_t without);
void survey_free(struct survey *r); /* accepts NULL; not the contracts' statements */

/* The forms. The same survey gives the same bytes. */
void survey_json(const struct survey *r, struct text *out); /* one line, with its end */
void survey_text(const struct survey *r, struct text *out);
void survey_csv(const struct survey *r, struct text *out); /* of contracts if there are any, else of links */
int survey_html(const struct survey *r, struct text *out); /* 0, or -EIO */

/* Pieces of the JSON form, for who asks for some of it: figures (as of links before and after a loss), a link,
 * the loss, a contract. They use the survey's pool, topology and now, and the loss. */
void survey_json_figures(const struct survey *r, struct text *out, const char *name, const struct figures *f);
void survey_json_link(const struct survey *r, struct text *out, const struct survey_link *l);
void survey_json_without(const struct survey *r, struct text *out);
void survey_json_contract(const struct survey *r, struct text *out, const struct statement *s);

/* Shared by the forms. */

/* "96.3 Gbit/s", at most three decimals. Allocated. */
char *survey_rate(struct exact_pool *p, const struct exact *bits);
/* Of bytes in so many bins, in words as above. */
char *survey_bytes_rate(struct exact_pool *p, u128 bytes, uint64_t bins);
/* "48.2 %", or "-" without a capacity. Allocated. */
char *survey_percent(struct exact_pool *p, u128 bytes, uint64_t bins, uint64_t capacity);
/* When a level is reached, in words: "2027-01", "reached", "never", and with its interval "2027-01 (2026-12 to
 * 2027-03)". Allocated. */
char *survey_reached(const struct level_forecast *l, bool interval);
/* Why there is no forecast: NULL, there is one. Allocated. */
char *survey_no_forecast(const struct forecast *f);
/* Is every part of the contract's period under way, so that there is a forecast? */
bool survey_foretells(const struct survey *r, const struct statement_line *l);
/* A year and month, as "2026-11"; `buf` is PERIOD_SIZE long. */
char *survey_month(char buf[static PERIOD_SIZE], int32_t month);
/* Where the statement's period ends and whether it runs on after `now`. */
bool survey_runs(const struct survey *r, const struct statement *s);

extern const char *const survey_direction[DIRECTIONS]; /* "ingress", "egress" */

#endif
