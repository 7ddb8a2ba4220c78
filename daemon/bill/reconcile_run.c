/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * `transitctl reconcile`: our five-minute bins against the partner's, what explains the differences, and what
 * they are worth under the contract.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bill.h"
#include "billing.h"
#include "clock.h"
#include "log.h"
#include "reconcile.h"
#include "text.h"
#include "theirs.h"

#define MOST_BINS 1000000 /* nine years */
#define TOP	  10	  /* bins that are listed */

/* What we counted in a bin and direction, on every basis. */
struct our_bin {
	u128 packets, l2, l3;
	uint64_t missed;
	uint8_t state; /* 0 not listed, else enum bin_status + 1 */
};

struct job {
	struct billing b;
	const struct contract *c; /* NULL: no contract given */
	struct period period;
	bool has_period;
	enum basis basis; /* of theirs */
	int shift;	  /* INT32_MIN: estimate */
	int64_t from, to;
	size_t bins;
	struct our_bin *ours[DIRECTIONS];
	struct theirs theirs;
	struct comparison cmp;
	struct settle *settle; /* of our rows; NULL: nothing is rated */
	char (*peering)[NAME_SIZE]; /* ours */
	size_t n_peerings;
	const struct exact *our_total, *their_total;
	const char *not_rated; /* why, or NULL */
	struct evidence evidence;
};

static u128 on_basis(const struct our_bin *o, enum basis basis)
{
	static const unsigned more[BASES] = { [BASIS_L2FCS] = 4, [BASIS_L1] = 24 };

	return basis == BASIS_L3 ? o->l3 : o->l2 + more[basis] * o->packets;
}

static void note_peering(struct job *j, const char name[static NAME_SIZE])
{
	for (size_t i = 0; i < j->n_peerings; i++)
		if (!strcmp(j->peering[i], name))
			return;
	j->peering = mem_grow(j->peering, j->n_peerings + 1, sizeof(*j->peering));
	memcpy(j->peering[j->n_peerings++], name, NAME_SIZE);
}

static int take_row(void *context, const struct row *row)
{
	struct job *j = context;
	const struct row_cell *cell = row->cell;
	struct our_bin *o;
	int rc = j->settle ? settle_row(j->settle, row) : 0;

	if (rc || strcmp(cell->partner, j->b.ask->options->partner) || row->start < j->from || row->start >= j->to ||
		(j->c && j->c->peerings.n && !name_list_has(&j->c->peerings, cell->peering)))
		return rc;
	note_peering(j, cell->peering);
	/* A row makes the bin known in both directions. */
	for (int d = 0; d < DIRECTIONS; d++) {
		o = &j->ours[d][(row->start - j->from) / BIN_SECONDS];
		if (o->state < row->status + 1)
			o->state = (uint8_t)(row->status + 1);
	}
	o = &j->ours[cell->direction][(row->start - j->from) / BIN_SECONDS];
	o->packets += row->count.packets;
	o->l2 += row->count.l2_bytes;
	o->l3 += row->count.l3_bytes;
	o->missed = row->missed > o->missed ? row->missed : o->missed;
	return 0;
}

static int64_t bin_of(const struct job *j, const struct their_bin *b)
{
	int64_t start = b->start - (j->shift == INT32_MIN ? 0 : j->shift);

	return (start - j->from + BIN_SECONDS / 2) / BIN_SECONDS;
}

static void fill_pairs(struct job *j)
{
	j->cmp.from = j->from;
	j->cmp.bins = j->bins;
	for (int d = 0; d < DIRECTIONS; d++) {
		j->cmp.pair[d] = mem_array(j->bins, sizeof(struct pair));
		for (size_t i = 0; i < j->bins; i++) {
			const struct our_bin *o = &j->ours[d][i];

			j->cmp.pair[d][i] = (struct pair){ .ours = o->state && o->state != BIN_MISSING + 1,
				.our_bytes = on_basis(o, j->basis), .our_packets = o->packets, .missed = o->missed };
		}
	}
	for (size_t i = 0; i < j->theirs.n; i++) {
		const struct their_bin *t = &j->theirs.bin[i];
		int64_t bin = bin_of(j, t);

		if (t->start < j->from - BIN_SECONDS || bin < 0 || bin >= (int64_t)j->bins)
			continue;
		j->cmp.pair[t->direction][bin].theirs = true;
		j->cmp.pair[t->direction][bin].their_bytes = t->bytes;
	}
}

/* The partner's bins as rows on the contract's basis: all of it on one of our peerings, and silence on the
 * others. What a basis adds or takes away in a bin is known from our own count. */
static int rate_theirs(struct job *j, struct settle *s)
{
	int rc = 0;

	for (size_t i = 0; i < j->bins && !rc; i++)
		for (int d = 0; d < DIRECTIONS && !rc; d++) {
			const struct pair *p = &j->cmp.pair[d][i];
			const struct our_bin *o = &j->ours[d][i];
			i128 bytes = (i128)p->their_bytes + (i128)on_basis(o, j->c->basis) -
				(i128)on_basis(o, j->basis);

			for (size_t k = 0; p->theirs && k < j->n_peerings && !rc; k++) {
				struct row_cell cell = { .id = (uint32_t)(2 * k) + (uint32_t)d,
					.direction = (enum direction)d, .family = FAMILIES };
				struct row row = { .start = j->from + (int64_t)i * BIN_SECONDS, .cell = &cell,
					.covered = BIN_SECONDS };

				memcpy(cell.partner, j->c->partner, NAME_SIZE);
				memcpy(cell.peering, j->peering[k], NAME_SIZE);
				if (!k && bytes > 0)
					row.count.l2_bytes = row.count.l3_bytes =
						bytes > (i128)UINT64_MAX ? UINT64_MAX : (uint64_t)bytes;
				rc = settle_row(s, &row);
			}
		}
	return rc;
}

static int rate(struct job *j)
{
	struct settle *s = NULL;
	struct statement *ours, *theirs;
	int rc = settle_open(j->b.pool, j->b.all, j->c->id, &j->period, j->b.world, &j->b.d, &s);

	if (rc)
		return rc;
	rc = rate_theirs(j, s);
	if (!rc) {
		ours = settle_close(j->settle);
		theirs = settle_close(s);
		j->our_total = ours->total;
		j->their_total = theirs->total;
		statement_free(ours);
		statement_free(theirs);
	}
	settle_free(s);
	return rc;
}

/* --- What is told --- */

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

static const char *per_packet_words(int64_t n)
{
	return n == 4 || n == -4 ? "frame check sequence, or one VLAN tag" :
		n % 4 == 0	 ? "VLAN tags or labels of 4 bytes" :
		n % 20 == 0	 ? "preamble and gap" :
				   "headers that one side does not count";
}

struct top {
	int d;
	size_t bin;
	u128 size;
};

static int by_size(const void *a, const void *b)
{
	const struct top *x = a, *y = b;

	if (x->size != y->size)
		return x->size > y->size ? -1 : 1;
	return x->bin != y->bin ? (x->bin < y->bin ? -1 : 1) : x->d - y->d;
}

static i128 gap(const struct pair *p)
{
	return (i128)p->their_bytes - (i128)p->our_bytes;
}

/* The bins that carry the difference. */
static void json_top(struct text *out, const struct job *j)
{
	struct top *top = mem_array(2 * j->bins, sizeof(*top));
	char start[RFC3339_SIZE];
	size_t n = 0;

	for (int d = 0; d < DIRECTIONS; d++)
		for (size_t i = 0; i < j->bins; i++) {
			const struct pair *p = &j->cmp.pair[d][i];
			i128 g = gap(p);

			if (p->verdict != VERDICT_MATCH && p->verdict != VERDICT_NONE)
				top[n++] = (struct top){ d, i, (u128)(g < 0 ? -g : g) };
		}
	qsort(top, n, sizeof(*top), by_size);
	text_str(out, ",\"bins\":[");
	for (size_t i = 0; i < n && i < TOP; i++) {
		const struct pair *p = &j->cmp.pair[top[i].d][top[i].bin];

		text_printf(out, "%s{\"start\":\"%s\",\"direction\":\"%s\",\"verdict\":\"%s\",\"cause\":\"%s\"", i ? "," : "",
			clock_format(start, j->from + (int64_t)top[i].bin * BIN_SECONDS), top[i].d ? "egress" : "ingress",
			verdict_name[p->verdict], cause_name[p->cause]);
		json_i128(out, "ours", (i128)p->our_bytes);
		json_i128(out, "theirs", (i128)p->their_bytes);
		json_i128(out, "difference", gap(p));
		text_str(out, "}");
	}
	text_str(out, "]");
	free(top);
}

static const char *money_verdict(const struct job *j, const struct exact *percent)
{
	if (exact_cmp(percent, j->c->accept) <= 0)
		return "accept";
	return exact_cmp(percent, j->c->negotiate) <= 0 ? "negotiate" : "dispute";
}

static void json_money(struct text *out, const struct job *j)
{
	struct exact_pool *pool = j->b.pool;
	const struct exact *d, *size, *base, *percent;

	if (!j->our_total) {
		text_printf(out, ",\"money\":null,\"not_rated\":\"%s\"", j->not_rated);
		return;
	}
	d = exact_sub(pool, j->their_total, j->our_total);
	size = exact_sign(d) < 0 ? exact_neg(pool, d) : d;
	base = exact_sign(j->our_total) < 0 ? exact_neg(pool, j->our_total) : j->our_total;
	percent = exact_int(pool, exact_sign(d) ? 100 : 0);
	if (exact_sign(base))
		percent = exact_div(pool, exact_mul(pool, size, exact_int(pool, 100)), base);
	text_printf(out, ",\"money\":{\"currency\":\"%s\"", j->c->currency);
	json_exact(out, "ours", j->our_total, j->c->digits);
	json_exact(out, "theirs", j->their_total, j->c->digits);
	json_exact(out, "difference", d, j->c->digits);
	json_exact(out, "undisputed", exact_min(j->our_total, j->their_total), j->c->digits);
	json_exact(out, "percent", percent, 4);
	text_printf(out, ",\"verdict\":\"%s\"}", money_verdict(j, percent));
}

static void report_json(struct text *out, const struct job *j)
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
	text_printf(out, "},\"lag_seconds\":\"%d\"", c->lag);
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

/* The JSON's facts for people; in HTML each line is a table's row. */
static void report_line(struct text *out, bool html, const char *label, const char *value)
{
	text_printf(out, html ? "<tr><th scope=\"row\">%s</th><td>%s</td></tr>\n" : "%-28s %s\n", label, value);
}

static void report_people(struct text *out, const struct job *j, bool html)
{
	static const char *const words[VERDICT_NONE] = { "Match (0.1 % or 1 MB)", "Near (1 %)", "Mismatch",
		"Missing on our side", "Missing on theirs" };
	const struct comparison *c = &j->cmp;
	struct text t = { 0 };
	char from[RFC3339_SIZE], to[RFC3339_SIZE];

	if (html)
		text_str(out, "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Reconciliation</title>"
			      "<style>body{font:15px/1.45 system-ui,sans-serif;max-width:52rem;margin:2rem auto;padding:0 1rem}"
			      "table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.3rem .6rem .3rem 0;"
			      "border-bottom:1px solid #ddd;vertical-align:top}</style></head><body><h1>Reconciliation</h1>"
			      "<table>\n");
	report_line(out, html, "Partner", j->b.ask->options->partner);
	text_printf(&t, "%s to %s, compared as %s", clock_format(from, j->from), clock_format(to, j->to),
		basis_name[j->basis]);
	report_line(out, html, "Time", t.data);
	for (int v = 0; v < VERDICT_NONE; v++) {
		text_clear(&t);
		text_printf(&t, "%zu bins", c->count[v]);
		report_line(out, html, words[v], t.data);
	}
	for (int v = 1; v < CAUSES; v++) {
		text_clear(&t);
		text_printf(&t, "%s: %zu bins", cause_name[v], c->causes[v]);
		if (c->causes[v])
			report_line(out, html, "Explained by", t.data);
	}
	text_clear(&t);
	text_printf(&t, "%d s", c->lag);
	report_line(out, html, "Lag of their clock", t.data);
	text_clear(&t);
	text_printf(&t, "%s%lld.%lld%s%s", c->tenths < 0 ? "-" : "", (long long)(llabs(c->tenths) / 10),
		(long long)(llabs(c->tenths) % 10), c->per_packet_found ? ", explains the difference: " : "",
		c->per_packet_found ? per_packet_words(c->per_packet) : "");
	report_line(out, html, "Bytes a packet between us", t.data);
	text_clear(&t);
	json_money(&t, j);
	report_line(out, html, "Money", t.data + 1);
	text_str(out, html ? "</table></body></html>\n" : "");
	text_free(&t);
}

/* --- The command --- */

static int pick_contract(struct job *j)
{
	const struct options *o = j->b.ask->options;
	struct period next = period_next(&j->period);

	j->not_rated = "no contract and period given";
	for (size_t i = 0; j->b.all && i < j->b.all->n; i++) {
		const struct contract *c = &j->b.all->contract[i];

		if (strcmp(c->partner, o->partner) || (o->contract && strcmp(c->id, o->contract)))
			continue;
		if (j->has_period && (c->period != j->period.kind || c->to <= period_first_day(&j->period) ||
					     c->from >= period_first_day(&next)))
			continue;
		j->c = c;
		break;
	}
	if (j->b.all && !j->c) {
		log_error("%s: no contract with %s fits", j->b.all->file, o->partner);
		return -EINVAL;
	}
	for (size_t i = 0; j->c && i < j->c->n_lines; i++)
		if (j->c->lines[i].classes.n) {
			j->not_rated = "the contract has lines for classes, which the partner's bins do not tell apart";
			return 0;
		}
	if (j->c && j->has_period) {
		j->not_rated = NULL;
		return settle_open(j->b.pool, j->b.all, j->c->id, &j->period, j->b.world, &j->b.d, &j->settle);
	}
	return 0;
}

static int set_time(struct job *j)
{
	if (j->settle) {
		settle_period(j->settle, &j->from, &j->to);
	} else if (j->has_period) {
		struct period next = period_next(&j->period);

		j->from = (int64_t)period_first_day(&j->period) * 86400;
		j->to = (int64_t)period_first_day(&next) * 86400;
	} else if (j->theirs.n) {
		j->from = j->theirs.bin[0].start / BIN_SECONDS * BIN_SECONDS;
		j->to = (j->theirs.bin[j->theirs.n - 1].start / BIN_SECONDS + 1) * BIN_SECONDS;
	}
	if (j->to <= j->from || j->to - j->from > (int64_t)MOST_BINS * BIN_SECONDS) {
		log_error("nothing to compare: the partner's file has no bins, or they are years apart");
		return -EINVAL;
	}
	j->bins = (size_t)((j->to - j->from) / BIN_SECONDS);
	for (int d = 0; d < DIRECTIONS; d++)
		j->ours[d] = mem_array(j->bins, sizeof(struct our_bin));
	return 0;
}

static int compare_and_print(struct job *j)
{
	const struct ask *ask = j->b.ask;
	struct rows_wanted want = { j->from, j->to, ask->options->partner, NULL };
	struct cells *cells = cells_new();
	struct text out = { 0 };
	int rc;

	if (j->settle) {
		int64_t to;

		settle_range(j->settle, &want.from, &to);
	}
	rc = rows_read(ask, &want, cells, &j->b.d, take_row, j, NULL, &j->evidence);
	cells_free(cells);
	if (rc)
		return rc;
	fill_pairs(j);
	reconcile(&j->cmp, j->shift == INT32_MIN ? INT32_MIN : 0);
	if (j->settle)
		rc = rate(j);
	if (!rc && ask->options->format == FORMAT_JSON)
		report_json(&out, j);
	else if (!rc)
		report_people(&out, j, ask->options->format == FORMAT_HTML);
	if (!rc)
		rc = billing_write(ask->options->output, &out);
	text_free(&out);
	return rc;
}

static int read_options(struct job *j, const struct options *o)
{
	char *end;

	j->has_period = o->period != NULL;
	if (o->period && billing_period(o, &j->period))
		return -EINVAL;
	j->shift = INT32_MIN;
	if (o->shift) {
		long n = strtol(o->shift, &end, 10);

		if (*end || !*o->shift || n < -86400 || n > 86400) {
			log_error("--shift \"%s\" is not allowed; whole seconds, at most a day", o->shift);
			return -EINVAL;
		}
		j->shift = (int)n;
	}
	j->basis = BASES;
	for (int i = 0; o->basis && i < BASES; i++)
		if (!strcmp(o->basis, basis_name[i]))
			j->basis = (enum basis)i;
	if (o->basis && j->basis == BASES) {
		log_error("--basis \"%s\" is unknown; allowed: l3, l2, l2fcs, l1", o->basis);
		return -EINVAL;
	}
	return 0;
}

enum exit_status reconcile_run(const struct ask *ask)
{
	const struct options *o = ask->options;
	struct job j = { .c = NULL };
	int rc;

	if (billing_needs(o, "partner", o->partner) || billing_needs(o, "theirs", o->theirs) || read_options(&j, o))
		return EXIT_BAD_INPUT;
	if (o->format == FORMAT_CSV || o->format == FORMAT_PDF) {
		log_error("reconcile takes --format text, json or html");
		return EXIT_BAD_INPUT;
	}
	rc = billing_open(&j.b, ask);
	if (!rc)
		rc = theirs_read(o->theirs, o->mirrored, &j.b.d, &j.theirs);
	if (!rc)
		rc = pick_contract(&j);
	if (!rc)
		rc = set_time(&j);
	if (j.basis == BASES)
		j.basis = j.c ? j.c->basis : BASIS_L2FCS;
	if (!rc)
		rc = compare_and_print(&j);
	diag_end(&j.b.d);
	for (int d = 0; d < DIRECTIONS; d++) {
		free(j.ours[d]);
		free(j.cmp.pair[d]);
	}
	settle_free(j.settle);
	theirs_free(&j.theirs);
	evidence_clear(&j.evidence);
	free(j.peering);
	billing_close(&j.b);
	return billing_status(rc);
}
