/* SPDX-License-Identifier: BSD-3-Clause */
/* All links at a glance, and one link through time. */
#include <stdlib.h>
#include <string.h>

#include "billing.h"
#include "cache.h"
#include "json.h"
#include "survey.h"
#include "unit.h"
#include "view.h"

#define SPARK_BINS 36 /* three hours */
#define MOST_BINS  (62 * 288)

/* One of the letters o, p, l, m for each bin: ok, partial, lossy, missing. */
static void put_states(struct text *t, const struct strand *s)
{
	char *letters = mem_alloc(s->bins + 1);

	for (size_t i = 0; i < s->bins; i++)
		letters[i] = *bin_status_name[s->state[i]];
	json_word(t, "state", letters);
	free(letters);
}

/* L1 bit/s of every bin, rounded down; null where nobody watched. */
static void put_series(struct text *t, const struct strand *s)
{
	for (int d = 0; d < DIRECTIONS; d++) {
		json_open(t, direction_name[d], '[');
		for (size_t i = 0; i < s->bins; i++) {
			if (s->state[i] == BIN_MISSING)
				json_null(t, NULL);
			else
				json_count(t, NULL, s->bytes[d][i] * 8 / BIN_SECONDS);
		}
		json_close(t, ']');
	}
}

static void put_strand(struct text *t, const char *key, const struct strand *s)
{
	json_open(t, key, '{');
	json_number(t, "start", s->from);
	json_number(t, "step", BIN_SECONDS);
	put_series(t, s);
	put_states(t, s);
	json_close(t, '}');
}

/* Rates of one moment, with their share of the capacity (0: not to be shown). */
static void put_now(struct text *t, const struct recent_sample *s, uint64_t capacity)
{
	if (!s->end) {
		json_null(t, "now");
		return;
	}
	json_open(t, "now", '{');
	json_time(t, "start", s->start);
	json_time(t, "end", s->end);
	for (int d = 0; d < DIRECTIONS; d++) {
		uint64_t rate = recent_rate(s, (enum direction)d);

		json_open(t, direction_name[d], '{');
		json_count(t, "bps", rate);
		view_percent(t, "percent", rate, capacity);
		json_close(t, '}');
	}
	json_close(t, '}');
}

/* As `transitctl capacity` prints the figures of a link. */
static void put_month(struct text *t, struct api *a, const struct api_ask *q, uint32_t link)
{
	const struct cached *c = cache_get(a, CACHED_MONTH, q->partner, link, q->now);
	struct survey s = { .pool = exact_pool_new(), .topology = a->topology };

	survey_json_figures(&s, t, "month", &c->figures);
	exact_pool_free(s.pool);
}

static void put_place(struct text *t, const char *key, const struct config_place *p)
{
	if (!p->name) {
		json_null(t, key);
		return;
	}
	json_open(t, key, '{');
	json_word(t, "name", p->name);
	if (p->placed) {
		json_number(t, "x", p->x);
		json_number(t, "y", p->y);
	}
	json_close(t, '}');
}

/* A description may name others; capacity tells what is left to them. Partners get neither. */
static void put_link(struct text *t, const struct api *a, const struct api_ask *q, uint32_t link)
{
	const struct topology_link *l = &a->topology->links[link];
	const struct config_link *c = view_config(a, link);

	json_word(t, "name", l->name);
	json_word(t, "description", c && !q->partner ? c->description : "");
	if (view_capacity(a, q, link))
		json_count(t, "capacity", view_capacity(a, q, link));
	else
		json_null(t, "capacity");
	if (c) {
		put_place(t, "from", &c->from);
		put_place(t, "to", &c->to);
	}
}

static void put_current(struct text *t, const struct api *a, const struct api_ask *q, uint32_t link)
{
	struct store_choice c = view_choice(q, link);
	struct recent_sample s = recent_now(follow_recent(a->follow), &c);

	put_now(t, &s, view_capacity(a, q, link));
}

static void put_spark(struct text *t, const struct api *a, const struct api_ask *q, uint32_t link)
{
	int64_t end = view_end(a);
	struct strand s = view_strand(a, q, link, end - SPARK_BINS * BIN_SECONDS, end);

	put_strand(t, "recent", &s);
	strand_free(&s);
}

static void put_progress(struct text *t, const struct api *a, const struct api_ask *q)
{
	json_time(t, "time", q->now);
	if (q->partner)
		json_word(t, "partner", q->partner);
	else
		json_null(t, "partner");
	json_bool(t, "ready", follow_ready(a->follow));
	json_number(t, "read_percent", follow_percent(a->follow));
	json_bool(t, "complete", follow_complete(a->follow));
	json_bool(t, "signed_in", q->signed_in);
	json_bool(t, "contracts", a->contracts != NULL);
}

static void put_period(struct text *t, const struct api *a)
{
	json_time(t, "month", follow_month(a->follow));
	json_time(t, "from", follow_from(a->follow));
	json_time(t, "end", view_end(a));
}

static void put_meters(struct text *t, const struct api *a, const struct api_ask *q)
{
	json_open(t, "meters", '[');
	for (size_t i = 0; i < follow_meters(a->follow); i++) {
		struct follow_meter m = follow_meter(a->follow, i);

		json_open(t, NULL, '{');
		if (!q->partner)
			json_word(t, "name", m.name);
		json_number(t, "interval", m.interval);
		json_count(t, "seq", m.head.seq);
		json_time(t, "end", m.head.end);
		json_number(t, "lag", q->now > m.head.end ? q->now - m.head.end : 0);
		json_bool(t, "failing", m.failing);
		json_close(t, '}');
	}
	json_close(t, ']');
}

/* A link of the lists below; its braces are the caller's. */
typedef void put_link_fn(struct text *t, struct api *a, const struct api_ask *q, uint32_t link);

static void put_links(struct text *t, struct api *a, const struct api_ask *q, put_link_fn *put)
{
	json_open(t, "links", '[');
	for (uint32_t i = 0; i < a->topology->n_links; i++) {
		if (!view_link(a, q, i))
			continue;
		json_open(t, NULL, '{');
		put(t, a, q, i);
		json_close(t, '}');
	}
	json_close(t, ']');
}

static void put_whole(struct text *t, struct api *a, const struct api_ask *q, uint32_t link)
{
	put_link(t, a, q, link);
	put_current(t, a, q, link);
	if (follow_ready(a->follow)) {
		put_month(t, a, q, link);
		put_spark(t, a, q, link);
	}
}

static void put_newest(struct text *t, struct api *a, const struct api_ask *q, uint32_t link)
{
	json_word(t, "name", a->topology->links[link].name);
	put_current(t, a, q, link);
}

int api_overview(struct api *a, const struct api_ask *q, struct text *out)
{
	json_open(out, NULL, '{');
	put_progress(out, a, q);
	if (follow_ready(a->follow))
		put_period(out, a);
	put_meters(out, a, q);
	put_links(out, a, q, put_whole);
	json_close(out, '}');
	return 200;
}

int api_now(struct api *a, const struct api_ask *q, struct text *out)
{
	json_open(out, NULL, '{');
	put_progress(out, a, q);
	put_meters(out, a, q);
	put_links(out, a, q, put_newest);
	json_close(out, '}');
	return 200;
}

/* --- one link --- */

static bool has_link(const struct world *w, const struct contract *c, const struct contract_line *l,
	const char *link)
{
	const struct name_list *named = l->peerings.n ? &l->peerings : &c->peerings;

	for (size_t i = 0; i < w->n; i++)
		if (!strcmp(w->peering[i].link, link) && !strcmp(w->peering[i].partner, c->partner) &&
			(!named->n || name_list_has(named, w->peering[i].name)))
			return true;
	return false;
}

/* The commitments of percentile lines that count something on this link, in bit/s. */
static void put_commits(struct text *t, const struct api *a, const struct api_ask *q, const char *link)
{
	struct exact_pool *p = exact_pool_new();

	json_open(t, "commits", '[');
	for (size_t i = 0; a->contracts && i < a->contracts->n; i++) {
		const struct contract *c = &a->contracts->contract[i];

		if (q->partner && strcmp(q->partner, c->partner))
			continue;
		for (size_t k = 0; k < c->n_lines; k++) {
			const struct contract_line *l = &c->lines[k];

			if (l->type != LINE_PERCENTILE || !l->commit || !has_link(a->billing->world, c, l, link))
				continue;
			json_open(t, NULL, '{');
			json_word(t, "contract", c->id);
			json_word(t, "partner", c->partner);
			json_word(t, "line", l->name);
			json_exact(t, "bps", exact_mul(p, l->commit, exact_int(p, l->unit->size)), 0);
			json_close(t, '}');
		}
	}
	json_close(t, ']');
	exact_pool_free(p);
}

/* The meters' own intervals, as far as they are held. */
static void put_samples(struct text *t, const struct api *a, const struct api_ask *q, uint32_t link)
{
	struct recent_sample *s = mem_array(RECENT_KEEP, sizeof(*s));
	struct store_choice c = view_choice(q, link);
	size_t n = recent_samples(follow_recent(a->follow), &c, s);

	json_open(t, "samples", '{');
	json_open(t, "end", '[');
	for (size_t i = 0; i < n; i++)
		json_number(t, NULL, s[i].end);
	json_close(t, ']');
	for (int d = 0; d < DIRECTIONS; d++) {
		json_open(t, direction_name[d], '[');
		for (size_t i = 0; i < n; i++)
			json_count(t, NULL, recent_rate(&s[i], (enum direction)d));
		json_close(t, ']');
	}
	json_close(t, '}');
	free(s);
}

static int64_t bin_start(int64_t at)
{
	return at / BIN_SECONDS * BIN_SECONDS;
}

int api_link(struct api *a, const struct api_ask *q, struct text *out)
{
	uint32_t link = q->link ? topology_find_link(a->topology, q->link) : TOPOLOGY_NONE;
	int64_t from = q->from ? bin_start(q->from) : follow_month(a->follow);
	int64_t to = q->to ? bin_start(q->to + BIN_SECONDS - 1) : view_end(a);
	struct strand s;

	if (link == TOPOLOGY_NONE || !view_link(a, q, link))
		return view_refuse(out, 404, "no such link");
	if (!follow_ready(a->follow))
		return view_refuse(out, 503, "still reading");
	if (from > to || (to - from) / BIN_SECONDS > MOST_BINS)
		return view_refuse(out, 400, "from and to: at most 62 days, from before to");
	s = view_strand(a, q, link, from, to);
	json_open(out, NULL, '{');
	put_link(out, a, q, link);
	put_current(out, a, q, link);
	put_month(out, a, q, link);
	put_commits(out, a, q, a->topology->links[link].name);
	put_strand(out, "bins", &s);
	put_samples(out, a, q, link);
	json_close(out, '}');
	strand_free(&s);
	return 200;
}
