/* SPDX-License-Identifier: BSD-3-Clause */
/* A reconciliation told: JSON for programs, text and HTML for people. One walk makes the facts of both of these. */
#include <stdlib.h>

#include "clock.h"
#include "html.h"
#include "reconcile_job.h"

#define TOP 10 /* bins that are listed */

static const char *per_packet_words(int64_t n)
{
	return n == 4 || n == -4 ? "frame check sequence, or one VLAN tag" :
		n % 4 == 0	 ? "VLAN tags or labels of 4 bytes" :
		n % 20 == 0	 ? "preamble and gap" :
				   "headers that one side does not count";
}

static i128 gap(const struct pair *p)
{
	return (i128)p->their_bytes - (i128)p->our_bytes;
}

/* The bins that carry the difference, the greatest first. */
struct top {
	const struct pair *pair;
	int64_t start;
	const char *direction;
	u128 size;
};

static int by_size(const void *a, const void *b)
{
	const struct top *x = a, *y = b;

	if (x->size != y->size)
		return x->size > y->size ? -1 : 1;
	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	return *x->direction == *y->direction ? 0 : *x->direction == 'i' ? -1 : 1;
}

/* At most TOP; the array is allocated. */
static size_t find_top(const struct job *j, struct top **out)
{
	struct top *top = mem_array(2 * j->bins, sizeof(*top));
	size_t n = 0;

	for (int d = 0; d < DIRECTIONS; d++)
		for (size_t i = 0; i < j->bins; i++) {
			const struct pair *p = &j->cmp.pair[d][i];
			i128 g = gap(p);

			if (p->verdict != VERDICT_MATCH && p->verdict != VERDICT_NONE)
				top[n++] = (struct top){ p, j->from + (int64_t)i * BIN_SECONDS,
					d == DIRECTION_INGRESS ? "ingress" : "egress", (u128)(g < 0 ? -g : g) };
		}
	qsort(top, n, sizeof(*top), by_size);
	*out = top;
	return n < TOP ? n : TOP;
}

/* --- JSON --- */

static void json_i128(struct text *out, const char *key, i128 n)
{
	text_printf(out, ",\"%s\":\"%s", key, n < 0 ? "-" : "");
	text_u128(out, (u128)(n < 0 ? -n : n));
	text_str(out, "\"");
}

static void json_exact(struct text *out, const char *key, const struct exact *x, unsigned digits)
{
	text_printf(out, ",\"%s\":\"", key);
	exact_fixed(out, x, digits);
	text_str(out, "\"");
}

static void json_top(struct text *out, const struct job *j)
{
	struct top *top;
	size_t n = find_top(j, &top);
	char start[RFC3339_SIZE];

	text_str(out, ",\"bins\":[");
	for (size_t i = 0; i < n; i++) {
		const struct pair *p = top[i].pair;

		text_printf(out, "%s{\"start\":\"%s\",\"direction\":\"%s\",\"verdict\":\"%s\",\"cause\":\"%s\"",
			i ? "," : "", clock_format(start, top[i].start), top[i].direction, verdict_name[p->verdict],
			cause_name[p->cause]);
		json_i128(out, "ours", (i128)p->our_bytes);
		json_i128(out, "theirs", (i128)p->their_bytes);
		json_i128(out, "difference", gap(p));
		text_str(out, "}");
	}
	text_str(out, "]");
	free(top);
}

static void json_money(struct text *out, const struct job *j)
{
	const struct money_at_stake *m = &j->money;
	unsigned digits = j->c ? j->c->digits : 0;

	if (!m->ours) {
		text_printf(out, ",\"money\":null,\"not_rated\":\"%s\"", j->not_rated);
		return;
	}
	text_printf(out, ",\"money\":{\"currency\":\"%s\"", j->c->currency);
	json_exact(out, "ours", m->ours, digits);
	json_exact(out, "theirs", m->theirs, digits);
	json_exact(out, "difference", m->difference, digits);
	json_exact(out, "undisputed", m->undisputed, digits);
	json_exact(out, "percent", m->percent, 4);
	text_printf(out, ",\"verdict\":\"%s\",\"divided_by_class\":%s,\"divided_by_peering\":%s,"
			 "\"bins_not_divided\":\"%zu\"}",
		m->verdict, j->by_class ? "true" : "false", j->by_peering ? "true" : "false", j->unplaced);
}

void report_json(struct text *out, const struct job *j)
{
	const struct comparison *c = &j->cmp;
	char from[RFC3339_SIZE], to[RFC3339_SIZE], hex[DIGEST_HEX_SIZE];

	text_printf(out, "{\"partner\":\"%s\",\"from\":\"%s\",\"to\":\"%s\",\"basis\":\"%s\",\"counts\":{",
		j->b.ask->options->partner, clock_format(from, j->from), clock_format(to, j->to),
		basis_name[j->basis]);
	for (int v = 0; v < VERDICT_NONE; v++)
		text_printf(out, "%s\"%s\":\"%zu\"", v ? "," : "", verdict_name[v], c->count[v]);
	text_str(out, "},\"causes\":{");
	for (int v = 1; v < CAUSES; v++)
		text_printf(out, "%s\"%s\":\"%zu\"", v > 1 ? "," : "", cause_name[v], c->causes[v]);
	text_printf(out, "},\"lag_seconds\":\"%d\",\"lag_from\":\"%d\",\"lag_to\":\"%d\"", c->lag, c->lag_from,
		c->lag_to);
	json_i128(out, "difference_bytes", c->difference);
	text_printf(out, ",\"bytes_per_packet\":\"%s%lld.%lld\"", c->tenths < 0 ? "-" : "",
		(long long)(llabs(c->tenths) / 10), (long long)(llabs(c->tenths) % 10));
	text_printf(out, ",\"per_packet_explains\":%s", c->per_packet_found ? "true" : "false");
	text_printf(out, ",\"per_packet_meaning\":\"%s\"", c->per_packet_found ? per_packet_words(c->per_packet) : "");
	json_i128(out, "residue_bytes", c->residue);
	json_money(out, j);
	json_top(out, j);
	text_printf(out, ",\"evidence\":{\"file\":\"%s\",\"sha256\":\"%s\",\"rows\":\"%llu\"}}\n",
		j->evidence.file ? j->evidence.file : "", digest_hex(hex, &j->evidence.sha256),
		(unsigned long long)j->evidence.rows);
}

/* --- For people --- */

struct facts {
	struct sheet_pair *pair;
	size_t n;
};

/* Takes the text. */
static void fact(struct facts *f, const char *label, struct text value)
{
	f->pair = mem_grow(f->pair, f->n + 1, sizeof(*f->pair));
	f->pair[f->n++] = (struct sheet_pair){ (char *)label, value.data };
}

static void facts_clear(struct facts *f)
{
	for (size_t i = 0; i < f->n; i++)
		free(f->pair[i].value);
	free(f->pair);
}

static const char *const cause_words[CAUSES] = { "", "bytes a packet", "lag of their clock", "shifted bins",
	"counter reset", "our taps missed packets" };
static const char *const verdict_words[VERDICTS] = { "match", "near", "mismatch", "ours missing", "theirs missing",
	"none" };

static void number(struct text *out, const struct job *j, size_t n)
{
	char *s = sheet_number(exact_u128(j->b.pool, n), 0);

	text_str(out, s);
	free(s);
}

static void bin_facts(struct facts *f, const struct job *j)
{
	const struct comparison *c = &j->cmp;
	static const char *const words[VERDICT_NONE] = { "Match (0.1 % or 1 MB)", "Near (1 %)", "Mismatch",
		"Missing on our side", "Missing on theirs" };

	for (int v = 0; v < VERDICT_NONE; v++) {
		struct text t = { 0 };

		number(&t, j, c->count[v]);
		text_str(&t, " bins");
		fact(f, words[v], t);
	}
	for (int v = 1; v < CAUSES; v++) {
		struct text t = { 0 };

		if (!c->causes[v])
			continue;
		text_printf(&t, "%s: ", cause_words[v]);
		number(&t, j, c->causes[v]);
		text_str(&t, " bins");
		fact(f, "Explained by", t);
	}
}

static void lag_fact(struct facts *f, const struct job *j)
{
	const struct comparison *c = &j->cmp;
	struct text t = { 0 };

	if (j->shift != LAG_UNKNOWN)
		text_printf(&t, "%d s, as given", j->shift);
	else if (!c->lag_found)
		text_str(&t, "no lag that explains the differences");
	else
		text_printf(&t, "%d s ahead of ours; %d to %d s fit nearly as well (found from sums of 300 s, taking "
				"traffic as even within each)",
			c->lag, c->lag_from, c->lag_to);
	fact(f, "Their clock", t);
}

static void packet_fact(struct facts *f, const struct comparison *c)
{
	struct text t = { 0 };

	if (c->per_packet_found)
		text_printf(&t, "%s%lld.%lld, which explains the difference: %s", c->tenths < 0 ? "-" : "",
			(long long)(llabs(c->tenths) / 10), (long long)(llabs(c->tenths) % 10),
			per_packet_words(c->per_packet));
	else
		text_str(&t, "no constant number that explains the difference");
	fact(f, "Bytes a packet between us", t);
}

static void amount(struct facts *f, const struct job *j, const char *label, const struct exact *x)
{
	char *money = sheet_money(x, j->c->digits);
	struct text t = { 0 };

	text_printf(&t, "%s %s", money, j->c->currency);
	fact(f, label, t);
	free(money);
}

static void money_facts(struct facts *f, const struct job *j)
{
	const struct money_at_stake *m = &j->money;
	struct text t = { 0 }, divided = { 0 };

	if (!m->ours) {
		text_printf(&t, "not rated: %s", j->not_rated);
		fact(f, "Money", t);
		return;
	}
	amount(f, j, "Amount by our bins", m->ours);
	amount(f, j, "Amount by theirs", m->theirs);
	amount(f, j, "Difference", m->difference);
	amount(f, j, "Undisputed", m->undisputed);
	exact_fixed(&t, m->percent, 2);
	text_printf(&t, " %% of our amount: %s", m->verdict);
	fact(f, "Verdict", t);
	if (!j->by_class && !j->by_peering)
		return;
	text_printf(&divided, "their bins do not tell %s apart: each is divided as we counted that bin",
		!j->by_peering ? "classes" : !j->by_class ? "connections" : "classes and connections");
	if (j->unplaced)
		text_printf(&divided, "; in %zu of them we counted nothing, and they count for no class", j->unplaced);
	fact(f, "How they are divided", divided);
}

static void all_facts(struct facts *f, const struct job *j)
{
	char from[RFC3339_SIZE], to[RFC3339_SIZE];
	struct text partner = { 0 }, time = { 0 };

	text_str(&partner, j->b.ask->options->partner);
	fact(f, "Partner", partner);
	text_printf(&time, "%s to %s, compared as %s", clock_format(from, j->from), clock_format(to, j->to),
		basis_name[j->basis]);
	fact(f, "Time", time);
	bin_facts(f, j);
	lag_fact(f, j);
	packet_fact(f, &j->cmp);
	money_facts(f, j);
}

/* "-1,234": bytes, their thousands apart. Allocated. */
static char *bytes_words(const struct job *j, i128 n)
{
	const struct exact *x = exact_u128(j->b.pool, (u128)(n < 0 ? -n : n));

	return sheet_number(n < 0 ? exact_neg(j->b.pool, x) : x, 0);
}

static void top_rows(struct text *out, const struct job *j, const char *format)
{
	struct top *top;
	size_t n = find_top(j, &top);
	char start[RFC3339_SIZE];

	for (size_t i = 0; i < n; i++) {
		const struct pair *p = top[i].pair;
		char *ours = bytes_words(j, (i128)p->our_bytes), *theirs = bytes_words(j, (i128)p->their_bytes);
		char *between = bytes_words(j, gap(p));

		text_printf(out, format, clock_format(start, top[i].start), top[i].direction, verdict_words[p->verdict],
			cause_words[p->cause], p->ours ? ours : "-", p->theirs ? theirs : "-", between);
		free(ours);
		free(theirs);
		free(between);
	}
	free(top);
}

#define TEXT_ROW "%-20s %-7s %-14s %-23s %22s %22s %22s\n"
#define HTML_ROW                                                                                                \
	"<tr><td>%s</td><td>%s</td><td>%s</td><td>%s</td><td class=\"n\">%s</td><td class=\"n\">%s</td>"         \
	"<td class=\"n\">%s</td></tr>\n"
#define HTML_HEAD                                                                                               \
	"<h2>The bins that carry the difference</h2>\n<div class=\"scroll\"><table><thead><tr><th>Start</th>"    \
	"<th>Direction</th><th>Verdict</th><th>Cause</th><th class=\"n\">Our bytes</th><th class=\"n\">Theirs</th>" \
	"<th class=\"n\">Difference</th></tr></thead><tbody>\n"

void report_text(struct text *out, const struct job *j)
{
	struct facts f = { 0 };

	all_facts(&f, j);
	for (size_t i = 0; i < f.n; i++)
		text_printf(out, "%-28s %s\n", f.pair[i].label, f.pair[i].value);
	facts_clear(&f);
	text_printf(out, "\n" TEXT_ROW, "START", "DIR", "VERDICT", "CAUSE", "OUR BYTES", "THEIRS", "DIFFERENCE");
	top_rows(out, j, TEXT_ROW);
}

void report_html(struct text *out, const struct job *j)
{
	struct facts f = { 0 };
	struct text title = { 0 };

	text_printf(&title, "Reconciliation with %s", j->b.ask->options->partner);
	html_open(out, title.data);
	all_facts(&f, j);
	html_pairs(out, f.pair, f.n, "<tr>");
	facts_clear(&f);
	report_plots(out, j);
	text_str(out, HTML_HEAD);
	top_rows(out, j, HTML_ROW);
	text_str(out, "</tbody></table></div>\n");
	html_close(out);
	text_free(&title);
}
