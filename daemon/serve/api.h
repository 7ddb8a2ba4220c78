/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the page asks, as JSON (docs/page.md has every key). Everything is asked on behalf of somebody: the
 * operator, who sees all, or one partner, who sees what its own peerings carried and nothing that tells of
 * anybody else: no totals of links, capacities, bands or other names. Figures are those of capacity/ and
 * settle/; nothing is computed here that a command of transitctl computes.
 */
#ifndef SERVE_API_H
#define SERVE_API_H

#include "config.h"
#include "contract.h"
#include "follow.h"

/* Figures that are asked for again and again, until the bins change. */
struct api_cache;
struct billing;

struct api {
	const struct config *config;
	struct topology *topology;
	struct follow *follow;
	const struct contracts *contracts; /* NULL: none */
	struct billing *billing; /* what contracts are settled with */
	struct api_cache *cache;
};

struct api_ask {
	const char *partner; /* on whose behalf; NULL: the operator's */
	const char *link;    /* NULL: not given */
	int64_t from, to;    /* Unix seconds; 0: not given */
	int64_t now;	     /* Unix seconds, by the clock */
	bool signed_in;	     /* with a token */
};

/* Appends the answer. An HTTP status: 200, or 400, 403, 404, 503 (still loading) and *out a line that says why. */
typedef int api_fn(struct api *a, const struct api_ask *q, struct text *out);

api_fn api_overview;
api_fn api_link;
api_fn api_matrix;
api_fn api_quality;
api_fn api_partners; /* contracts' periods to date */
api_fn api_forecast;
api_fn api_without;

/* The links' newest interval alone: what the event stream tells. */
api_fn api_now;

/* After the first step: keeps the usage that contracts look back to. */
void api_keep(struct api *a);

/* Computes some of what was asked for before and has changed since. False: there is nothing to do. */
bool api_refresh(struct api *a, int64_t now);

void api_cache_free(struct api_cache *c); /* accepts NULL */

#endif
