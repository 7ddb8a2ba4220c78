/* SPDX-License-Identifier: BSD-3-Clause */
/* Partners by classes, and how well everything was watched. */
#include <stdlib.h>
#include <string.h>

#include "cache.h"
#include "json.h"
#include "view.h"

/* What one partner carried of one class in the month. */
struct sum {
	const char *partner;
	uint32_t class;
	u128 packets[DIRECTIONS], l2_bytes[DIRECTIONS], l3_bytes[DIRECTIONS];
};

struct matrix {
	const struct topology *topology;
	struct sum *sum;
	size_t n;
};

static void take_total(void *context, uint32_t peering, enum direction d, uint32_t class,
	const struct counters *n)
{
	struct matrix *m = context;
	const char *partner = m->topology->peerings[peering].partner;
	size_t i = 0;

	while (i < m->n && (m->sum[i].class != class || strcmp(m->sum[i].partner, partner)))
		i++;
	if (i == m->n) {
		m->sum = mem_grow(m->sum, m->n + 1, sizeof(*m->sum));
		m->sum[m->n++] = (struct sum){ .partner = partner, .class = class };
	}
	m->sum[i].packets[d] += n->packets;
	m->sum[i].l2_bytes[d] += n->l2_bytes;
	m->sum[i].l3_bytes[d] += n->l3_bytes;
}

static int by_name(const void *a, const void *b, void *context)
{
	const struct topology *t = context;
	const struct sum *x = a, *y = b;
	int d = strcmp(x->partner, y->partner);

	return d ? d : strcmp(t->classes[x->class].name, t->classes[y->class].name);
}

void cache_matrix(struct api *a, struct cached *c)
{
	struct store_choice choice = { .partner = *c->partner ? c->partner : NULL, .link = TOPOLOGY_NONE };
	int64_t from = follow_month(a->follow), to = view_end(a);
	struct matrix m = { .topology = a->topology };
	struct text *out = &c->json;

	store_totals(follow_store(a->follow), &choice, from, to, take_total, &m);
	if (m.n)
		qsort_r(m.sum, m.n, sizeof(*m.sum), by_name, a->topology);
	json_open(out, NULL, '{');
	json_time(out, "from", from);
	json_time(out, "to", to);
	json_open(out, "cells", '[');
	for (size_t i = 0; i < m.n; i++) {
		json_open(out, NULL, '{');
		json_word(out, "partner", m.sum[i].partner);
		json_word(out, "class", a->topology->classes[m.sum[i].class].name);
		for (int d = 0; d < DIRECTIONS; d++) {
			json_open(out, direction_name[d], '{');
			json_count(out, "packets", m.sum[i].packets[d]);
			json_count(out, "l2_bytes", m.sum[i].l2_bytes[d]);
			json_count(out, "l3_bytes", m.sum[i].l3_bytes[d]);
			json_close(out, '}');
		}
		json_close(out, '}');
	}
	json_close(out, ']');
	json_close(out, '}');
	free(m.sum);
}

int api_matrix(struct api *a, const struct api_ask *q, struct text *out)
{
	if (!follow_ready(a->follow))
		return view_refuse(out, 503, "still reading");
	json_raw(out, NULL, cache_get(a, CACHED_MATRIX, q->partner, 0, q->now)->json.data);
	return 200;
}

/* --- quality --- */

#define MOST_GAPS 200 /* of a link; the newest */

/* Bins one after another that are not ok, and equally so. */
struct gap {
	int64_t from, to;
	uint8_t state;
};

static size_t find_gaps(const struct strand *s, struct gap out[static MOST_GAPS], bool *more)
{
	size_t n = 0;

	*more = false;
	for (size_t i = s->bins; i-- > 0;) {
		int64_t at = s->from + (int64_t)i * BIN_SECONDS;

		if (s->state[i] == BIN_OK)
			continue;
		if (n && out[n - 1].from == at + BIN_SECONDS && out[n - 1].state == s->state[i]) {
			out[n - 1].from = at;
		} else if (n < MOST_GAPS) {
			out[n++] = (struct gap){ at, at + BIN_SECONDS, s->state[i] };
		} else {
			*more = true;
			break;
		}
	}
	return n;
}

static void put_gaps(struct text *t, const struct strand *s)
{
	struct gap gap[MOST_GAPS];
	bool more;
	size_t n = find_gaps(s, gap, &more);

	json_bool(t, "more_gaps", more);
	json_open(t, "gaps", '[');
	for (size_t i = 0; i < n; i++) {
		json_open(t, NULL, '{');
		json_time(t, "from", gap[i].from);
		json_time(t, "to", gap[i].to);
		json_word(t, "status", bin_status_name[gap[i].state]);
		json_close(t, '}');
	}
	json_close(t, ']');
}

static void put_link_quality(struct text *t, struct api *a, const struct api_ask *q, uint32_t link)
{
	const struct figures *f = &cache_get(a, CACHED_MONTH, q->partner, link, q->now)->figures;
	struct strand s = view_strand(a, q, link, follow_month(a->follow), view_end(a));
	struct exact_pool *p = exact_pool_new();

	json_word(t, "name", a->topology->links[link].name);
	json_number(t, "bins", (int64_t)f->bins);
	for (int i = 0; i < BIN_STATUSES; i++)
		json_number(t, bin_status_name[i], (int64_t)f->status[i]);
	json_exact(t, "completeness", figures_completeness(p, f), 2);
	put_gaps(t, &s);
	exact_pool_free(p);
	strand_free(&s);
}

/* What all taps of a meter did in the month. */
struct meter_sum {
	uint64_t bins;
	u128 covered_ms, packets, unknown, malformed, late, missed;
};

static int take_bin(void *context, const struct usage_bin *b)
{
	struct meter_sum *s = context;

	s->bins++;
	s->covered_ms += b->covered_ms;
	s->packets += b->tap_packets;
	s->unknown += b->unknown_packets;
	s->malformed += b->malformed;
	s->late += b->late;
	s->missed += b->missed_packets;
	return 0;
}

static void put_meter_quality(struct text *t, const struct api *a, const struct api_ask *q, size_t i)
{
	struct source *s = follow_source(a->follow, i);
	struct follow_meter m = follow_meter(a->follow, i);
	struct meter_sum sum = { 0 };
	bool read = s->ops->bins(s->self, follow_month(a->follow), 0, take_bin, &sum) == 0;

	json_word(t, "name", m.name);
	json_number(t, "interval", m.interval);
	json_count(t, "seq", m.head.seq);
	json_time(t, "end", m.head.end);
	json_number(t, "lag", q->now > m.head.end ? q->now - m.head.end : 0);
	json_bool(t, "failing", m.failing || !read);
	json_number(t, "bins", (int64_t)sum.bins);
	json_count(t, "covered_seconds", sum.covered_ms / 1000);
	json_count(t, "packets", sum.packets);
	json_count(t, "unknown", sum.unknown);
	json_count(t, "malformed", sum.malformed);
	json_count(t, "late", sum.late);
	json_count(t, "missed", sum.missed);
}

/* Taps see everybody's frames: meters are for the operator alone. */
int api_quality(struct api *a, const struct api_ask *q, struct text *out)
{
	if (!follow_ready(a->follow))
		return view_refuse(out, 503, "still reading");
	json_open(out, NULL, '{');
	json_time(out, "from", follow_month(a->follow));
	json_time(out, "to", view_end(a));
	json_open(out, "links", '[');
	for (uint32_t i = 0; i < a->topology->n_links; i++) {
		if (!view_link(a, q, i))
			continue;
		json_open(out, NULL, '{');
		put_link_quality(out, a, q, i);
		json_close(out, '}');
	}
	json_close(out, ']');
	json_open(out, "meters", '[');
	for (size_t i = 0; !q->partner && i < follow_meters(a->follow); i++) {
		json_open(out, NULL, '{');
		put_meter_quality(out, a, q, i);
		json_close(out, '}');
	}
	json_close(out, ']');
	json_close(out, '}');
	return 200;
}
