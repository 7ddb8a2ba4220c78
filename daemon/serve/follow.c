/* SPDX-License-Identifier: BSD-3-Clause */
#include "follow.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "canonical.h"
#include "civil.h"
#include "log.h"
#include "merge.h"
#include "text.h"

#define DAY 86400

/* A way from `at` to `to` in steps of a day. */
struct stage {
	struct merge *merge;
	int64_t from, at, to;
};

struct kept {
	char partner[NAME_SIZE];
	int64_t from;
};

struct follow {
	struct source *source;
	size_t n;
	struct journal_head *head; /* a source: what memory has */
	bool *failing;
	struct digest *config; /* a source: the newest that was learnt */
	struct topology *topology;
	struct cells *cells;
	struct store *store;
	struct load *load;
	struct recent *recent;
	struct kept *kept;
	size_t n_kept;
	struct stage window, history; /* without a merge: there is no interval yet */
	int64_t todo_from, todo_to; /* bins that changed and are not read yet; equal: none */
	int64_t month;
	uint64_t version;
};

struct follow *follow_new(struct source *source, size_t n, struct topology *t)
{
	struct follow *f = mem_alloc(sizeof(*f));

	f->source = source;
	f->n = n;
	f->head = mem_array(n, sizeof(*f->head));
	f->failing = mem_array(n, sizeof(*f->failing));
	f->config = mem_array(n, sizeof(*f->config));
	f->topology = t;
	f->cells = cells_new();
	f->store = store_new(t);
	f->load = load_new(t, 0, 0, LOAD_NO_CLASSES);
	f->recent = recent_new(t, n);
	return f;
}

void follow_free(struct follow *f)
{
	if (!f)
		return;
	merge_close(f->window.merge);
	merge_close(f->history.merge);
	recent_free(f->recent);
	load_free(f->load);
	store_free(f->store);
	cells_free(f->cells);
	free(f->kept);
	free(f->head);
	free(f->failing);
	free(f->config);
	free(f);
}

static int64_t month_start(int64_t at)
{
	struct period p = period_of(PERIOD_MONTH, (int32_t)(at / DAY));

	return (int64_t)period_first_day(&p) * DAY;
}

static int64_t bin_start(int64_t at)
{
	return at / BIN_SECONDS * BIN_SECONDS;
}

static int64_t newest_end(const struct follow *f)
{
	int64_t end = 0;

	for (size_t i = 0; i < f->n; i++)
		end = f->head[i].end > end ? f->head[i].end : end;
	return end;
}

static int take_both(void *self, const struct row *row)
{
	struct follow *f = self;

	store_row(f->store, row);
	return load_row(f->load, row);
}

static const struct kept *find_kept(const struct follow *f, const char *partner)
{
	for (size_t i = 0; i < f->n_kept; i++)
		if (!strcmp(f->kept[i].partner, partner))
			return &f->kept[i];
	return NULL;
}

static bool is_kept(void *self, const char *partner)
{
	return find_kept(self, partner) != NULL;
}

void follow_keep(struct follow *f, const char *partner, int64_t from)
{
	struct kept *k = (struct kept *)find_kept(f, partner);

	if (!k) {
		f->kept = mem_grow(f->kept, f->n_kept + 1, sizeof(*f->kept));
		k = &f->kept[f->n_kept++];
		*k = (struct kept){ .from = from };
		strncpy(k->partner, partner, NAME_SIZE - 1);
	}
	k->from = k->from < from ? k->from : from;
}

/* Older than the two months: the load's alone, but for partners that are kept. */
static int take_old(void *self, const struct row *row)
{
	struct follow *f = self;
	const struct kept *k = find_kept(f, row->cell->partner);

	if (k && row->start >= k->from)
		store_row(f->store, row);
	return load_row(f->load, row);
}

/* New intervals of one source, as they pass. */
struct passing {
	struct follow *f;
	size_t source;
	int64_t from, to;
	struct digest config;
};

static int take_interval(void *context, const struct interval *iv)
{
	struct passing *p = context;
	int64_t from = bin_start(iv->start), to = bin_start(iv->end - 1) + BIN_SECONDS;

	p->from = p->from < from ? p->from : from;
	p->to = p->to > to ? p->to : to;
	p->config = iv->config;
	if (iv->n_records || iv->n_taps)
		recent_take(p->f->recent, p->source, iv);
	return 0;
}

static int take_bounds(void *context, const struct interval *iv)
{
	struct passing *p = context;
	int64_t from = bin_start(iv->start), to = bin_start(iv->end - 1) + BIN_SECONDS;

	p->from = p->from < from ? p->from : from;
	p->to = p->to > to ? p->to : to;
	return 0;
}

/* Who else watches the same taps stands in the configuration of the meter itself. */
static void take_redundant(void *context, const char *line)
{
	const struct passing *p = context;
	struct follow *f = p->f;

	for (size_t i = 0; i < f->n; i++)
		if (!strncmp(line, "redundant ", 10) && !strcmp(line + 10, f->source[i].meter) && i != p->source)
			recent_set_redundant(f->recent, p->source, i);
}

/* What a meter's newest configuration names, its peerings' links above all. That of a single meter at the
 * beginning is the one that the command was given, which says more. */
static void learn_config(struct passing *p)
{
	const struct source *s = &p->f->source[p->source];
	struct digest *known = &p->f->config[p->source];
	bool first = p->f->n == 1 && !memcmp(known, &(struct digest){ { 0 } }, sizeof(*known));
	char *text;

	if (!memcmp(known, &p->config, sizeof(*known)))
		return;
	*known = p->config;
	text = s->ops->config(s->self, &p->config);
	if (!text)
		return;
	if (!first)
		topology_canonical(p->f->topology, text);
	canonical_lines(text, take_redundant, p);
	free(text);
}

/* Reads source i's intervals after `seq`: the bounds of all, the newest RECENT_KEEP whole. */
static int walk_new(struct follow *f, size_t i, uint64_t seq, bool bounds, struct passing *p)
{
	const struct source *s = &f->source[i];
	uint64_t last = f->head[i].seq, whole = last > RECENT_KEEP ? last - RECENT_KEEP : 0;
	struct journal_range range = { .first_seq = seq + 1, .last_seq = whole, .taps_only = true };
	int rc = 0;

	*p = (struct passing){ .f = f, .source = i, .from = INT64_MAX };
	if (bounds && seq < whole)
		rc = s->ops->walk(s->self, &range, take_bounds, p);
	range = (struct journal_range){ .first_seq = (seq > whole ? seq : whole) + 1, .last_seq = last };
	rc = rc ? rc : s->ops->walk(s->self, &range, take_interval, p);
	if (!rc)
		learn_config(p);
	return rc;
}

static int open_stage(struct follow *f, struct stage *s, int64_t from, int64_t to)
{
	const struct rows_wanted want = { .from = from, .to = to };
	int rc;

	s->merge = merge_open(f->source, f->n, &want, f->cells);
	rc = merge_extent(s->merge, &s->from, &s->to);
	s->at = s->from;
	return rc;
}

static void close_stage(struct stage *s)
{
	merge_close(s->merge);
	*s = (struct stage){ NULL, 0, 0, 0 };
}

/* The month of the newest interval and the one before it, as far as there is anything; and what is older. */
static int open_stages(struct follow *f)
{
	int64_t from, first;
	int rc = open_stage(f, &f->history, 0, 0);

	first = f->history.from;
	f->month = month_start(newest_end(f) - 1);
	from = month_start(f->month - 1);
	from = from > month_start(first) ? from : month_start(first);
	rc = rc ? rc : open_stage(f, &f->window, from, follow_end(f));
	f->history.to = from > first ? from : first;
	return rc;
}

/* Where everything begins and ends is known after this, if there is an interval. */
static int begin(struct follow *f)
{
	struct passing p;
	int rc = 0;

	for (size_t i = 0; i < f->n && !rc; i++) {
		const struct source *s = &f->source[i];

		rc = s->ops->refresh(s->self);
		rc = rc ? rc : s->ops->head(s->self, &f->head[i]);
		if (!rc && f->head[i].seq)
			rc = walk_new(f, i, 0, false, &p);
	}
	if (!rc && newest_end(f))
		rc = open_stages(f);
	if (!rc)
		return 0;
	close_stage(&f->window);
	close_stage(&f->history);
	return rc;
}

static void rest(struct follow *f)
{
	for (size_t i = 0; i < f->n; i++)
		f->source[i].ops->rest(f->source[i].self);
}

static int step(struct follow *f, struct stage *s, row_fn *each)
{
	int64_t to = (s->at / DAY + 1) * DAY;
	int rc;

	to = to < s->to ? to : s->to;
	rc = merge_read(s->merge, s->at, to, each, f);
	if (rc)
		return rc;
	s->at = to;
	f->version++;
	return 0;
}

int follow_step(struct follow *f)
{
	int rc = 0;

	if (!f->window.merge) /* nor was there anything so far */
		rc = begin(f);
	else if (f->window.at < f->window.to)
		rc = step(f, &f->window, take_both);
	else if (f->history.at < f->history.to)
		rc = step(f, &f->history, take_old);
	if (rc)
		return rc;
	if (f->window.at == f->window.to) /* also where there is nothing to read */
		rest(f);
	return !follow_complete(f);
}

bool follow_ready(const struct follow *f)
{
	return f->window.merge && f->window.at == f->window.to;
}

bool follow_complete(const struct follow *f)
{
	return follow_ready(f) && f->history.at == f->history.to;
}

unsigned follow_percent(const struct follow *f)
{
	int64_t all = f->window.to - f->window.from;

	if (!f->window.merge)
		return 0;
	return all ? (unsigned)((f->window.at - f->window.from) * 100 / all) : 100;
}

/* 1: source i has new intervals, and what they touch is to be read. */
static int look(struct follow *f, size_t i)
{
	const struct source *s = &f->source[i];
	uint64_t seq = f->head[i].seq;
	int64_t end = f->head[i].end;
	struct journal_head head;
	struct passing p;
	int rc = s->ops->refresh(s->self);

	rc = rc ? rc : s->ops->head(s->self, &head);
	if (rc || head.seq <= seq)
		return rc;
	f->head[i] = head;
	rc = walk_new(f, i, seq, true, &p);
	if (rc) {
		f->head[i].seq = seq;
		return rc;
	}
	if (seq) /* what lies between is missing, and said so */
		p.from = p.from < bin_start(end - 1) ? p.from : bin_start(end - 1);
	if (f->todo_from == f->todo_to) {
		f->todo_from = p.from;
		f->todo_to = p.to;
	}
	f->todo_from = f->todo_from < p.from ? f->todo_from : p.from;
	f->todo_to = f->todo_to > p.to ? f->todo_to : p.to;
	return 1;
}

/* The store holds this month and the one before. */
static void turn_month(struct follow *f)
{
	int64_t month = month_start(newest_end(f) - 1);

	if (month == f->month)
		return;
	f->month = month;
	f->window.from = month_start(month - 1);
	store_drop(f->store, f->window.from, is_kept, f);
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int read_todo(struct follow *f)
{
	int64_t old = earlier(f->window.from, f->todo_to), new = f->todo_from > old ? f->todo_from : old;
	int rc;

	load_clear(f->load, f->todo_from, f->todo_to);
	store_clear(f->store, f->todo_from, f->todo_to);
	rc = merge_read(f->window.merge, f->todo_from, old, take_old, f);
	rc = rc ? rc : merge_read(f->window.merge, new, f->todo_to, take_both, f);
	if (rc)
		return rc;
	f->todo_from = f->todo_to = 0;
	turn_month(f);
	f->version++;
	return 1;
}

int follow_poll(struct follow *f)
{
	int rc = 0, err = 0;

	for (size_t i = 0; i < f->n; i++) {
		int here = look(f, i);

		if (here < 0 && !f->failing[i])
			log_warn("meter %s cannot be read: %s", f->source[i].meter, strerror(-here));
		f->failing[i] = here < 0;
		err = here < 0 ? here : err;
	}
	if (f->todo_from < f->todo_to && !err)
		rc = read_todo(f);
	rest(f);
	return err ? err : rc;
}

struct load *follow_load(const struct follow *f)
{
	return f->load;
}

struct store *follow_store(const struct follow *f)
{
	return f->store;
}

struct recent *follow_recent(const struct follow *f)
{
	return f->recent;
}

uint64_t follow_version(const struct follow *f)
{
	return f->version;
}

int64_t follow_from(const struct follow *f)
{
	return f->window.from;
}

int64_t follow_month(const struct follow *f)
{
	return f->month;
}

size_t follow_meters(const struct follow *f)
{
	return f->n;
}

struct follow_meter follow_meter(const struct follow *f, size_t i)
{
	return (struct follow_meter){ f->source[i].meter, f->source[i].interval, f->head[i], f->failing[i] };
}

struct source *follow_source(const struct follow *f, size_t i)
{
	return &f->source[i];
}

int64_t follow_end(const struct follow *f)
{
	int64_t end = newest_end(f);

	return end ? bin_start(end - 1) + BIN_SECONDS : 0;
}
