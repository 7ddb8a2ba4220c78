/* SPDX-License-Identifier: BSD-3-Clause */
#include "load.h"

#include <stdlib.h>
#include <string.h>

#include "civil.h"
#include "text.h"

#define L1_A_PACKET 24u /* preamble 8, FCS 4, inter-frame gap 12 */
#define DAY	    86400

/* A series of bytes: of a link, or of a link and one class. */
struct stream {
	uint32_t link, class; /* TOPOLOGY_NONE: all classes */
};

/* What is known of a cell once its first row came. */
struct cell_use {
	bool known;
	uint32_t peering, stream, class_stream; /* class_stream TOPOLOGY_NONE: not kept */
};

struct month {
	int32_t number; /* months since January of year 0 */
	int64_t from, to;
	u128 **bytes; /* by stream: ingress bins, then egress bins; NULL: nothing */
	size_t n_bytes;
	uint8_t **state; /* by peering: a bin: 0 not listed, else enum bin_status + 1; NULL: nothing */
	size_t n_states;
};

struct life {
	bool any;
	int32_t first, last; /* months of its rows */
};

struct load {
	struct topology *topology;
	int64_t from, to;
	uint32_t classes_of;
	int64_t first, last; /* starts of bins */
	bool any;
	struct month *month; /* in order of time, without gaps */
	size_t n_months, last_hit;
	struct stream *stream;
	size_t n_streams;
	struct cell_use *use; /* by cell id */
	size_t n_use;
	struct life *life; /* by peering */
	size_t n_lives;
};

struct load *load_new(struct topology *t, int64_t from, int64_t to, uint32_t classes_of)
{
	struct load *l = mem_alloc(sizeof(*l));

	l->topology = t;
	l->from = from;
	l->to = to ? to : INT64_MAX;
	l->classes_of = classes_of;
	return l;
}

static void month_clear(struct month *m)
{
	for (size_t i = 0; i < m->n_bytes; i++)
		free(m->bytes[i]);
	for (size_t i = 0; i < m->n_states; i++)
		free(m->state[i]);
	free(m->bytes);
	free(m->state);
}

void load_free(struct load *l)
{
	if (!l)
		return;
	for (size_t i = 0; i < l->n_months; i++)
		month_clear(&l->month[i]);
	free(l->month);
	free(l->stream);
	free(l->use);
	free(l->life);
	free(l);
}

static struct month month_of(int64_t at)
{
	struct period p = period_of(PERIOD_MONTH, (int32_t)(at / DAY)), next = period_next(&p);

	return (struct month){ .number = p.month, .from = (int64_t)period_first_day(&p) * DAY,
		.to = (int64_t)period_first_day(&next) * DAY };
}

static size_t month_bins(const struct month *m)
{
	return (size_t)((m->to - m->from) / BIN_SECONDS);
}

/* The month that holds the instant; those between it and the known ones are made with it. */
static struct month *month_at(struct load *l, int64_t at)
{
	struct month m;

	if (l->n_months && at >= l->month[l->last_hit].from && at < l->month[l->last_hit].to)
		return &l->month[l->last_hit];
	m = month_of(at);
	while (!l->n_months || m.number < l->month[0].number ||
		m.number > l->month[l->n_months - 1].number) {
		bool before = l->n_months && m.number < l->month[0].number;
		struct month next = !l->n_months ? m :
			before ? month_of(l->month[0].from - 1) : month_of(l->month[l->n_months - 1].to);

		l->month = mem_grow(l->month, l->n_months + 1, sizeof(*l->month));
		if (before)
			memmove(l->month + 1, l->month, l->n_months * sizeof(*l->month));
		l->month[before ? 0 : l->n_months] = next;
		l->n_months++;
	}
	l->last_hit = (size_t)(m.number - l->month[0].number);
	return &l->month[l->last_hit];
}

static uint32_t find_stream(const struct load *l, uint32_t link, uint32_t class)
{
	for (size_t i = 0; i < l->n_streams; i++)
		if (l->stream[i].link == link && l->stream[i].class == class)
			return (uint32_t)i;
	return TOPOLOGY_NONE;
}

static uint32_t stream_for(struct load *l, uint32_t link, uint32_t class)
{
	uint32_t known = find_stream(l, link, class);

	if (known != TOPOLOGY_NONE)
		return known;
	l->stream = mem_grow(l->stream, l->n_streams + 1, sizeof(*l->stream));
	l->stream[l->n_streams] = (struct stream){ link, class };
	return (uint32_t)l->n_streams++;
}

static struct cell_use *use_of(struct load *l, const struct row_cell *c)
{
	struct cell_use *use;
	uint32_t link;

	mem_reach((void **)&l->use, &l->n_use, c->id, sizeof(*l->use));
	use = &l->use[c->id];
	if (use->known)
		return use;
	use->known = true;
	use->peering = topology_learn_peering(l->topology, c->peering, c->partner);
	l->topology->peerings[use->peering].seen = true;
	link = l->topology->peerings[use->peering].link;
	use->stream = stream_for(l, link, TOPOLOGY_NONE);
	use->class_stream = TOPOLOGY_NONE;
	if (l->classes_of == link || l->classes_of == LOAD_ALL_CLASSES)
		use->class_stream = stream_for(l, link, topology_learn_class(l->topology, c->class));
	return use;
}

static void mark(struct load *l, struct month *m, uint32_t peering, size_t bin, enum bin_status status)
{
	struct life *life;
	uint8_t *state;

	mem_reach((void **)&m->state, &m->n_states, peering, sizeof(*m->state));
	if (!m->state[peering])
		m->state[peering] = mem_alloc(month_bins(m));
	state = &m->state[peering][bin];
	if (*state < status + 1)
		*state = (uint8_t)(status + 1);
	mem_reach((void **)&l->life, &l->n_lives, peering, sizeof(*l->life));
	life = &l->life[peering];
	life->first = life->any && life->first < m->number ? life->first : m->number;
	life->last = life->any && life->last > m->number ? life->last : m->number;
	life->any = true;
}

static void add(struct month *m, uint32_t stream, enum direction d, size_t bin, u128 bytes)
{
	if (stream == TOPOLOGY_NONE)
		return;
	mem_reach((void **)&m->bytes, &m->n_bytes, stream, sizeof(*m->bytes));
	if (!m->bytes[stream])
		m->bytes[stream] = mem_array(DIRECTIONS * month_bins(m), sizeof(u128));
	m->bytes[stream][(size_t)d * month_bins(m) + bin] += bytes;
}

int load_row(void *self, const struct row *row)
{
	struct load *l = self;
	const struct cell_use *use;
	struct month *m;
	size_t bin;

	if (row->start < l->from || row->start >= l->to)
		return 0;
	use = use_of(l, row->cell);
	m = month_at(l, row->start);
	bin = (size_t)((row->start - m->from) / BIN_SECONDS);
	l->first = l->any && l->first < row->start ? l->first : row->start;
	l->last = l->any && l->last > row->start ? l->last : row->start;
	l->any = true;
	mark(l, m, use->peering, bin, row->status);
	/* Nobody watched: whatever the row says was not measured. */
	if (row->status != BIN_MISSING) {
		u128 bytes = row->count.l2_bytes + (u128)L1_A_PACKET * row->count.packets;

		add(m, use->stream, row->cell->direction, bin, bytes);
		add(m, use->class_stream, row->cell->direction, bin, bytes);
	}
	return 0;
}

static void clear_month(struct month *m, int64_t from, int64_t to)
{
	size_t bin = (size_t)((from - m->from) / BIN_SECONDS), n = (size_t)((to - from) / BIN_SECONDS);

	for (size_t i = 0; i < m->n_bytes; i++)
		for (size_t d = 0; m->bytes[i] && d < DIRECTIONS; d++)
			memset(m->bytes[i] + d * month_bins(m) + bin, 0, n * sizeof(u128));
	for (size_t i = 0; i < m->n_states; i++)
		if (m->state[i])
			memset(m->state[i] + bin, 0, n);
}

void load_clear(struct load *l, int64_t from, int64_t to)
{
	for (size_t i = 0; i < l->n_months; i++) {
		struct month *m = &l->month[i];
		int64_t begin = from > m->from ? from : m->from, end = to < m->to ? to : m->to;

		if (begin < end)
			clear_month(m, begin, end);
	}
}

void load_next_reading(struct load *l)
{
	if (l->n_use)
		memset(l->use, 0, l->n_use * sizeof(*l->use));
}

int64_t load_first(const struct load *l)
{
	return l->first;
}

int64_t load_end(const struct load *l)
{
	if (!l->any)
		return 0;
	return l->to < INT64_MAX ? l->to / BIN_SECONDS * BIN_SECONDS : l->last + BIN_SECONDS;
}

bool load_has(const struct load *l, uint32_t link)
{
	return find_stream(l, link, TOPOLOGY_NONE) != TOPOLOGY_NONE;
}

/* Where a month and a strand overlap. */
struct overlap {
	size_t month_bin, strand_bin, n;
};

static struct overlap overlap(const struct month *m, const struct strand *s)
{
	int64_t end = s->from + (int64_t)s->bins * BIN_SECONDS;
	int64_t from = m->from > s->from ? m->from : s->from, to = m->to < end ? m->to : end;

	if (to <= from)
		return (struct overlap){ 0, 0, 0 };
	return (struct overlap){ (size_t)((from - m->from) / BIN_SECONDS),
		(size_t)((from - s->from) / BIN_SECONDS), (size_t)((to - from) / BIN_SECONDS) };
}

/* Raises the states of a month's bins to this peering's where that is worse. */
static void worsen(const struct month *m, uint32_t peering, const struct overlap *o, struct strand *s)
{
	const uint8_t *state = peering < m->n_states ? m->state[peering] : NULL;

	for (size_t i = 0; i < o->n; i++) {
		uint8_t listed = state ? state[o->month_bin + i] : 0;
		uint8_t here = listed ? (uint8_t)(listed - 1) : BIN_MISSING;

		if (here > s->state[o->strand_bin + i])
			s->state[o->strand_bin + i] = here;
	}
}

static void set_states(const struct load *l, uint32_t link, const struct month *m, struct strand *s)
{
	struct overlap o = overlap(m, s);
	bool any = false;

	memset(s->state + o.strand_bin, BIN_OK, o.n);
	for (uint32_t p = 0; p < l->n_lives && p < l->topology->n_peerings; p++) {
		const struct life *life = &l->life[p];

		if (l->topology->peerings[p].link != link || !life->any || m->number < life->first ||
			m->number > life->last)
			continue;
		worsen(m, p, &o, s);
		any = true;
	}
	if (!any)
		memset(s->state + o.strand_bin, BIN_MISSING, o.n);
}

static void copy_bytes(const struct month *m, uint32_t stream, struct strand *s)
{
	struct overlap o = overlap(m, s);

	if (stream >= m->n_bytes || !m->bytes[stream])
		return;
	for (size_t d = 0; d < DIRECTIONS; d++)
		memcpy(s->bytes[d] + o.strand_bin, m->bytes[stream] + d * month_bins(m) + o.month_bin,
			o.n * sizeof(u128));
}

struct strand load_class_strand(
	const struct load *l, uint32_t link, uint32_t class, int64_t from, int64_t to)
{
	struct strand s = { .from = from, .bins = to > from ? (size_t)((to - from) / BIN_SECONDS) : 0 };
	uint32_t stream = find_stream(l, link, class);

	s.state = mem_alloc(s.bins);
	memset(s.state, BIN_MISSING, s.bins);
	for (int d = 0; d < DIRECTIONS; d++)
		s.bytes[d] = mem_array(s.bins, sizeof(u128));
	for (size_t i = 0; i < l->n_months; i++) {
		set_states(l, link, &l->month[i], &s);
		copy_bytes(&l->month[i], stream, &s);
	}
	return s;
}

struct strand load_strand(const struct load *l, uint32_t link, int64_t from, int64_t to)
{
	return load_class_strand(l, link, TOPOLOGY_NONE, from, to);
}

void strand_free(struct strand *s)
{
	for (int d = 0; d < DIRECTIONS; d++)
		free(s->bytes[d]);
	free(s->state);
	*s = (struct strand){ .from = 0 };
}
