/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A table: each metric with the function that knows its samples and, for that function, which of
 * its figures it is. Samples per peering are bounded by peerings x 2 directions x classes.
 */
#include "live_metrics.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "clock.h"
#include "live_drift.h"
#include "live_taps.h"
#include "live_totals.h"
#include "sink_redis.h"
#include "tap_xdp.h"
#include "version.h"

#define LABELS_MOST 8

/* What there is one of. Seconds, bytes, counts; NAN: there is none. */
struct figures {
	double intervals, spanned, covered, completeness, interval, lag, end, depth, accepts;
	double redis_waiting, redis_lag, prefix_bytes, prefix_time, cells, started, ready;
};

struct page {
	struct exposition exposition;
	const struct live_view *view;
	const struct config *config;
	struct figures figures;
	struct sink_status sink;
	struct metric_label label[LABELS_MOST]; /* the first is the meter's, everywhere */
	size_t n_labels;
};

struct row {
	struct metric metric;
	void (*samples)(struct page *p, const struct row *r);
	size_t at; /* of the figure, in what `samples` looks at */
};

static void label(struct page *p, const char *name, const char *value)
{
	p->label[p->n_labels++] = (struct metric_label){ name, value };
}

/* A sample ends its own labels. */
static void integer(struct page *p, const struct row *r, unsigned __int128 value)
{
	exposition_integer(&p->exposition, &r->metric, p->label, p->n_labels, value);
	p->n_labels = 1;
}

static void number(struct page *p, const struct row *r, double value)
{
	exposition_number(&p->exposition, &r->metric, p->label, p->n_labels, value);
	p->n_labels = 1;
}

static void figure(struct page *p, const struct row *r)
{
	double value = *(const double *)((const char *)&p->figures + r->at);

	if (!isnan(value))
		number(p, r, value);
}

static void sides(struct page *p, const struct row *r)
{
	const struct live_totals *t = p->view->totals;

	for (size_t i = 0; i < live_totals_sides(t); i++) {
		const struct live_side *s = &t->side[i];

		label(p, "link", s->name->link);
		label(p, "partner", s->name->partner);
		label(p, "peering", s->name->peering);
		label(p, "direction", direction_name[s->name->direction]);
		label(p, "class", s->name->class);
		integer(p, r, *(const unsigned __int128 *)((const char *)s + r->at));
	}
}

static void label_tap(struct page *p, size_t tap)
{
	const struct config_tap *t = &p->config->taps[tap];

	label(p, "link", p->config->links[t->link].name);
	label(p, "tap", t->name);
}

static void taps(struct page *p, const struct row *r)
{
	static const struct tap_count none;

	for (size_t i = 0; i < p->config->n_taps; i++) {
		const struct tap_count *sum =
			live_totals_tap(p->view->totals, p->config->taps[i].name);

		label_tap(p, i);
		integer(p, r, *(const uint64_t *)((const char *)(sum ? sum : &none) + r->at));
	}
}

/* What the port says beyond what was counted; both up to the newest cut. */
static void drift(struct page *p, const struct row *r)
{
	for (size_t i = 0; i < p->config->n_taps; i++) {
		struct drift d = live_drift_get(p->view->drift, i);
		uint64_t more =
			r->at ? d.port_bytes - d.counted_bytes : d.port_packets - d.counted_packets;

		if (!d.known)
			continue;
		label_tap(p, i);
		number(p, r, (double)(int64_t)more);
	}
}

/* A port that is polled cannot go while the meter runs. */
static void presence(struct page *p, const struct row *r)
{
	struct tap_xdp_state s;

	for (size_t i = 0; i < p->config->n_taps; i++) {
		bool is_gone = live_taps_interface(p->view->taps, (uint32_t)i, &s) && !s.is_there;

		label_tap(p, i);
		integer(p, r, !is_gone);
	}
}

static void workers(struct page *p, const struct row *r)
{
	for (size_t i = 0; i < p->view->n_workers; i++) {
		const struct worker *w = &p->view->worker[i];
		const _Atomic uint64_t *figure = (const void *)((const char *)w + r->at);
		char index[24];

		snprintf(index, sizeof(index), "%zu", i);
		label(p, "worker", index);
		integer(p, r, atomic_load_explicit(figure, memory_order_relaxed));
	}
}

static void link_info(struct page *p, const struct row *r)
{
	for (size_t i = 0; i < p->config->n_links; i++) {
		label(p, "link", p->config->links[i].name);
		label(p, "description", p->config->links[i].description);
		integer(p, r, 1);
	}
}

static void link_capacity(struct page *p, const struct row *r)
{
	for (size_t i = 0; i < p->config->n_links; i++) {
		if (!p->config->links[i].capacity)
			continue;
		label(p, "link", p->config->links[i].name);
		number(p, r, (double)p->config->links[i].capacity / 8);
	}
}

static void peering_info(struct page *p, const struct row *r)
{
	for (size_t i = 0; i < p->config->n_peerings; i++) {
		const struct config_peering *q = &p->config->peerings[i];

		label(p, "link", p->config->links[q->link].name);
		label(p, "partner", p->config->partners[q->partner].name);
		label(p, "peering", q->name);
		integer(p, r, 1);
	}
}

static void redis_state(struct page *p, const struct row *r)
{
	for (int state = 0; p->view->meter->sink && live_status_state[state]; state++) {
		label(p, "state", live_status_state[state]);
		integer(p, r, state == (int)p->sink.state);
	}
}

static void redis_info(struct page *p, const struct row *r)
{
	if (!p->view->meter->sink)
		return;
	label(p, "reason", p->sink.reason);
	integer(p, r, 1);
}

static void prefixes(struct page *p, const struct row *r)
{
	label(p, "family", family_name[FAMILY_IPV4]);
	integer(p, r, p->config->prefixes.n4);
	label(p, "family", family_name[FAMILY_IPV6]);
	integer(p, r, p->config->prefixes.n6);
}

static void config_info(struct page *p, const struct row *r)
{
	char hex[DIGEST_HEX_SIZE];

	label(p, "digest", digest_hex(hex, &p->config->digest));
	integer(p, r, 1);
}

static void build_info(struct page *p, const struct row *r)
{
	label(p, "version", TRANSITD_VERSION);
	integer(p, r, 1);
}

#define SIDE(figure)   sides, offsetof(struct live_side, figure)
#define TAP(figure)    taps, offsetof(struct tap_count, figure)
#define WORKER(figure) workers, offsetof(struct worker, figure)
#define METER(figure_) figure, offsetof(struct figures, figure_)

/* Units are what OpenMetrics calls base units; promtool asks for bytes where people say bits. */
static const struct row rows[] = {
	{ { "transitd_packets", METRIC_COUNTER, "packets", "Frames of a peering." },
		SIDE(packets) },
	{ { "transitd_l2_bytes", METRIC_COUNTER, "bytes",
		  "Bytes of a peering's frames, from destination MAC to before the FCS." },
		SIDE(l2_bytes) },
	{ { "transitd_l3_bytes", METRIC_COUNTER, "bytes",
		  "IP bytes of a peering's frames; 0 for class non-ip." },
		SIDE(l3_bytes) },
	{ { "transitd_peering", METRIC_INFO, NULL, "A configured peering, silent or not." },
		peering_info, 0 },
	{ { "transitd_link", METRIC_INFO, NULL, "A configured link." }, link_info, 0 },
	{ { "transitd_link_capacity_bytes_per_second", METRIC_GAUGE, "bytes_per_second",
		  "What the link carries one way (L1), where the configuration says it." },
		link_capacity, 0 },
	{ { "transitd_tap_packets", METRIC_COUNTER, "packets", "Frames that a tap delivered." },
		TAP(packets) },
	{ { "transitd_tap_l2_bytes", METRIC_COUNTER, "bytes",
		  "Bytes of the frames that a tap delivered." },
		TAP(l2_bytes) },
	{ { "transitd_tap_unknown_packets", METRIC_COUNTER, "packets",
		  "Frames that a tap delivered and no peering claims." },
		TAP(unknown_packets) },
	{ { "transitd_tap_unknown_l2_bytes", METRIC_COUNTER, "bytes",
		  "Bytes of the frames that no peering claims." },
		TAP(unknown_l2_bytes) },
	{ { "transitd_tap_malformed_packets", METRIC_COUNTER, "packets",
		  "Frames that a tap delivered with unreadable headers." },
		TAP(malformed) },
	{ { "transitd_tap_late_packets", METRIC_COUNTER, "packets",
		  "Frames of a tap that are older than the interval they were counted in." },
		TAP(late) },
	{ { "transitd_tap_missed_packets", METRIC_COUNTER, "packets",
		  "Frames that a tap could not deliver." },
		TAP(missed) },
	{ { "transitd_tap_drift_packets", METRIC_GAUGE, "packets",
		  "What the port itself counted beyond what was metered, since the start." },
		drift, 0 },
	{ { "transitd_tap_drift_bytes", METRIC_GAUGE, "bytes",
		  "The same in bytes, where the port counts them." },
		drift, 1 },
	{ { "transitd_tap_is_there", METRIC_GAUGE, NULL,
		  "1: what the tap meters is there; 0: its kernel interface is gone." },
		presence, 0 },
	{ { "transitd_intervals", METRIC_COUNTER, "intervals",
		  "Intervals that were put into the journal." },
		METER(intervals) },
	{ { "transitd_spanned_seconds", METRIC_COUNTER, "seconds",
		  "How long the intervals are that were put into the journal." },
		METER(spanned) },
	{ { "transitd_covered_seconds", METRIC_COUNTER, "seconds",
		  "How long the meter ran inside these intervals." },
		METER(covered) },
	{ { "transitd_completeness_ratio", METRIC_GAUGE, "ratio",
		  "Covered part of the newest interval in the journal." },
		METER(completeness) },
	{ { "transitd_interval_seconds", METRIC_GAUGE, "seconds",
		  "The configured length of an interval." },
		METER(interval) },
	{ { "transitd_interval_lag_seconds", METRIC_GAUGE, "seconds",
		  "From the newest interval's end until it was in the journal." },
		METER(lag) },
	{ { "transitd_interval_end_timestamp_seconds", METRIC_GAUGE, "seconds",
		  "The end of the newest interval in the journal." },
		METER(end) },
	{ { "transitd_journal_intervals", METRIC_GAUGE, "intervals", "Intervals in the journal." },
		METER(depth) },
	{ { "transitd_journal_accepts", METRIC_GAUGE, NULL,
		  "1: the journal takes intervals; 0: they wait." },
		METER(accepts) },
	{ { "transitd_ready", METRIC_GAUGE, NULL, "1: the meter meters; 0: see /ready." },
		METER(ready) },
	{ { "transitd_redis_waiting_intervals", METRIC_GAUGE, "intervals",
		  "Intervals in the journal that Redis lacks." },
		METER(redis_waiting) },
	{ { "transitd_redis_lag_seconds", METRIC_GAUGE, "seconds",
		  "From the end of the newest interval in Redis to that of the newest in the "
		  "journal." },
		METER(redis_lag) },
	{ { "transitd_redis_state", METRIC_GAUGE, NULL,
		  "1 for the state that the projection into Redis is in." },
		redis_state, 0 },
	{ { "transitd_redis", METRIC_INFO, NULL, "Why Redis is not level; empty when it is." },
		redis_info, 0 },
	{ { "transitd_worker_packets", METRIC_COUNTER, "packets", "Frames that a worker took." },
		WORKER(packets) },
	{ { "transitd_worker_busy_cycles", METRIC_COUNTER, "cycles",
		  "Cycles of a worker in turns with frames." },
		WORKER(busy_cycles) },
	{ { "transitd_worker_cycles", METRIC_COUNTER, "cycles", "All cycles of a worker." },
		WORKER(cycles) },
	{ { "transitd_cells", METRIC_GAUGE, "cells",
		  "Cells that the configuration asks for, taps' unknown included." },
		METER(cells) },
	{ { "transitd_prefixes", METRIC_GAUGE, "prefixes", "Prefixes in force." }, prefixes, 0 },
	{ { "transitd_prefix_table_bytes", METRIC_GAUGE, "bytes",
		  "Address space of the prefixes' lookup tables." },
		METER(prefix_bytes) },
	{ { "transitd_prefix_file_timestamp_seconds", METRIC_GAUGE, "seconds",
		  "When the prefix file that is in force was changed last." },
		METER(prefix_time) },
	{ { "transitd_config", METRIC_INFO, NULL, "The digest that is stamped on intervals." },
		config_info, 0 },
	{ { "transitd_build", METRIC_INFO, NULL, "The program." }, build_info, 0 },
	{ { "transitd_start_timestamp_seconds", METRIC_GAUGE, "seconds", "When the meter began." },
		METER(started) },
};

static void fill_redis(struct page *p)
{
	struct figures *f = &p->figures;

	f->redis_waiting = f->redis_lag = NAN;
	if (!p->view->meter->sink)
		return;
	sink_redis_status(p->view->meter->sink, &p->sink);
	f->redis_waiting = (double)(p->sink.head - p->sink.cursor);
	f->redis_lag = (double)p->sink.lag_s;
}

static void fill(struct page *p)
{
	const struct live_totals *t = p->view->totals;
	const struct view *view = p->view->meter->era->view;
	struct journal_head head = { 0 };
	struct text reasons = { 0 };

	journal_head(p->view->meter->journal, &head);
	live_status_reasons(p->view, &reasons);
	p->figures = (struct figures){
		.intervals = (double)t->intervals,
		.spanned = (double)t->spanned_ms / 1e3,
		.covered = (double)t->covered_ms / 1e3,
		.completeness =
			t->intervals ? t->last_covered_ms / (1e3 * p->config->interval) : NAN,
		.interval = p->config->interval,
		.lag = t->lag_ns ? (double)t->lag_ns / 1e9 : NAN,
		.end = head.seq ? (double)head.end : NAN,
		.depth = (double)head.seq,
		.accepts = !p->view->is_waiting,
		.prefix_bytes = (double)(lpm4_bytes(&view->lpm4) + lpm6_bytes(&view->lpm6)),
		.prefix_time =
			p->config->prefixes_changed ? (double)p->config->prefixes_changed : NAN,
		.cells = view->layout.n_slots,
		.started = (double)p->view->started,
		.ready = !reasons.size,
	};
	text_free(&reasons);
	fill_redis(p);
}

void live_metrics(const struct live_view *v, bool is_open, struct text *out)
{
	struct page p = {
		.exposition = { .out = out, .is_open = is_open },
		.view = v,
		.config = v->meter->era->config,
	};

	label(&p, "meter", p.config->meter);
	fill(&p);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		rows[i].samples(&p, &rows[i]);
	exposition_end(&p.exposition);
}
