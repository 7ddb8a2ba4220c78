/* SPDX-License-Identifier: BSD-3-Clause */
#include "form.h"

char *form_version(const struct statement *s)
{
	struct text t = { 0 };

	for (size_t i = 0; i < s->n_parts; i++)
		text_printf(&t, "%s%u", i ? "+" : "", s->parts[i].contract->version);
	return t.data;
}

char *form_completeness(const struct quality *q)
{
	uint64_t good = q->all - q->bins[BIN_MISSING];
	uint64_t hundredths = q->all ? good * 10000 / q->all : 0;
	struct text t = { 0 };

	text_printf(&t, "%u.%02u", (unsigned)(hundredths / 100), (unsigned)(hundredths % 100));
	return t.data;
}

const char *form_status(const struct statement *s)
{
	if (s->provisional)
		return "provisional";
	return s->seal.closed ? "final" : "draft";
}

char *form_period(char buf[static PERIOD_SIZE], const struct statement *s)
{
	return period_format(buf, &s->parts[0].period);
}

/* Added up: the sums say something, and N and rank only where they are the same for all. */
static void add_ranking(struct ranking *sum, const struct ranking *r)
{
	sum->any |= r->any;
	sum->selected.bytes += r->selected.bytes;
	for (int d = 0; d < DIRECTIONS; d++)
		sum->side[d] += r->side[d];
	if (sum->bins != r->bins || sum->rank != r->rank)
		sum->bins = sum->rank = 0;
}

struct ranking form_ranking(const struct statement_line *l, bool *one_bin)
{
	const struct metered *m = &l->metered;
	struct ranking sum;

	*one_bin = m->n_each <= 1;
	if (*one_bin)
		return m->ranking;
	sum = m->each[0].ranking;
	sum.has_higher = sum.has_lower = false;
	for (size_t i = 1; i < m->n_each; i++)
		add_ranking(&sum, &m->each[i].ranking);
	return sum;
}
