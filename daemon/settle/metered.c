/* SPDX-License-Identifier: BSD-3-Clause */
#include "metered.h"

#include <stdlib.h>
#include <string.h>

/* One series under the rules: what metered_line() asks for once, or once a peering. */
struct question {
	struct exact_pool *pool;
	const struct part *part;
	const struct contract_line *line;
	enum figure figure;
	enum direction_rule direction;
	const struct series *series;
	const uint8_t *state; /* a bin of the time in force */
	size_t bins;  /* of the part, those to come included */
	size_t ahead; /* of them, to come */
	bool running; /* the bounds are those of the bins to come, not of the missing ones */
	const struct exact *limit; /* bytes a bin of the commit, when its room is asked for; or NULL */
	size_t before, after; /* bins of the period outside, which count as zero */
	bool has_ceiling;
	u128 ceiling; /* bytes a bin and direction */
};

struct answer {
	const struct exact *value, *low, *high; /* bytes a bin, or bytes */
	const struct exact *so_far;
	struct ranking ranking;
	bool has_room;
	int64_t room;
};

/* The bins of one direction, or of both combined. */
struct points {
	struct point *all; /* those that count; `spare` room follows for missing ones */
	size_t n;
	uint64_t missing;
	uint64_t open; /* what the bounds are about: the missing bins, or those to come */
	u128 ceiling, total, in_missing; /* in_missing: measured on some peerings while another lacked */
	u128 missing_high;		 /* what the missing bins could have carried */
};

static u128 side_bytes(const struct series *s, enum direction d, size_t bin)
{
	return s->bytes[d] ? s->bytes[d][bin] : 0;
}

static struct point point_at(const struct question *q, enum direction_rule rule, size_t bin)
{
	u128 in = side_bytes(q->series, DIRECTION_INGRESS, bin);
	u128 out = side_bytes(q->series, DIRECTION_EGRESS, bin);
	uint32_t number = (uint32_t)(bin + q->before);

	switch (rule) {
	case DIR_INGRESS:
		return (struct point){ in, number, SIDE_INGRESS };
	case DIR_EGRESS:
		return (struct point){ out, number, SIDE_EGRESS };
	case DIR_P95_OF_SUM:
		return (struct point){ in + out, number, SIDE_SUM };
	default: /* the greater of the bin */
		return in >= out ? (struct point){ in, number, SIDE_INGRESS } :
				   (struct point){ out, number, SIDE_EGRESS };
	}
}

/* Collects the points of a rule that is not max_of_p95. With `with_missing` missing bins are zeros. */
static struct points collect(const struct question *q, enum direction_rule rule, bool with_missing)
{
	struct points p = { .ceiling = rule == DIR_P95_OF_SUM ? 2 * q->ceiling : q->ceiling };
	enum point_side side = rule == DIR_EGRESS ? SIDE_EGRESS :
		rule == DIR_P95_OF_SUM		  ? SIDE_SUM :
						    SIDE_INGRESS;

	p.all = mem_array(q->before + q->bins + q->after, sizeof(*p.all));
	for (size_t i = 0; i < q->before; i++)
		p.all[p.n++] = (struct point){ 0, (uint32_t)i, side };
	for (size_t i = 0; i < q->bins - q->ahead; i++) {
		struct point at = point_at(q, rule, i);

		if (q->state[i] != BIN_MISSING) {
			p.total += at.bytes;
			p.all[p.n++] = at;
			continue;
		}
		p.missing++;
		p.in_missing += at.bytes;
		p.missing_high += at.bytes > p.ceiling ? at.bytes : p.ceiling;
		if (with_missing)
			p.all[p.n++] = (struct point){ 0, at.bin, at.side };
	}
	for (size_t i = 0; i < q->after; i++)
		p.all[p.n++] = (struct point){ 0, (uint32_t)(q->before + q->bins + i), side };
	p.open = q->running ? q->ahead : p.missing;
	return p;
}

static struct ranking rank_points(const struct question *q, const struct points *p)
{
	struct ranking r = { .bins = p->n };

	r.rank = rank_of(q->line->percentile, p->n, q->part->contract->rank);
	if (!r.rank)
		return r;
	r.any = true;
	r.selected = p->all[r.rank - 1];
	r.has_lower = r.rank > 1;
	r.lower = r.has_lower ? p->all[r.rank - 2].bytes : 0;
	r.has_higher = r.rank < p->n;
	r.higher = r.has_higher ? p->all[r.rank].bytes : 0;
	return r;
}

static u128 filled(const struct question *q, const struct points *p, u128 value)
{
	uint64_t n = p->n + p->open;
	uint64_t r = rank_of(q->line->percentile, n, q->part->contract->rank);

	return r ? rank_filled(p->all, p->n, p->open, value, r) : 0;
}

/* The places above the rank in the end, less the bins that are above the limit already. */
static void set_room(const struct question *q, const struct points *p, struct answer *a)
{
	uint64_t n = p->n + p->open;
	uint64_t places = n - rank_of(q->line->percentile, n, q->part->contract->rank);
	size_t low = 0, high = p->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (exact_cmp(exact_u128(q->pool, p->all[middle].bytes), q->limit) > 0)
			high = middle;
		else
			low = middle + 1;
	}
	a->has_room = true;
	a->room = (int64_t)places - (int64_t)(p->n - low);
}

static struct answer percentile(const struct question *q, enum direction_rule rule)
{
	bool zero = q->part->contract->missing == MISSING_ZERO;
	struct points present = collect(q, rule, zero && q->running), zeros;
	struct answer a = { .has_room = false };

	rank_sort(present.all, present.n);
	a.low = exact_u128(q->pool, filled(q, &present, 0));
	a.high = q->has_ceiling || !present.open ?
		exact_u128(q->pool, filled(q, &present, present.ceiling)) :
		NULL;
	a.ranking = rank_points(q, &present);
	if (q->limit)
		set_room(q, &present, &a);
	if (zero && present.missing && !q->running) {
		zeros = collect(q, rule, true);
		rank_sort(zeros.all, zeros.n);
		a.ranking = rank_points(q, &zeros);
		free(zeros.all);
	}
	a.value = a.so_far = exact_u128(q->pool, a.ranking.any ? a.ranking.selected.bytes : 0);
	free(present.all);
	return a;
}

static const struct exact *mean(struct exact_pool *pool, u128 total, uint64_t n)
{
	return n ? exact_div(pool, exact_u128(pool, total), exact_u128(pool, n)) : exact_int(pool, 0);
}

static struct answer average(const struct question *q, enum direction_rule rule)
{
	bool zero = q->part->contract->missing == MISSING_ZERO;
	struct points p = collect(q, rule, zero && q->running);
	uint64_t all = p.n + p.open;
	struct answer a = { .value = mean(q->pool, p.total, zero && !q->running ? all : p.n),
		.low = mean(q->pool, p.total, all) };

	a.so_far = a.value;
	if (q->has_ceiling || !p.open)
		a.high = mean(q->pool, p.total + p.open * p.ceiling, all);
	free(p.all);
	return a;
}

/* What a period that still runs has in the end: every bin to come as the mean of those so far. */
static struct answer volume_to_come(const struct question *q, const struct points *p)
{
	struct answer a = { .so_far = exact_u128(q->pool, p->total + p->in_missing) };

	a.value = exact_add(q->pool, a.so_far,
		exact_mul(q->pool, mean(q->pool, p->total, p->n), exact_u128(q->pool, q->ahead)));
	a.low = a.so_far;
	if (q->has_ceiling || !q->ahead)
		a.high = exact_add(q->pool, a.so_far, exact_u128(q->pool, q->ahead * p->ceiling));
	return a;
}

/* A volume is what was measured: a bin that one peering lacks keeps what the others counted. */
static struct answer volume(const struct question *q, enum direction_rule rule)
{
	struct points p = collect(q, rule, false);
	struct answer a = { .value = exact_u128(q->pool, p.total + p.in_missing) };

	a.low = a.so_far = a.value;
	if (q->has_ceiling || !p.missing)
		a.high = exact_u128(q->pool, p.total + p.missing_high);
	if (q->running)
		a = volume_to_come(q, &p);
	free(p.all);
	return a;
}

static struct answer answer_rule(const struct question *q, enum direction_rule rule)
{
	switch (q->figure) {
	case FIGURE_PERCENTILE:
		return percentile(q, rule);
	case FIGURE_AVERAGE:
		return average(q, rule);
	default:
		return volume(q, rule);
	}
}

static const struct exact *max_or_null(const struct exact *a, const struct exact *b)
{
	return a && b ? exact_max(a, b) : NULL;
}

/* Under the question's direction rule; at a tie of both directions ingress is named. */
static struct answer answer_question(const struct question *q)
{
	struct answer in = answer_rule(q, DIR_INGRESS), out = answer_rule(q, DIR_EGRESS), a;

	if (q->direction == DIR_MAX_OF_P95) {
		a = exact_cmp(in.value, out.value) >= 0 ? in : out;
		a.low = exact_max(in.low, out.low);
		a.high = max_or_null(in.high, out.high);
		a.room = in.room < out.room ? in.room : out.room;
	} else if (q->direction == DIR_INGRESS) {
		a = in;
	} else if (q->direction == DIR_EGRESS) {
		a = out;
	} else {
		a = answer_rule(q, q->direction);
	}
	if (q->figure == FIGURE_PERCENTILE) {
		a.ranking.side[DIRECTION_INGRESS] = in.ranking.any ? in.ranking.selected.bytes : 0;
		a.ranking.side[DIRECTION_EGRESS] = out.ranking.any ? out.ranking.selected.bytes : 0;
	}
	return a;
}

/* What the links of the peerings carry at most, each link once. False: it is not known of all. */
static bool links_capacity(const struct world *w, const struct tally *t, const struct selection *s,
	size_t slot, uint64_t *out)
{
	const struct world_peering **seen = mem_array(tally_peerings(t), sizeof(*seen));
	size_t n = 0;
	bool known = true;

	*out = 0;
	for (size_t i = 0; i < tally_peerings(t); i++) {
		const struct world_peering *p;
		size_t k = 0;

		if (!s->has[i] || (slot != SIZE_MAX && slot != i))
			continue;
		p = w ? world_find(w, tally_peering(t, i)->name) : NULL;
		known &= p && p->capacity;
		while (p && k < n && strcmp(seen[k]->link, p->link))
			k++;
		if (!p || k < n)
			continue;
		seen[n++] = p;
		*out += p->capacity;
	}
	free(seen);
	return known && n;
}

static void set_ceiling(struct question *q, const struct world *w, const struct tally *t,
	const struct selection *s, size_t slot)
{
	uint64_t rate = q->part->contract->ceiling;

	q->has_ceiling = rate || links_capacity(w, t, s, slot, &rate);
	/* Bytes that fit into a bin, a part of a byte counted as one: it is an upper bound. */
	q->ceiling = q->has_ceiling ? ((u128)rate * BIN_SECONDS + 7) / 8 : 0;
}

static const struct exact *add_or_null(
	struct exact_pool *pool, const struct exact *a, const struct exact *b)
{
	return a && b ? exact_add(pool, a, b) : NULL;
}

static void measure_sum(struct question *q, const struct tally *t, const struct world *w,
	const struct selection *s, struct answer *out)
{
	uint8_t *state = tally_states(t, s);

	q->series = &s->sum;
	q->state = state;
	set_ceiling(q, w, t, s, SIZE_MAX);
	*out = answer_question(q);
	free(state);
}

static int by_peering(const void *a, const void *b)
{
	return strcmp(((const struct peering_ranking *)a)->peering, ((const struct peering_ranking *)b)->peering);
}

/* Each peering by itself, then added. */
static void measure_each(struct question *q, const struct tally *t, const struct world *w,
	const struct selection *s, struct metered *m, struct answer *out)
{
	const struct exact *zero = exact_int(q->pool, 0);

	*out = (struct answer){ .value = zero, .low = zero, .high = zero, .so_far = zero };
	m->each = mem_array(tally_peerings(t), sizeof(*m->each));
	for (size_t i = 0; i < tally_peerings(t); i++) {
		uint8_t *state;
		struct answer a;

		if (!s->has[i])
			continue;
		state = tally_peering_states(t, i);
		q->series = &s->each[i];
		q->state = state;
		set_ceiling(q, w, t, s, i);
		a = answer_question(q);
		free(state);
		out->value = exact_add(q->pool, out->value, a.value);
		out->low = exact_add(q->pool, out->low, a.low);
		out->so_far = exact_add(q->pool, out->so_far, a.so_far);
		out->high = add_or_null(q->pool, out->high, a.high);
		out->ranking = a.ranking;
		m->each[m->n_each].ranking = a.ranking;
		memcpy(m->each[m->n_each++].peering, tally_peering(t, i)->name, NAME_SIZE);
	}
	/* Slots are in the order of the rows, which does not matter to anybody. */
	qsort(m->each, m->n_each, sizeof(*m->each), by_peering);
	if (!m->n_each)
		measure_sum(q, t, w, s, out); /* no peering at all: everything is missing */
}

/* From bytes a bin to bit/s, and by the days in force where the contract says so. */
static const struct exact *scale(const struct question *q, const struct exact *x)
{
	struct exact_pool *p = q->pool;

	if (!x)
		return NULL;
	if (q->figure != FIGURE_VOLUME)
		x = exact_mul(p, x, exact_ratio(p, 8, BIN_SECONDS));
	if (q->figure != FIGURE_VOLUME && q->part->contract->partial == PARTIAL_DAY_FACTOR)
		x = exact_mul(p, x, exact_ratio(p, q->part->days, q->part->period_days));
	return x;
}

/* The commit as bytes a bin before scale(): a bin above it is one that the percentile must not select. */
static const struct exact *limit_of(const struct question *q)
{
	const struct contract *c = q->part->contract;
	struct exact_pool *p = q->pool;
	const struct exact *share = exact_ratio(p, q->part->days, q->part->period_days), *units;

	if (!q->running || !q->line->commit || q->figure != FIGURE_PERCENTILE || c->across == ACROSS_EACH)
		return NULL;
	units = exact_mul(p, q->line->commit, share);
	if (c->usage_up)
		units = exact_floor(p, units);
	if (c->partial == PARTIAL_DAY_FACTOR)
		units = exact_div(p, units, share);
	return exact_mul(p, units, exact_mul(p, exact_int(p, q->line->unit->size), exact_ratio(p, BIN_SECONDS, 8)));
}

void metered_line(struct exact_pool *pool, const struct tally *t, const struct world *world, size_t line,
	enum figure figure, enum direction_rule direction, struct metered *out)
{
	const struct part *part = tally_part(t);
	const struct contract *c = part->contract;
	const struct selection *s = tally_selection(t, line);
	struct question q = { .pool = pool, .part = part, .line = &c->lines[line], .figure = figure,
		.direction = direction, .bins = tally_bins(t), .ahead = tally_ahead(t), .running = tally_running(t) };
	struct answer a;

	q.limit = limit_of(&q);
	*out = (struct metered){ .first_bin = part->from };
	if (c->partial == PARTIAL_CALENDAR_ZEROS) {
		q.before = (size_t)((part->from - part->period_from) / BIN_SECONDS);
		q.after = (size_t)((part->period_to - part->to) / BIN_SECONDS);
		out->first_bin = part->period_from;
	}
	if (c->across == ACROSS_EACH)
		measure_each(&q, t, world, s, out, &a);
	else
		measure_sum(&q, t, world, s, &a);
	out->value = scale(&q, a.value);
	out->low = scale(&q, a.low);
	out->high = scale(&q, a.high);
	out->so_far = scale(&q, a.so_far);
	out->ranking = a.ranking;
	out->has_room = a.has_room;
	out->room = a.room;
}

void metered_clear(struct metered *m)
{
	free(m->each);
	m->each = NULL;
}
