/* SPDX-License-Identifier: BSD-3-Clause */
#include "recent.h"

#include <stdlib.h>
#include <string.h>

#include "text.h"

#define L1_A_PACKET 24u /* preamble 8, FCS 4, inter-frame gap 12 */

struct moment {
	struct recent_taps taps;
	u128 (*bytes)[DIRECTIONS]; /* by peering */
	size_t n;
};

struct ring {
	struct moment moment[RECENT_KEEP];
	size_t next, n;
	size_t redundant; /* another ring's index, or SIZE_MAX */
};

struct recent {
	struct topology *topology;
	struct ring *ring;
	size_t n;
};

struct recent *recent_new(struct topology *t, size_t meters)
{
	struct recent *l = mem_alloc(sizeof(*l));

	l->topology = t;
	l->ring = mem_array(meters, sizeof(*l->ring));
	l->n = meters;
	for (size_t i = 0; i < meters; i++)
		l->ring[i].redundant = SIZE_MAX;
	return l;
}

void recent_free(struct recent *l)
{
	if (!l)
		return;
	for (size_t i = 0; i < l->n; i++)
		for (size_t k = 0; k < RECENT_KEEP; k++)
			free(l->ring[i].moment[k].bytes);
	free(l->ring);
	free(l);
}

void recent_set_redundant(struct recent *l, size_t meter, size_t other)
{
	l->ring[meter].redundant = other;
	l->ring[other].redundant = meter;
}

static void add_record(struct recent *l, struct moment *m, const struct record *r)
{
	uint32_t p = topology_learn_peering(l->topology, r->cell->peering, r->cell->partner);

	if (p >= m->n) {
		m->bytes = mem_grow(m->bytes, p + 1, sizeof(*m->bytes));
		memset(m->bytes + m->n, 0, (p + 1 - m->n) * sizeof(*m->bytes));
		m->n = p + 1;
	}
	m->bytes[p][r->cell->direction] += r->count.l2_bytes + (u128)L1_A_PACKET * r->count.packets;
}

void recent_take(struct recent *l, size_t meter, const struct interval *iv)
{
	struct ring *r = &l->ring[meter];
	struct moment *m = &r->moment[r->next];

	r->next = (r->next + 1) % RECENT_KEEP;
	r->n += r->n < RECENT_KEEP;
	if (m->n)
		memset(m->bytes, 0, m->n * sizeof(*m->bytes));
	m->taps = (struct recent_taps){
		.seq = iv->seq, .start = iv->start, .end = iv->end, .covered_ms = iv->covered_ms };
	for (size_t i = 0; i < iv->n_taps; i++) {
		m->taps.packets += iv->taps[i].packets;
		m->taps.unknown += iv->taps[i].unknown_packets;
		m->taps.malformed += iv->taps[i].malformed;
		m->taps.late += iv->taps[i].late;
		m->taps.missed += iv->taps[i].missed;
	}
	for (size_t i = 0; i < iv->n_records; i++)
		add_record(l, m, &iv->records[i]);
}

/* The `back`-th newest, 0 the newest. */
static const struct moment *moment_at(const struct ring *r, size_t back)
{
	return &r->moment[(r->next + 2 * RECENT_KEEP - 1 - back) % RECENT_KEEP];
}

struct recent_taps recent_taps(const struct recent *l, size_t meter)
{
	const struct ring *r = &l->ring[meter];

	return r->n ? moment_at(r, 0)->taps : (struct recent_taps){ .seq = 0 };
}

uint64_t recent_rate(const struct recent_sample *s, enum direction d)
{
	return s->covered_ms ? (uint64_t)(s->l1_bytes[d] * 8000 / s->covered_ms) : 0;
}

static bool chosen(const struct recent *l, const struct store_choice *c, size_t peering)
{
	const struct topology_peering *p = &l->topology->peerings[peering];

	return (c->link == TOPOLOGY_NONE || p->link == c->link) &&
		(!c->partner || !strcmp(p->partner, c->partner));
}

/* Another ring that watches the same speaks instead: it is newer, or as new and first. */
static bool outdone(const struct recent *l, size_t ring)
{
	const struct ring *r = &l->ring[ring], *other;
	int64_t mine, theirs;

	if (r->redundant == SIZE_MAX)
		return false;
	other = &l->ring[r->redundant];
	mine = r->n ? moment_at(r, 0)->taps.end : 0;
	theirs = other->n ? moment_at(other, 0)->taps.end : 0;
	return theirs > mine || (theirs == mine && r->redundant < ring);
}

/* Adds what the moment has of the choice. False: nothing of it is in there. */
static bool add_moment(
	const struct recent *l, const struct store_choice *c, const struct moment *m, struct recent_sample *s)
{
	bool any = false;

	for (size_t p = 0; p < m->n; p++) {
		if (!chosen(l, c, p))
			continue;
		for (int d = 0; d < DIRECTIONS; d++) {
			s->l1_bytes[d] += m->bytes[p][d];
			any |= m->bytes[p][d] != 0;
		}
	}
	return any;
}

/* Does this meter ever see the choice? A ring that never did has nothing to say of it, not silence. */
static bool sees(const struct recent *l, const struct store_choice *c, const struct ring *r)
{
	struct recent_sample none = { 0 };

	for (size_t i = 0; i < r->n; i++)
		if (add_moment(l, c, moment_at(r, i), &none))
			return true;
	return l->n == 1 && r->n;
}

/* Of several meters on one choice: those whose interval has the same bounds are added, of others the newest. */
static void merge(struct recent_sample *into, const struct recent_sample *s)
{
	if (s->start == into->start && s->end == into->end) {
		for (int d = 0; d < DIRECTIONS; d++)
			into->l1_bytes[d] += s->l1_bytes[d];
		into->covered_ms = s->covered_ms > into->covered_ms ? s->covered_ms : into->covered_ms;
	} else if (s->end > into->end) {
		*into = *s;
	}
}

static struct recent_sample sample(const struct recent *l, const struct store_choice *c, const struct moment *m)
{
	struct recent_sample s = { m->taps.start, m->taps.end, m->taps.covered_ms, { 0, 0 } };

	add_moment(l, c, m, &s);
	return s;
}

struct recent_sample recent_now(const struct recent *l, const struct store_choice *c)
{
	struct recent_sample out = { 0 }, s;

	for (size_t i = 0; i < l->n; i++)
		if (!outdone(l, i) && sees(l, c, &l->ring[i])) {
			s = sample(l, c, moment_at(&l->ring[i], 0));
			merge(&out, &s);
		}
	return out;
}

static size_t add_sample(struct recent_sample *out, size_t n, const struct recent_sample *s)
{
	for (size_t i = 0; i < n; i++)
		if (out[i].start == s->start && out[i].end == s->end) {
			merge(&out[i], s);
			return n;
		}
	if (n < RECENT_KEEP)
		out[n++] = *s;
	return n;
}

static int by_start(const void *a, const void *b)
{
	const struct recent_sample *x = a, *y = b;

	return (x->start > y->start) - (x->start < y->start);
}

size_t recent_samples(
	const struct recent *l, const struct store_choice *c, struct recent_sample out[static RECENT_KEEP])
{
	size_t n = 0;

	for (size_t i = 0; i < l->n; i++) {
		const struct ring *r = &l->ring[i];

		if (outdone(l, i) || !sees(l, c, r))
			continue;
		for (size_t k = 0; k < r->n; k++) {
			struct recent_sample s = sample(l, c, moment_at(r, k));

			n = add_sample(out, n, &s);
		}
	}
	qsort(out, n, sizeof(*out), by_start);
	return n;
}
