/* SPDX-License-Identifier: BSD-3-Clause */
/* The canonical form: keys in the order of the settlement rules, section 4; further keys follow those. */
#include <stdlib.h>

#include "clock.h"
#include "form.h"

static void key(struct text *out, const char *name)
{
	if (out->size && out->data[out->size - 1] != '{' && out->data[out->size - 1] != '[')
		text_str(out, ",");
	text_printf(out, "\"%s\":", name);
}

static void string(struct text *out, const char *name, const char *value)
{
	key(out, name);
	text_json(out, value);
}

/* Takes an allocated string. */
static void owned(struct text *out, const char *name, char *value)
{
	string(out, name, value);
	free(value);
}

static void count(struct text *out, const char *name, u128 n)
{
	key(out, name);
	text_str(out, "\"");
	text_u128(out, n);
	text_str(out, "\"");
}

static void count_or_null(struct text *out, const char *name, bool known, u128 n)
{
	if (known) {
		count(out, name, n);
		return;
	}
	key(out, name);
	text_str(out, "null");
}

static void instant(struct text *out, const char *name, int64_t at)
{
	char buf[RFC3339_SIZE];

	string(out, name, clock_format(buf, at));
}

static void quantity(struct text *out, const char *name, const struct exact *x)
{
	owned(out, name, exact_plain_dup(x, QUANTITY_DIGITS));
}

static void money(struct text *out, const char *name, const struct exact *x, unsigned digits)
{
	if (x) {
		owned(out, name, exact_fixed_dup(x, digits));
		return;
	}
	key(out, name);
	text_str(out, "null");
}

static void open_object(struct text *out, const char *name)
{
	key(out, name);
	text_str(out, "{");
}

static void close_object(struct text *out)
{
	text_str(out, "}");
}

static void rule(struct text *out, const struct contract *c)
{
	open_object(out, "rule");
	quantity(out, "percentile", c->percentile);
	string(out, "rank", rank_name[c->rank]);
	string(out, "direction", direction_rule_name[c->direction]);
	string(out, "across", across_name[c->across]);
	string(out, "missing", missing_name[c->missing]);
	close_object(out);
}

static void period(struct text *out, const struct statement *s)
{
	const struct part *first = &s->parts[0], *last = &s->parts[s->n_parts - 1];

	open_object(out, "period");
	string(out, "zone", zone_name(s->contract->zone));
	instant(out, "from", first->period_from);
	instant(out, "to", first->period_to);
	count(out, "expected_bins", s->expected_bins);
	if (s->quality.all != s->expected_bins) {
		instant(out, "active_from", first->from);
		instant(out, "active_to", last->to);
		count(out, "active_bins", s->quality.all);
	}
	close_object(out);
}

static void quality(struct text *out, const struct quality *q)
{
	open_object(out, "quality");
	for (int i = 0; i < BIN_STATUSES; i++)
		count(out, bin_status_name[i], q->bins[i]);
	owned(out, "completeness", form_completeness(q));
	count(out, "missed_packets", q->missed);
	close_object(out);
}

static void selected(struct text *out, const struct ranking *r, int64_t first_bin, bool one_bin)
{
	if (!r->any) {
		key(out, "selected");
		text_str(out, "null");
		return;
	}
	open_object(out, "selected");
	if (one_bin) {
		instant(out, "start", first_bin + (int64_t)r->selected.bin * BIN_SECONDS);
	} else {
		key(out, "start");
		text_str(out, "null");
	}
	count(out, "bytes", r->selected.bytes);
	if (one_bin) {
		string(out, "direction", point_side_name[r->selected.side]);
	} else {
		key(out, "direction");
		text_str(out, "null");
	}
	close_object(out);
}

static void ranking(struct text *out, const struct ranking *r, int64_t first_bin, bool one_bin)
{
	count(out, "bins", r->bins);
	count(out, "rank", r->rank);
	selected(out, r, first_bin, one_bin);
	count_or_null(out, "next_higher", r->has_higher, r->higher);
	count_or_null(out, "next_lower", r->has_lower, r->lower);
	count(out, "ingress", r->side[DIRECTION_INGRESS]);
	count(out, "egress", r->side[DIRECTION_EGRESS]);
}

static void each_ranking(struct text *out, const struct metered *m)
{
	key(out, "each");
	text_str(out, "[");
	for (size_t i = 0; i < m->n_each; i++) {
		text_str(out, i ? ",{" : "{");
		string(out, "peering", m->each[i].peering);
		ranking(out, &m->each[i].ranking, m->first_bin, true);
		close_object(out);
	}
	text_str(out, "]");
}

static void line(struct text *out, const struct statement *s, const struct statement_line *l)
{
	unsigned digits = s->contract->digits;
	char date[DATE_SIZE];
	bool one_bin;

	text_str(out, "{");
	string(out, "name", l->line->name);
	string(out, "type", line_type_name[l->line->type]);
	quantity(out, "quantity", l->quantity);
	string(out, "unit", l->unit);
	money(out, "amount", l->amount, digits);
	if (l->line->type == LINE_PERCENTILE) {
		struct ranking r = form_ranking(l, &one_bin);

		ranking(out, &r, l->metered.first_bin, one_bin);
		if (!one_bin)
			each_ranking(out, &l->metered);
	}
	for (size_t i = 0; i < l->n_details; i++)
		quantity(out, l->detail[i].key, l->detail[i].value);
	if (l->line->type == LINE_CREDIT) {
		string(out, "date", civil_format(date, l->line->date));
		string(out, "reason", l->line->reason);
	}
	open_object(out, "bounds");
	money(out, "low", l->low, digits);
	money(out, "high", l->high, digits);
	close_object(out);
	if (s->n_parts > 1)
		count(out, "version", l->part->contract->version);
	close_object(out);
}

static void parts(struct text *out, const struct statement *s)
{
	key(out, "parts");
	text_str(out, "[");
	for (size_t i = 0; i < s->n_parts; i++) {
		const struct part *p = &s->parts[i];

		text_str(out, i ? ",{" : "{");
		count(out, "version", p->contract->version);
		instant(out, "from", p->from);
		instant(out, "to", p->to);
		count(out, "days", (u128)p->days);
		count(out, "of_days", (u128)p->period_days);
		count(out, "expected_bins", (u128)((p->to - p->from) / BIN_SECONDS));
		string(out, "basis", basis_name[p->contract->basis]);
		rule(out, p->contract);
		close_object(out);
	}
	text_str(out, "]");
}

static void evidence(struct text *out, const struct evidence *e)
{
	char hex[DIGEST_HEX_SIZE];

	open_object(out, "evidence");
	string(out, "file", e->file ? e->file : "");
	string(out, "sha256", digest_hex(hex, &e->sha256));
	count(out, "rows", e->rows);
	close_object(out);
}

static void meter(struct text *out, const struct statement_meter *m)
{
	char hex[DIGEST_HEX_SIZE];

	text_str(out, "{");
	string(out, "meter", m->name);
	count_or_null(out, "first_seq", m->chained, m->first_seq);
	count_or_null(out, "last_seq", m->chained, m->last_seq);
	if (m->chained) {
		string(out, "chain_head", digest_hex(hex, &m->chain_head));
	} else {
		key(out, "chain_head");
		text_str(out, "null");
	}
	close_object(out);
}

static void links(struct text *out, const struct statement *s)
{
	key(out, "links");
	text_str(out, "[");
	for (size_t i = 0; i < s->n_links; i++) {
		text_str(out, i ? ",{" : "{");
		string(out, "peering", s->links[i].peering);
		string(out, "link", s->links[i].link);
		count(out, "capacity", s->links[i].capacity);
		close_object(out);
	}
	text_str(out, "]");
}

static void unknown_history(struct text *out, const struct statement *s)
{
	char name[PERIOD_SIZE];

	open_object(out, "unknown_history");
	string(out, "from", period_format(name, &s->unknown_from));
	string(out, "to", period_format(name, &s->unknown_to));
	close_object(out);
}

void form_json(const struct statement *s, struct text *out)
{
	unsigned digits = s->contract->digits;

	text_str(out, "{");
	string(out, "contract", s->contract->id);
	owned(out, "version", form_version(s));
	string(out, "partner", s->contract->partner);
	period(out, s);
	string(out, "basis", basis_name[s->contract->basis]);
	string(out, "currency", s->contract->currency);
	rule(out, s->contract);
	quality(out, &s->quality);
	key(out, "lines");
	text_str(out, "[");
	for (size_t i = 0; i < s->n_lines; i++) {
		text_str(out, i ? "," : "");
		line(out, s, &s->lines[i]);
	}
	text_str(out, "]");
	money(out, "total", s->total, digits);
	open_object(out, "bounds");
	money(out, "low", s->low, digits);
	money(out, "high", s->high, digits);
	close_object(out);
	string(out, "status", form_status(s));
	evidence(out, &s->evidence);
	key(out, "meters");
	text_str(out, "[");
	for (size_t i = 0; i < s->n_meters; i++) {
		text_str(out, i ? "," : "");
		meter(out, &s->meters[i]);
	}
	text_str(out, "]");
	if (s->n_parts > 1)
		parts(out, s);
	if (s->n_links)
		links(out, s);
	if (s->n_unknown)
		unknown_history(out, s);
	close_object(out);
}
