/* SPDX-License-Identifier: BSD-3-Clause */
/* The month of links, what their load will be, and what becomes of a lost link's: capacity/'s work. */
#include "cache.h"
#include "failover.h"
#include "json.h"
#include "survey.h"
#include "view.h"

void cache_month(struct api *a, struct cached *c)
{
	struct api_ask q = { .partner = *c->partner ? c->partner : NULL };
	struct strand s = view_strand(a, &q, c->number, follow_month(a->follow), view_end(a));

	figures_of(&s, view_capacity(a, &q, c->number), &c->figures);
	strand_free(&s);
}

/* As `transitctl capacity --link` says it, in the month of the newest interval. */
void cache_forecast(struct api *a, struct cached *c)
{
	struct period month = { PERIOD_MONTH, forecast_month(view_end(a) - 1) };
	struct exact_pool *pool = exact_pool_new();
	struct survey *r = survey_new(pool, follow_load(a->follow), a->topology, &month, c->number, TOPOLOGY_NONE);

	survey_json_link(r, &c->json, &r->link[0]);
	survey_free(r);
	exact_pool_free(pool);
}

int api_forecast(struct api *a, const struct api_ask *q, struct text *out)
{
	if (q->partner)
		return view_refuse(out, 403, "forecasts are of links, and for the operator");
	if (!follow_complete(a->follow))
		return view_refuse(out, 503, "still reading");
	json_open(out, NULL, '{');
	json_time(out, "now", view_end(a));
	json_open(out, "links", '[');
	for (uint32_t i = 0; i < a->topology->n_links; i++)
		if (view_link(a, q, i))
			json_raw(out, NULL, cache_get(a, CACHED_FORECAST, NULL, i, q->now)->json.data);
	json_close(out, ']');
	json_close(out, '}');
	return 200;
}

int api_without(struct api *a, const struct api_ask *q, struct text *out)
{
	uint32_t link = q->link ? topology_find_link(a->topology, q->link) : TOPOLOGY_NONE;
	struct store_choice all = { .link = TOPOLOGY_NONE };
	int64_t from = follow_month(a->follow), to = view_end(a);
	struct survey r = { .topology = a->topology };
	struct failover f;
	struct load *l;

	if (q->partner)
		return view_refuse(out, 403, "what a lost link does to others is for the operator");
	if (!follow_ready(a->follow))
		return view_refuse(out, 503, "still reading");
	if (link == TOPOLOGY_NONE || !view_link(a, q, link))
		return view_refuse(out, 404, "no such link");
	l = load_new(a->topology, from, to, link);
	store_rows(follow_store(a->follow), &all, from, to, load_row, l);
	failover_of(l, a->topology, link, from, to, &f);
	r.pool = exact_pool_new();
	r.failover = &f;
	json_open(out, NULL, '{');
	json_time(out, "from", from);
	json_time(out, "to", to);
	survey_json_without(&r, out);
	json_close(out, '}');
	exact_pool_free(r.pool);
	failover_clear(&f);
	load_free(l);
	return 200;
}
