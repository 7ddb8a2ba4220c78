/* SPDX-License-Identifier: BSD-3-Clause */
#include "bins.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "text.h"

static struct bin_watch *bin_at(struct bins_meter *m, int64_t start)
{
	return &m->bin[(start - m->from) / BIN_SECONDS];
}

/* The configuration with this digest, read once. NULL: the source does not have it (logged). */
static const struct known *known_for(struct bins_meter *m, const struct digest *digest)
{
	char hex[DIGEST_HEX_SIZE], *text;
	struct known *k;

	for (size_t i = m->n_known; i-- > 0;)
		if (!memcmp(&m->known[i]->digest, digest, sizeof(*digest)))
			return m->known[i];
	text = m->source->ops->config(m->source->self, digest);
	if (!text) {
		log_error("meter %s: the configuration %s is not in its %s", m->source->meter,
			digest_hex(hex, digest), m->source->ops->name);
		return NULL;
	}
	k = mem_alloc(sizeof(*k));
	k->digest = *digest;
	known_read(k, text);
	free(text);
	m->known = mem_grow(m->known, m->n_known + 1, sizeof(struct known *));
	m->known[m->n_known++] = k;
	return k;
}

static int take_bin(void *context, const struct usage_bin *u)
{
	struct bins_meter *m = context;
	struct bin_watch *b = bin_at(m, u->start);
	uint64_t covered = u->covered_ms / 1000;

	b->ran = true;
	b->known = known_for(m, &u->config);
	if (!b->known)
		return -EBADMSG;
	b->covered = covered > BIN_SECONDS ? BIN_SECONDS : (uint32_t)covered;
	b->packets = u->tap_packets;
	b->missed = u->missed_packets;
	return 0;
}

static int take_count(void *context, const struct usage_count *u)
{
	struct bins_meter *m = context;
	struct bin_watch *b = bin_at(m, u->start);

	if (m->n_counts == m->room) {
		m->room = m->room ? 2 * m->room : 4096;
		m->count = mem_grow(m->count, m->room, sizeof(*m->count));
	}
	if (!b->n_counts++)
		b->first_count = m->n_counts;
	m->count[m->n_counts++] = (struct bin_count){ u->cell, u->count };
	return 0;
}

static void add_loss(struct bin_watch *b, const char *link, const struct tap_count *t)
{
	size_t i = 0;

	while (i < b->n_loss && strcmp(b->loss[i].link, link))
		i++;
	if (i == b->n_loss) {
		b->loss = mem_grow(b->loss, b->n_loss + 1, sizeof(*b->loss));
		b->loss[b->n_loss] = (struct link_loss){ .packets = 0 };
		memcpy(b->loss[b->n_loss++].link, link, NAME_SIZE);
	}
	b->loss[i].packets += t->packets;
	b->loss[i].missed += t->missed;
}

static int take_interval(void *context, const struct interval *iv)
{
	struct bin_watch *b = context;

	for (size_t i = 0; i < iv->n_taps; i++) {
		const char *link = known_link_of_tap(b->known, iv->taps[i].name);

		if (link)
			add_loss(b, link, &iv->taps[i]);
	}
	return 0;
}

/* Which links lost packets: asked of the intervals, for the few bins in which any did. */
static int read_losses(struct bins_meter *m)
{
	int rc = 0;

	for (size_t i = 0; i < m->n && !rc; i++) {
		struct bin_watch *b = &m->bin[i];
		struct journal_range range = { .from = m->from + (int64_t)i * BIN_SECONDS };

		range.to = range.from + BIN_SECONDS;
		if (b->missed)
			rc = m->source->ops->walk(m->source->self, &range, take_interval, b);
	}
	return rc;
}

static void clear_bins(struct bins_meter *m)
{
	for (size_t i = 0; i < m->n; i++)
		free(m->bin[i].loss);
	free(m->bin);
	m->bin = NULL;
	m->n = m->n_counts = 0;
}

int bins_read(struct bins_meter *m, int64_t from, int64_t to)
{
	const struct source_ops *ops = m->source->ops;
	int rc;

	clear_bins(m);
	m->from = from;
	m->n = (size_t)((to - from) / BIN_SECONDS);
	m->bin = mem_array(m->n, sizeof(*m->bin));
	rc = ops->bins(m->source->self, from, to, take_bin, m);
	if (!rc)
		rc = ops->usage(m->source->self, from, to, take_count, m);
	if (!rc)
		rc = read_losses(m);
	for (size_t i = 0; i < m->n; i++) {
		if (m->bin[i].ran)
			m->last = m->bin[i].known;
		else
			m->bin[i].known = m->last;
	}
	return rc;
}

struct extent {
	int64_t from, first, end;
	struct digest config;
};

static int take_extent(void *context, const struct usage_bin *u)
{
	struct extent *e = context;

	if (e->first < 0 || u->start < e->from)
		e->config = u->config;
	if (e->first < 0)
		e->first = u->start;
	e->end = u->start + BIN_SECONDS;
	return 0;
}

int bins_begin(struct bins_meter *m, int64_t from, int64_t *first, int64_t *end)
{
	struct extent e = { from, -1, -1, { { 0 } } };
	int rc = m->source->ops->bins(m->source->self, 0, 0, take_extent, &e);

	if (rc)
		return rc;
	*first = e.first;
	*end = e.end;
	if (e.first < 0)
		return 0;
	m->last = known_for(m, &e.config);
	return m->last ? 0 : -EBADMSG;
}

void bins_clear(struct bins_meter *m)
{
	clear_bins(m);
	for (size_t i = 0; i < m->n_known; i++) {
		known_clear(m->known[i]);
		free(m->known[i]);
	}
	free(m->known);
	free(m->count);
}

enum bin_status bins_status(const struct bin_watch *b, const char *link, uint64_t *missed)
{
	uint64_t packets = b->packets, lost = b->missed;

	*missed = 0;
	if (!b->ran)
		return BIN_MISSING;
	for (size_t i = 0; i < b->n_loss; i++) {
		if (strcmp(b->loss[i].link, link))
			continue;
		packets = b->loss[i].packets;
		lost = b->loss[i].missed;
	}
	*missed = lost;
	/* More than 1 in 10,000 of what there was to see. */
	if ((unsigned __int128)lost * 10000 > (unsigned __int128)packets + lost)
		return BIN_LOSSY;
	return b->covered < BIN_SECONDS ? BIN_PARTIAL : BIN_OK;
}
