/* SPDX-License-Identifier: BSD-3-Clause */
#include "sheet.h"

#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "form.h"
#include "text.h"

static void add_pair(struct sheet_pair **list, size_t *n, const char *label, char *value)
{
	*list = mem_grow(*list, *n + 1, sizeof(**list));
	(*list)[(*n)++] = (struct sheet_pair){ mem_dup(label), value };
}

static void fact(struct sheet *s, const char *label, char *value)
{
	add_pair(&s->fact, &s->n_facts, label, value);
}

static void data(struct sheet *s, const char *label, char *value)
{
	add_pair(&s->data, &s->n_data, label, value);
}

static void note(struct sheet *s, char *text)
{
	s->note = mem_grow(s->note, s->n_notes + 1, sizeof(*s->note));
	s->note[s->n_notes++] = text;
}

/* "1234567.89" becomes "1,234,567.89". */
static char *thousands(char *plain)
{
	size_t sign = *plain == '-', whole = strcspn(plain + sign, ".");
	struct text t = { 0 };

	text_add(&t, plain, sign);
	for (size_t i = 0; i < whole; i++) {
		if (i && (whole - i) % 3 == 0)
			text_str(&t, ",");
		text_add(&t, plain + sign + i, 1);
	}
	text_str(&t, plain + sign + whole);
	free(plain);
	return t.data;
}

char *sheet_number(const struct exact *x, unsigned digits)
{
	return thousands(exact_plain_dup(x, digits));
}

char *sheet_money(const struct exact *x, unsigned digits)
{
	return thousands(exact_fixed_dup(x, digits));
}

/* Rates are money: at least two decimals. */
static char *price(const struct exact *x)
{
	char *plain = exact_plain_dup(x, 12), *point = strchr(plain, '.');

	if (point && strlen(point) > 2)
		return thousands(plain);
	free(plain);
	return sheet_money(x, 2);
}

static char *count(u128 n)
{
	struct text t = { 0 };

	text_u128(&t, n);
	return thousands(t.data);
}

static char *money(const struct statement *s, const struct exact *x)
{
	char *number = x ? sheet_money(x, s->contract->digits) : NULL;
	char *out = x ? mem_printf("%s %s", number, s->contract->currency) : mem_dup("not known (no ceiling)");

	free(number);
	return out;
}

static const char *const basis_words[BASES] = {
	[BASIS_L3] = "IP bytes (headers of Ethernet and tags not counted)",
	[BASIS_L2] = "Ethernet bytes without the frame check sequence",
	[BASIS_L2FCS] = "Ethernet bytes with the 4-byte frame check sequence, as interface counters count",
	[BASIS_L1] = "bytes on the wire: Ethernet with preamble, check sequence and gap (24 a packet)",
};

static const char *const direction_words[DIR_RULES] = {
	[DIR_MAX_OF_P95] = "each direction is ranked by itself and the greater result counts",
	[DIR_P95_OF_MAX] = "of each five minutes the greater direction is taken, and these are ranked",
	[DIR_P95_OF_SUM] = "of each five minutes both directions are added, and these are ranked",
	[DIR_INGRESS] = "traffic from the partner counts",
	[DIR_EGRESS] = "traffic to the partner counts",
};

static const char *const across_words[ACROSSES] = {
	[ACROSS_SUM] = "Several connections are added five minutes by five minutes, and then ranked.",
	[ACROSS_EACH] = "Each connection is ranked by itself, and the results are added.",
};

static const char *const missing_words[MISSINGS] = {
	[MISSING_EXCLUDE] = "Five minutes that were not measured are left out.",
	[MISSING_ZERO] = "Five minutes that were not measured count as zero.",
};

static const char *const partial_words[PARTIALS] = {
	[PARTIAL_CAPTURED_ONLY] = "the five minutes in force are ranked",
	[PARTIAL_CALENDAR_ZEROS] = "the whole period is ranked, with zeros outside of the time in force",
	[PARTIAL_DAY_FACTOR] = "the result of the time in force is multiplied by its share of the period's days",
};

static char *rule_words(const struct contract *c)
{
	char *p = exact_plain_dup(c->percentile, 6);
	char *s = mem_printf("Percentile %s: all five-minute values are put in ascending order and the value at rank %s is "
			"taken; %s. %s %s",
		p,
		c->rank == RANK_RFC2330 ? "p x N / 100, rounded up," : "p x N / 100, rounded down,",
		direction_words[c->direction], across_words[c->across], missing_words[c->missing]);

	free(p);
	return s;
}

static char *period_words(const struct statement *s)
{
	const struct part *p = &s->parts[0];
	char name[PERIOD_SIZE], from[RFC3339_SIZE], to[RFC3339_SIZE];
	char *bins = count(s->expected_bins);
	char *w = mem_printf("%s, time zone %s: %s to %s (%s five-minute values)", form_period(name, s),
		zone_name(s->contract->zone), clock_format(from, p->period_from), clock_format(to, p->period_to),
		bins);

	free(bins);
	return w;
}

static void facts(struct sheet *sh, const struct statement *s)
{
	const struct contract *c = s->contract;
	char *version = form_version(s);

	if (s->seal.closed)
		fact(sh, "Number", mem_printf("%llu, revision %u%s; SHA-256 %s", (unsigned long long)s->seal.number,
					   s->seal.revision, s->seal.signed_ ? ", signed" : "", s->seal.sha256));
	if (s->seal.difference)
		fact(sh, "Changed by", mem_printf("%s %s against the revision before: %s", s->seal.difference, c->currency,
					       s->seal.reason ? s->seal.reason : ""));
	fact(sh, "Partner", mem_dup(c->partner));
	fact(sh, "Contract", mem_printf("%s, version %s", c->id, version));
	fact(sh, "Period", period_words(s));
	fact(sh, "Payable by", mem_dup(c->payer == PAYER_US ? "us, to the partner" : "the partner"));
	fact(sh, "What is counted", mem_dup(basis_words[c->basis]));
	fact(sh, "Rule", rule_words(c));
	for (size_t i = 0; i < s->n_parts; i++) {
		const struct part *p = &s->parts[i];
		char date[DATE_SIZE];

		if (p->days == p->period_days)
			continue;
		fact(sh, "In force", mem_printf("version %u from %s for %d of %d days: %s; fixed amounts and commitments "
					   "are due for that share of the days",
					      p->contract->version, civil_format(date, p->first_day), p->days,
					      p->period_days, partial_words[p->contract->partial]));
	}
	free(version);
}

static char *quantity(const struct statement_line *l)
{
	char *number, *out;

	if (!*l->unit)
		return mem_dup("");
	number = sheet_number(l->quantity, 3);
	out = mem_printf("%s %s", number, l->unit);
	free(number);
	return out;
}

static const char *const type_words[LINE_TYPES] = {
	[LINE_FLAT] = "fixed amount",
	[LINE_CAPACITY] = "capacity",
	[LINE_PERCENTILE] = "percentile",
	[LINE_AVERAGE] = "average",
	[LINE_VOLUME] = "volume",
	[LINE_TAKE_OR_PAY] = "take or pay",
	[LINE_CREDIT] = "credit",
	[LINE_RATIO] = "ratio",
};

static void how_rate(struct text *t, const struct statement *s, const struct statement_line *l)
{
	const struct contract_line *c = l->line;
	const char *currency = s->contract->currency, *unit = l->unit;
	char *rate = c->rate ? price(c->rate) : NULL, *more = NULL;

	if (c->n_tiers) {
		text_printf(t, " Tiers (%s):", c->tiers_mode == TIERS_INCREMENTAL ?
				"each band at its own rate" : "all of it at the rate of the band reached");
		for (size_t i = 0; i < c->n_tiers; i++) {
			char *band = price(c->tiers[i].rate);
			char *edge = c->tiers[i].up_to ? sheet_number(c->tiers[i].up_to, 12) : NULL;

			text_printf(t, "%s %s%s at %s %s", i ? ";" : "", edge ? "up to " : "above", edge ? edge : "", band,
				currency);
			free(band);
			free(edge);
		}
		text_printf(t, " a %s.", unit);
	} else if (c->commit) {
		more = price(c->overage_rate ? c->overage_rate : c->rate);
		text_printf(t, " The commitment is due at %s %s a %s, what is above it at %s.", rate, currency, unit,
			more);
		free(more);
		more = c->burst_cap ? sheet_number(c->burst_cap, 12) : NULL;
		if (more)
			text_printf(t, " Nothing above %s %s is charged.", more, unit);
	} else if (rate) {
		text_printf(t, " %s %s a %s.", rate, currency, unit);
	}
	free(more);
	free(rate);
}

static void how_ranking(struct text *t, const struct statement_line *l)
{
	bool one_bin;
	struct ranking r = form_ranking(l, &one_bin);
	char *bytes = count(r.selected.bytes), *rank = count(r.rank), *bins = count(r.bins);
	char start[RFC3339_SIZE];

	if (!r.any)
		text_str(t, "Nothing was measured.");
	else if (!one_bin)
		text_printf(t, "%zu connections were ranked one by one; their values add up to %s bytes.",
			l->metered.n_each, bytes);
	else
		text_printf(t, "Rank %s of %s values is the five minutes from %s (%s): %s bytes x 8 / 300 s.", rank,
			bins,
			clock_format(start, l->metered.first_bin + (int64_t)r.selected.bin * BIN_SECONDS),
			point_side_name[r.selected.side], bytes);
	free(bytes);
	free(rank);
	free(bins);
}

static void how_details(struct text *t, const struct statement_line *l)
{
	bool first = true;

	for (size_t i = 0; i < l->n_details; i++) {
		char *number = sheet_number(l->detail[i].value, 3);

		text_printf(t, "%s%s %s%s%s", first ? (t->size ? " (" : "(") : ", ", l->detail[i].words, number,
			l->detail[i].in_unit ? " " : "", l->detail[i].in_unit ? l->unit : "");
		first = false;
		free(number);
	}
	if (!first)
		text_str(t, ")");
}

static char *how(const struct statement *s, const struct statement_line *l)
{
	struct text t = { 0 };
	char date[DATE_SIZE];

	text_str(&t, "");
	if (l->line->type == LINE_PERCENTILE)
		how_ranking(&t, l);
	if (l->line->type == LINE_CREDIT)
		text_printf(&t, "%s: %s", civil_format(date, l->line->date), l->line->reason);
	if (l->line->classes.n) {
		text_str(&t, t.size ? " Only traffic of: " : "Only traffic of: ");
		for (size_t i = 0; i < l->line->classes.n; i++)
			text_printf(&t, "%s%s", i ? ", " : "", l->line->classes.name[i]);
		text_str(&t, ".");
	}
	if (*l->unit)
		how_rate(&t, s, l);
	how_details(&t, l);
	return t.data;
}

static void lines(struct sheet *sh, const struct statement *s)
{
	sh->line = mem_array(s->n_lines, sizeof(*sh->line));
	for (size_t i = 0; i < s->n_lines; i++) {
		const struct statement_line *l = &s->lines[i];
		char *what = s->n_parts > 1 ?
			mem_printf("%s (version %u)", type_words[l->line->type], l->part->contract->version) :
			mem_dup(type_words[l->line->type]);
		char *explained = how(s, l), *trimmed = mem_dup(explained + (*explained == ' '));

		free(explained);
		sh->line[sh->n_lines++] = (struct sheet_line){ mem_dup(l->line->name), what, quantity(l),
			sheet_money(l->amount, s->contract->digits), trimmed };
	}
}

static void sums(struct sheet *sh, const struct statement *s)
{
	char *low = money(s, s->low), *high = money(s, s->high);

	add_pair(&sh->sum, &sh->n_sums, "Total", money(s, s->total));
	add_pair(&sh->sum, &sh->n_sums, "Bounds",
		mem_printf("%s if all missing values were zero, %s if they were as high as the links allow", low, high));
	free(low);
	free(high);
}

static void quality(struct sheet *sh, const struct statement *s)
{
	const struct quality *q = &s->quality;
	char *number[BIN_STATUSES], *missed = count(q->missed), *complete = form_completeness(q);
	char hex[DIGEST_HEX_SIZE], *rows = count(s->evidence.rows);
	struct text t = { 0 };

	for (int i = 0; i < BIN_STATUSES; i++)
		number[i] = count(q->bins[i]);
	data(sh, "Five-minute values", mem_printf("%s good, %s partly covered, %s with loss, %s missing: %s %% complete",
					  number[BIN_OK], number[BIN_PARTIAL], number[BIN_LOSSY],
					  number[BIN_MISSING], complete));
	data(sh, "Packets missed", mem_dup(missed));
	for (size_t i = 0; i < s->n_meters; i++) {
		const struct statement_meter *m = &s->meters[i];

		text_printf(&t, "%s%s", i ? ", " : "", m->name);
		if (m->chained)
			text_printf(&t, " (intervals %llu to %llu, chain %.16s...)", (unsigned long long)m->first_seq,
				(unsigned long long)m->last_seq, digest_hex(hex, &m->chain_head));
	}
	data(sh, "Meters", t.size ? t.data : mem_dup("none"));
	data(sh, "Evidence", mem_printf("%s, %s rows, SHA-256 %s", s->evidence.file ? s->evidence.file : "", rows,
				digest_hex(hex, &s->evidence.sha256)));
	for (int i = 0; i < BIN_STATUSES; i++)
		free(number[i]);
	free(missed);
	free(complete);
	free(rows);
}

static void notes(struct sheet *sh, const struct statement *s)
{
	char from[PERIOD_SIZE], to[PERIOD_SIZE];

	if (s->provisional)
		note(sh, mem_dup("Provisional: more than 5 % of the five-minute values are missing."));
	if (s->n_unknown)
		note(sh, mem_printf("Nothing is known of %s to %s: the banks of take or pay begin empty after them.",
			      period_format(from, &s->unknown_from), period_format(to, &s->unknown_to)));
	if (s->n_parts > 1)
		note(sh, mem_dup("The contract changed within the period; each version is settled for its own days."));
}

struct sheet *sheet_new(const struct statement *s)
{
	struct sheet *sh = mem_alloc(sizeof(*sh));
	char name[PERIOD_SIZE];

	sh->title = mem_printf("Statement %s, %s%s", s->contract->id, form_period(name, s),
		s->provisional ? " (provisional)" : s->seal.closed ? "" : " (draft)");
	facts(sh, s);
	lines(sh, s);
	sums(sh, s);
	quality(sh, s);
	notes(sh, s);
	return sh;
}

static void free_pairs(struct sheet_pair *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(list[i].label);
		free(list[i].value);
	}
	free(list);
}

void sheet_free(struct sheet *s)
{
	if (!s)
		return;
	free_pairs(s->fact, s->n_facts);
	free_pairs(s->sum, s->n_sums);
	free_pairs(s->data, s->n_data);
	for (size_t i = 0; i < s->n_lines; i++) {
		free(s->line[i].name);
		free(s->line[i].what);
		free(s->line[i].quantity);
		free(s->line[i].amount);
		free(s->line[i].how);
	}
	for (size_t i = 0; i < s->n_notes; i++)
		free(s->note[i]);
	free(s->note);
	free(s->line);
	free(s->title);
	free(s);
}
