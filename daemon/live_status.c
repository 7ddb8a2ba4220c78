/* SPDX-License-Identifier: BSD-3-Clause */
#include "live_status.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "live_drift.h"
#include "live_taps.h"
#include "live_totals.h"
#include "retention.h"
#include "sink_redis.h"
#include "tap_xdp.h"
#include "version.h"

/* A port counts by itself what came: beside the meter's own counters, as of the newest cut. */
static void add_port(const struct live_view *v, uint32_t tap, struct text *out)
{
	struct drift d = live_drift_get(v->drift, tap);

	if (d.known)
		text_printf(out, ",\"port_packets\":%" PRIu64 ",\"port_bytes\":%" PRIu64 ",\"drift\":%" PRId64
				 ",\"drift_bytes\":%" PRId64,
			d.port_packets, d.port_bytes, (int64_t)(d.port_packets - d.counted_packets),
			(int64_t)(d.port_bytes - d.counted_bytes));
}

static void add_side(const char *side, const char *how, struct text *out)
{
	text_printf(out, ",\"%s\":", side);
	if (*how)
		text_json(out, how);
	else
		text_str(out, "null");
}

/* A kernel interface: whether it is there, and how each side of it is counted. */
static void add_interface(const struct live_view *v, uint32_t tap, struct text *out)
{
	struct tap_xdp_state s;

	if (!live_taps_interface(v->taps, tap, &s))
		return;
	text_str(out, ",\"interface\":");
	text_json(out, s.interface);
	text_printf(out, ",\"is_there\":%s", s.is_there ? "true" : "false");
	add_side("received", s.received, out);
	add_side("sent", s.sent, out);
}

static const char *link_of(const struct config *c, const char *tap)
{
	for (size_t i = 0; i < c->n_taps; i++)
		if (!strcmp(c->taps[i].name, tap))
			return c->links[c->taps[i].link].name;
	return "";
}

static void add_prefixes(const struct config *c, struct text *out)
{
	char changed[RFC3339_SIZE];

	text_printf(out, ",\"prefixes\":{\"ipv4\":%zu,\"ipv6\":%zu,\"changed\":", c->prefixes.n4, c->prefixes.n6);
	if (c->prefixes_changed)
		text_json(out, clock_format(changed, c->prefixes_changed));
	else
		text_str(out, "null");
	text_str(out, "}");
}

static void add_taps(const struct live_view *v, struct text *out)
{
	const struct layout *l = &v->meter->era->view->layout;

	text_str(out, ",\"taps\":[");
	for (uint32_t i = 0; i < l->n_taps; i++) {
		const struct tap_count *sum = live_totals_tap(v->totals, l->tap[i]);

		text_printf(out, "%s{\"name\":\"%s\",\"link\":\"%s\"", i ? "," : "", l->tap[i],
			link_of(v->meter->era->config, l->tap[i]));
		if (sum)
			text_printf(out, ",\"packets\":%" PRIu64 ",\"l2_bytes\":%" PRIu64
					 ",\"unknown_packets\":%" PRIu64 ",\"malformed\":%" PRIu64
					 ",\"missed\":%" PRIu64,
				sum->packets, sum->l2_bytes, sum->unknown_packets, sum->malformed,
				sum->missed);
		add_port(v, i, out);
		add_interface(v, i, out);
		text_str(out, "}");
	}
	text_str(out, "]");
}

static void add_workers(const struct live_view *v, struct text *out)
{
	text_str(out, ",\"workers\":[");
	for (size_t i = 0; i < v->n_workers; i++) {
		const struct worker *w = &v->worker[i];
		uint64_t packets = atomic_load_explicit(&w->packets, memory_order_relaxed);
		uint64_t busy = atomic_load_explicit(&w->busy_cycles, memory_order_relaxed);
		uint64_t all = atomic_load_explicit(&w->cycles, memory_order_relaxed);

		text_printf(out, "%s{\"cpu\":%d,\"packets\":%" PRIu64 ",\"busy_cycles\":%" PRIu64
				 ",\"cycles\":%" PRIu64 "}",
			i ? "," : "", w->cpu, packets, busy, all);
	}
	text_str(out, "]");
}

const char *const live_status_state[] = {
	[SINK_WAITING] = "waiting",
	[SINK_CONNECTING] = "connecting",
	[SINK_PUSHING] = "pushing",
	[SINK_LEVEL] = "level",
	[SINK_STOPPED] = "stopped",
	NULL,
};

static void add_redis(const struct live_view *v, struct text *out)
{
	struct sink_status s;

	if (!v->meter->sink)
		return;
	sink_redis_status(v->meter->sink, &s);
	text_printf(out, ",\"redis\":{\"state\":\"%s\",\"cursor\":%" PRIu64 ",\"lag\":%" PRIu64
			 ",\"lag_seconds\":%" PRId64 ",\"reason\":",
		live_status_state[s.state], s.cursor, s.head - s.cursor, s.lag_s);
	text_json(out, s.reason);
	text_str(out, "}");
}

#define LAG_MOST 2 /* intervals that may be on their way to Redis while all is well */

static bool redis_is_behind(const struct live_view *v, struct sink_status *s)
{
	if (!v->meter->sink)
		return false;
	sink_redis_status(v->meter->sink, s);
	return s->state != SINK_LEVEL && (s->state != SINK_PUSHING || s->head - s->cursor > LAG_MOST);
}

static void add_journal(const struct live_view *v, struct text *out)
{
	struct journal *j = v->meter->journal;
	struct journal_head head = { 0 };
	struct journal_anchor anchor = { 0 };
	char end[RFC3339_SIZE];

	journal_head(j, &head);
	journal_anchor(j, &anchor);
	text_printf(out, ",\"journal\":{\"seq\":%" PRIu64 ",\"end\":%s%s%s,\"accepts\":%s", head.seq,
		head.seq ? "\"" : "", head.seq ? clock_format(end, head.end) : "null", head.seq ? "\"" : "",
		v->is_waiting ? "false" : "true");
	text_printf(out, ",\"anchor\":%" PRIu64 ",\"keeps_more\":", anchor.seq);
	text_json(out, retention_reason(v->meter->retention));
	text_str(out, "}");
}

#define OVERDUE_S 5 /* beyond three intervals */

/* An interface that is gone carries nothing, but nobody took it away on purpose while it is to be metered. */
static void add_gone(const struct live_view *v, struct text *out)
{
	const struct layout *l = &v->meter->era->view->layout;
	struct tap_xdp_state s;

	for (uint32_t i = 0; i < l->n_taps; i++)
		if (live_taps_interface(v->taps, i, &s) && !s.is_there)
			text_printf(out, "%s\"tap %s: interface %s is gone\"", out->size ? "," : "", l->tap[i],
				s.interface);
}

void live_status_reasons(const struct live_view *v, struct text *out)
{
	int64_t since = v->totals->intervals ? v->totals->end : v->started;
	int64_t overdue = clock_now_ns() / 1000000000 - since - 3 * (int64_t)v->meter->era->config->interval;
	char at[RFC3339_SIZE];

	if (v->is_waiting)
		text_str(out, "\"the journal does not accept intervals; they wait in the state folder\"");
	if (overdue > OVERDUE_S)
		text_printf(out, "%s\"no interval came into the journal since %s\"", out->size ? "," : "",
			clock_format(at, since));
	add_gone(v, out);
}

/* What a person should look at. Also begins the object: its first member says whether there is any. */
static void add_health(const struct live_view *v, struct text *out)
{
	struct text reasons = { 0 };
	struct sink_status s;

	live_status_reasons(v, &reasons);
	if (redis_is_behind(v, &s)) {
		text_printf(&reasons, "%s\"redis is %" PRIu64 " intervals behind: it is %s\"",
			reasons.size ? "," : "", s.head - s.cursor, live_status_state[s.state]);
	}
	text_printf(out, "{\"status\":\"%s\",\"reasons\":[%s]", reasons.size ? "unhealthy" : "ok",
		reasons.size ? reasons.data : "");
	text_free(&reasons);
}

void live_status(const struct live_view *v, struct text *out)
{
	const struct config *c = v->meter->era->config;
	char hex[DIGEST_HEX_SIZE];

	add_health(v, out);
	text_printf(out, ",\"meter\":\"%s\",\"version\":\"" TRANSITD_VERSION
			 "\",\"config\":\"%s\",\"interval\":%u,\"cells\":%u",
		c->meter, digest_hex(hex, &c->digest), c->interval, v->meter->era->view->layout.n_slots);
	add_prefixes(c, out);
	add_journal(v, out);
	add_redis(v, out);
	add_taps(v, out);
	add_workers(v, out);
	text_str(out, "}");
}
