/* SPDX-License-Identifier: BSD-3-Clause */
#include "to_date.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "text.h"

/* A contract and the period that is looked at. */
struct subject {
	const struct contract *first; /* of its versions */
	size_t n_versions;
	struct period period;
	bool done;
};

struct subjects {
	struct subject *subject;
	size_t n;
};

/* The contract's own period at the last bin before `now`, kept inside of what was asked for. */
static struct period period_at(const struct contract *c, int64_t now, const struct period *asked)
{
	struct period p = period_of(c->period, zone_date(c->zone, now - 1));
	struct period first, last;

	if (!asked)
		return p;
	first = period_of(c->period, period_first_day(asked));
	last = period_of(c->period, period_first_day(asked) + period_days(asked) - 1);
	return p.month < first.month ? first : p.month > last.month ? last : p;
}

/* Is a version of it in force in the period, and has the period begun? */
static bool runs(const struct subject *s, int64_t now)
{
	int32_t from = period_first_day(&s->period), to = from + period_days(&s->period);

	for (size_t i = 0; i < s->n_versions; i++) {
		const struct contract *c = &s->first[i];

		if (c->from < to && c->to > from && zone_midnight(c->zone, from > c->from ? from : c->from) < now)
			return true;
	}
	return false;
}

bool to_date_runs(const struct contracts *all, const struct contract *c, int64_t now, struct period *out)
{
	struct subject s = { .period = period_at(c, now, NULL) };

	s.n_versions = contracts_find(all, c->id, &s.first);
	*out = s.period;
	return runs(&s, now);
}

static bool has_usage(const struct topology *t, const char *partner)
{
	for (size_t i = 0; i < t->n_peerings; i++)
		if (t->peerings[i].seen && !strcmp(t->peerings[i].partner, partner))
			return true;
	return false;
}

static bool wanted(const struct options *o, const struct contract *c)
{
	return (!o->contract || !strcmp(o->contract, c->id)) && (!o->partner || !strcmp(o->partner, c->partner));
}

static void choose(const struct billing *b, const struct topology *t, int64_t now, const struct period *asked,
	struct subjects *out)
{
	for (size_t i = 0; i < b->all->n; i++) {
		const struct contract *c = &b->all->contract[i];
		struct subject s = { .period = period_at(c, now, asked) };

		if (c->version != 1 || !wanted(b->ask->options, c))
			continue;
		s.n_versions = contracts_find(b->all, c->id, &s.first);
		/* One that is named is tried, so that what is wrong with it is said. */
		if (!b->ask->options->contract && (!runs(&s, now) || !has_usage(t, c->partner)))
			continue;
		out->subject = mem_grow(out->subject, out->n + 1, sizeof(*out->subject));
		out->subject[out->n++] = s;
	}
}

static bool same_period(const struct period *a, const struct period *b)
{
	return a->kind == b->kind && a->month == b->month;
}

/* The statements of all subjects with the period of the first that is not done yet: one reading for all. */
static int make_some(struct billing *b, struct subjects *all, size_t first, struct to_date *out)
{
	const char **ids = mem_array(all->n, sizeof(*ids));
	struct statement **made = mem_array(all->n, sizeof(struct statement *));
	size_t n = 0;
	int rc;

	for (size_t i = first; i < all->n; i++)
		if (same_period(&all->subject[i].period, &all->subject[first].period))
			ids[n++] = all->subject[i].first->id;
	rc = billing_statements(b, ids, n, &all->subject[first].period, made);
	for (size_t i = first, k = 0; i < all->n && !rc; i++) {
		if (!same_period(&all->subject[i].period, &all->subject[first].period))
			continue;
		out->statement[i] = made[k++];
		all->subject[i].done = true;
	}
	free(ids);
	free(made);
	return rc;
}

int to_date_make(struct billing *b, const struct topology *t, int64_t now, const struct period *asked,
	struct to_date *out)
{
	struct subjects all = { 0 };
	int rc = 0;

	choose(b, t, now, asked, &all);
	if (!all.n && (b->ask->options->contract || b->ask->options->partner)) {
		log_error("%s: no contract%s%s%s%s to look at", b->all->file,
			b->ask->options->contract ? " " : "", b->ask->options->contract ? b->ask->options->contract : "",
			b->ask->options->partner ? " of partner " : "",
			b->ask->options->partner ? b->ask->options->partner : "");
		rc = -EINVAL;
	}
	out->statement = mem_array(all.n, sizeof(struct statement *));
	out->n = all.n;
	b->until = now;
	for (size_t i = 0; i < all.n && !rc; i++)
		if (!all.subject[i].done)
			rc = make_some(b, &all, i, out);
	free(all.subject);
	return rc;
}

void to_date_clear(struct to_date *d)
{
	for (size_t i = 0; i < d->n; i++)
		statement_free(d->statement[i]);
	free(d->statement);
	*d = (struct to_date){ NULL, 0 };
}
