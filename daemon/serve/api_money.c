/* SPDX-License-Identifier: BSD-3-Clause */
/* Contracts while their period runs: settle/'s work, on the usage in memory. */
#include <string.h>

#include "billing.h"
#include "cache.h"
#include "json.h"
#include "survey.h"
#include "to_date.h"
#include "view.h"

/* The rows of one partner, as a reading of them. */
struct reading {
	const struct store *store;
	struct store_choice choice;
};

static int read_rows(void *self, int64_t from, int64_t to, row_fn *each, void *context)
{
	const struct reading *r = self;

	return store_rows(r->store, &r->choice, from, to, each, context);
}

/* An id has several versions; the first stands for it. */
static bool runs(const struct api *a, const struct contract *c, struct period *p)
{
	return c->version == 1 && to_date_runs(a->contracts, c, view_end(a), p);
}

void cache_contract(struct api *a, struct cached *c)
{
	const struct contract *k = &a->contracts->contract[c->number];
	struct reading reading = { follow_store(a->follow), { .partner = k->partner, .link = TOPOLOGY_NONE } };
	struct row_source rows = { read_rows, &reading };
	struct billing b = *a->billing;
	struct survey r = { .topology = a->topology, .now = view_end(a) };
	struct statement *s = NULL;
	struct period period;

	if (!runs(a, k, &period))
		return;
	r.pool = b.pool = exact_pool_new();
	b.rows = &rows;
	b.until = r.now;
	if (!billing_statements(&b, (const char *const[]){ k->id }, 1, &period, &s))
		survey_json_contract(&r, &c->json, s);
	statement_free(s);
	exact_pool_free(b.pool);
}

void api_keep(struct api *a)
{
	for (size_t i = 0; a->contracts && i < a->contracts->n; i++) {
		const struct contract *c = &a->contracts->contract[i];
		struct exact_pool *pool = exact_pool_new();
		struct settle *s = NULL;
		struct period period;
		int64_t from, to;

		if (runs(a, c, &period) && !settle_open(pool, a->contracts, c->id, &period, a->billing->world,
						     &a->billing->d, &s)) {
			settle_range(s, &from, &to);
			follow_keep(a->follow, c->partner, from);
		}
		settle_free(s);
		exact_pool_free(pool);
	}
}

int api_partners(struct api *a, const struct api_ask *q, struct text *out)
{
	if (!follow_complete(a->follow))
		return view_refuse(out, 503, "still reading");
	json_open(out, NULL, '{');
	json_time(out, "now", view_end(a));
	json_word(out, "none_because", a->contracts ? NULL : "serve was started without --contracts");
	json_open(out, "contracts", '[');
	for (uint32_t i = 0; a->contracts && i < a->contracts->n; i++) {
		const struct cached *c;

		if (q->partner && strcmp(q->partner, a->contracts->contract[i].partner))
			continue;
		c = cache_get(a, CACHED_CONTRACT, NULL, i, q->now);
		if (c->json.size)
			json_raw(out, NULL, c->json.data);
	}
	json_close(out, ']');
	json_close(out, '}');
	return 200;
}
