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

/* Can load of the lost link come to this one? */
static bool takes_over(const struct topology *t, uint32_t lost, uint32_t link)
{
	if (link == lost)
		return true;
	for (size_t i = 0; i < t->n_shares; i++)
		if (t->shares[i].link == lost && t->shares[i].to == link)
			return true;
	for (size_t i = 0; i < t->n_classes; i++)
		if (t->classes[i].via != TOPOLOGY_NONE && t->peerings[t->classes[i].via].link == link)
			return true;
	return false;
}

void cache_loss(struct api *a, struct cached *c)
{
	int64_t from = follow_month(a->follow), to = view_end(a);
	struct load *l = load_new(a->topology, from, to, c->number);
	struct survey s = { .pool = exact_pool_new(), .topology = a->topology };
	struct failover f;

	for (uint32_t i = 0; i < a->topology->n_links; i++)
		if (takes_over(a->topology, c->number, i))
			store_rows(follow_store(a->follow), &(struct store_choice){ .link = i }, from, to, load_row, l);
	failover_of(l, a->topology, c->number, from, to, &f);
	s.failover = &f;
	json_open(&c->json, NULL, '{');
	json_time(&c->json, "from", from);
	json_time(&c->json, "to", to);
	survey_json_without(&s, &c->json);
	json_close(&c->json, '}');
	exact_pool_free(s.pool);
	failover_clear(&f);
	load_free(l);
}

int api_without(struct api *a, const struct api_ask *q, struct text *out)
{
	uint32_t link = q->link ? topology_find_link(a->topology, q->link) : TOPOLOGY_NONE;

	if (q->partner)
		return view_refuse(out, 403, "what a lost link does to others is for the operator");
	if (!follow_ready(a->follow))
		return view_refuse(out, 503, "still reading");
	if (link == TOPOLOGY_NONE || !view_link(a, q, link))
		return view_refuse(out, 404, "no such link");
	json_raw(out, NULL, cache_get(a, CACHED_LOSS, NULL, link, q->now)->json.data);
	return 200;
}
