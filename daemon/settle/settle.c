/* SPDX-License-Identifier: BSD-3-Clause */
#include "settle.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "settle_line.h"
#include "text.h"

/* Taken in an earlier period by a closed statement. */
struct closed_taken {
	struct period period;
	unsigned version;
	char line[NAME_SIZE];
	u128 bytes;
};

struct settle {
	struct exact_pool *pool;
	const struct contract *versions;
	size_t n_versions;
	const struct world *world;
	struct period period;
	struct part *parts; /* of the period; earlier ones are only in their tallies */
	size_t n_parts;
	struct tally **tally; /* in order of time: n_earlier of earlier periods, then one a part */
	size_t n_earlier, n_tallies, last_hit;
	struct closed_taken *closed;
	size_t n_closed;
	bool saw_partner, saw_period;
};

static bool has_bank(const struct contract *versions, size_t n)
{
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < versions[i].n_lines; k++)
			if (versions[i].lines[k].type == LINE_TAKE_OR_PAY)
				return true;
	return false;
}

static void add_tallies(struct settle *s, const struct part *parts, size_t n)
{
	s->tally = mem_grow(s->tally, s->n_tallies + n, sizeof(*s->tally));
	for (size_t i = 0; i < n; i++)
		s->tally[s->n_tallies++] = tally_new(&parts[i]);
}

/* The contract's periods before this one, from its first day. */
static int add_earlier(struct settle *s)
{
	struct period p = period_of(s->period.kind, s->versions[0].from);

	for (; p.month < s->period.month; p = period_next(&p)) {
		struct part *parts;
		int n = part_of_period(s->versions, s->n_versions, &p, &parts);

		if (n < 0)
			return n;
		if (!n)
			continue;
		add_tallies(s, parts, (size_t)n);
		free(parts);
	}
	s->n_earlier = s->n_tallies;
	return 0;
}

static int find_versions(struct settle *s, const struct contracts *all, const char *id, struct diag *d)
{
	struct text known = { 0 };

	s->n_versions = contracts_find(all, id, &s->versions);
	if (s->n_versions)
		return 0;
	for (size_t i = 0; i < all->n; i++)
		if (all->contract[i].version == 1)
			text_printf(&known, "%s%s", known.size ? ", " : "", all->contract[i].id);
	diag_at(d, all->file, 0, "no contract \"%s\"; there are: %s", id, known.data ? known.data : "");
	text_free(&known);
	return -EINVAL;
}

static int open_parts(struct settle *s, const struct contracts *all, struct diag *d)
{
	const struct contract *c = s->versions;
	char name[PERIOD_SIZE];
	int n = 0, rc = 0;

	if (c->period != s->period.kind) {
		diag_at(d, all->file, c->line, "contract %s is settled by the %s; --period %s", c->id,
			c->period == PERIOD_MONTH ? "month" : "quarter",
			c->period == PERIOD_MONTH ? "YYYY-MM" : "YYYY-Qn");
		return -EINVAL;
	}
	if (has_bank(s->versions, s->n_versions))
		rc = add_earlier(s);
	if (!rc)
		rc = n = part_of_period(s->versions, s->n_versions, &s->period, &s->parts);
	if (rc < 0) {
		diag_at(d, all->file, c->line, "contract %s: a period begins between two five-minute bins in "
					       "the zone %s; such zones cannot be settled",
			c->id, zone_name(c->zone));
		return -EINVAL;
	}
	if (!n) {
		diag_at(d, all->file, c->line, "contract %s is not in force in %s", c->id,
			period_format(name, &s->period));
		return -EINVAL;
	}
	s->n_parts = (size_t)n;
	for (int i = 1; i < n; i++) {
		const struct contract *next = s->parts[i].contract;

		if (!strcmp(next->currency, s->parts[0].contract->currency))
			continue;
		diag_at(d, all->file, next->line, "contract %s changes its currency inside %s; change it where "
						  "a period begins",
			c->id, period_format(name, &s->period));
		return -EINVAL;
	}
	add_tallies(s, s->parts, s->n_parts);
	return 0;
}

int settle_open(struct exact_pool *pool, const struct contracts *all, const char *id,
	const struct period *period, const struct world *world, struct diag *d, struct settle **out)
{
	struct settle *s = mem_alloc(sizeof(*s));
	int rc;

	s->pool = pool;
	s->world = world;
	s->period = *period;
	rc = find_versions(s, all, id, d);
	if (!rc)
		rc = open_parts(s, all, d);
	if (rc) {
		settle_free(s);
		return rc;
	}
	*out = s;
	return 0;
}

void settle_free(struct settle *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->n_tallies; i++)
		tally_free(s->tally[i]);
	free(s->tally);
	free(s->parts);
	free(s->closed);
	free(s);
}

void settle_until(struct settle *s, int64_t now)
{
	for (size_t i = s->n_earlier; i < s->n_tallies; i++)
		tally_until(s->tally[i], now);
}

void settle_range(const struct settle *s, int64_t *from, int64_t *to)
{
	*from = tally_part(s->tally[0])->from;
	*to = s->parts[s->n_parts - 1].to;
}

void settle_period(const struct settle *s, int64_t *from, int64_t *to)
{
	*from = s->parts[0].period_from;
	*to = s->parts[0].period_to;
}

static bool holds(const struct tally *t, int64_t at)
{
	const struct part *p = tally_part(t);

	return at >= p->from && at < p->to;
}

int settle_row(void *self, const struct row *row)
{
	struct settle *s = self;

	if (!s->saw_partner)
		s->saw_partner = !strcmp(row->cell->partner, s->versions[0].partner);
	if (!s->saw_period)
		s->saw_period = row->start >= s->parts[0].period_from && row->start < s->parts[0].period_to;
	if (!holds(s->tally[s->last_hit], row->start)) {
		size_t i = 0;

		while (i < s->n_tallies && !holds(s->tally[i], row->start))
			i++;
		if (i == s->n_tallies)
			return 0;
		s->last_hit = i;
	}
	return tally_row(s->tally[s->last_hit], row);
}

bool settle_saw_partner(const struct settle *s)
{
	return s->saw_partner;
}

bool settle_saw_period(const struct settle *s)
{
	return s->saw_period;
}

void settle_taken(struct settle *s, const struct period *p, unsigned version, const char *line, u128 bytes)
{
	struct closed_taken *c;

	s->closed = mem_grow(s->closed, s->n_closed + 1, sizeof(*s->closed));
	c = &s->closed[s->n_closed++];
	*c = (struct closed_taken){ .period = *p, .version = version, .bytes = bytes };
	strncpy(c->line, line, NAME_SIZE - 1);
}

static const struct closed_taken *find_closed(
	const struct settle *s, const struct part *p, const char *line)
{
	/* The newest revision was told last. */
	for (size_t i = s->n_closed; i-- > 0;)
		if (s->closed[i].period.month == p->period.month &&
			s->closed[i].version == p->contract->version && !strcmp(s->closed[i].line, line))
			return &s->closed[i];
	return NULL;
}

static int32_t period_number(const struct period *p)
{
	return p->kind == PERIOD_QUARTER ? p->month / 3 : p->month;
}

static void note_unknown(struct statement *st, const struct period *p)
{
	if (!st->n_unknown++)
		st->unknown_from = *p;
	st->unknown_to = *p;
}

/* Lives one part of a period with the line of this name. False: nothing is known of that time. */
static bool live(struct settle *s, const struct tally *t, const char *name, struct bank *bank, bool must,
	struct bank_step *out)
{
	const struct part *p = tally_part(t);
	const struct contract *c = p->contract;
	const struct exact *share = exact_ratio(s->pool, p->days, p->period_days), *bytes;
	const struct closed_taken *closed = must ? NULL : find_closed(s, p, name);

	for (size_t i = 0; i < c->n_lines; i++) {
		const struct contract_line *l = &c->lines[i];
		struct line_context lc = { s->pool, t, s->world, i, NULL };
		struct taken taken;

		if (l->type != LINE_TAKE_OR_PAY || strcmp(l->name, name))
			continue;
		if (!closed && !must && !tally_rows(t))
			return false;
		settle_line_taken(&lc, &taken);
		bytes = closed ? exact_u128(s->pool, closed->bytes) : taken.bytes;
		bank_live(s->pool, bank, l, period_number(&p->period), share,
			settle_line_units(s->pool, c, l, bytes), out);
	}
	return true;
}

/* The bank of a line as its earlier periods left it, then the period itself. */
static void live_all(struct settle *s, struct statement *st, size_t upto, const char *name,
	struct bank_step *out)
{
	struct bank bank = { 0 };

	for (size_t i = 0; i < upto; i++)
		if (!live(s, s->tally[i], name, &bank, i >= s->n_earlier, out))
			note_unknown(st, &tally_part(s->tally[i])->period);
	live(s, s->tally[upto], name, &bank, true, out);
	bank_clear(&bank);
}

static void add_lines(struct settle *s, struct statement *st, size_t part)
{
	const struct tally *t = s->tally[s->n_earlier + part];
	const struct contract *c = st->parts[part].contract;

	for (size_t i = 0; i < c->n_lines; i++) {
		struct bank_step step = { 0 };
		struct line_context lc = { s->pool, t, s->world, i, &step };
		struct statement_line *line;

		if (c->lines[i].type == LINE_TAKE_OR_PAY)
			live_all(s, st, s->n_earlier + part, c->lines[i].name, &step);
		st->lines = mem_grow(st->lines, st->n_lines + 1, sizeof(*st->lines));
		line = &st->lines[st->n_lines];
		*line = (struct statement_line){ 0 };
		if (!settle_line(&lc, line))
			continue;
		line->part = &st->parts[part];
		st->n_lines++;
	}
}

struct statement *settle_close(struct settle *s)
{
	struct statement *st = mem_alloc(sizeof(*st));

	st->contract = s->parts[s->n_parts - 1].contract;
	st->n_parts = s->n_parts;
	st->parts = mem_array(s->n_parts, sizeof(*st->parts));
	memcpy(st->parts, s->parts, s->n_parts * sizeof(*st->parts));
	st->expected_bins = (uint64_t)((s->parts[0].period_to - s->parts[0].period_from) / BIN_SECONDS);
	st->plot = mem_array(s->n_parts, sizeof(*st->plot));
	for (size_t i = 0; i < s->n_parts; i++) {
		const struct tally *t = s->tally[s->n_earlier + i];

		add_lines(s, st, i);
		statement_add_tally(st, t, i);
	}
	statement_finish(st, s->pool, (const struct tally *const *)s->tally + s->n_earlier, s->world);
	return st;
}
