/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What takes long to compute and is asked for again and again: figures of links, forecasts, contracts. It is
 * computed when it is first asked for, and again between requests, one thing at a time, when the bins have
 * changed; requests get what was computed last, some seconds ago, so that nobody waits.
 */
#ifndef SERVE_CACHE_H
#define SERVE_CACHE_H

#include "api.h"
#include "figures.h"

enum cached_kind {
	CACHED_MONTH,	 /* a link's figures, on somebody's behalf */
	CACHED_FORECAST, /* a link's report: JSON */
	CACHED_CONTRACT, /* a contract's period to date: JSON, empty if none runs */
	CACHED_LOSS,	 /* what the loss of a link does: JSON */
	CACHED_MATRIX,	 /* on somebody's behalf: JSON; number 0 */
	CACHED_KINDS,
};

struct cached {
	enum cached_kind kind;
	char partner[NAME_SIZE]; /* on whose behalf; "": the operator's */
	uint32_t number;	 /* of the link or contract */
	uint64_t stamp;		 /* what it was computed from; 0: nothing yet */
	int64_t at;		 /* when, Unix seconds */
	struct figures figures;	 /* CACHED_MONTH */
	struct text json;	 /* the others */
};

/* Valid until the next call. `partner` NULL: the operator. */
const struct cached *cache_get(struct api *a, enum cached_kind kind, const char *partner, uint32_t number,
	int64_t now);

/* The kinds' own work, each in its file: fills in what its kind has. */
void cache_month(struct api *a, struct cached *c);
void cache_forecast(struct api *a, struct cached *c);
void cache_contract(struct api *a, struct cached *c);
void cache_loss(struct api *a, struct cached *c);
void cache_matrix(struct api *a, struct cached *c);

#endif
