/* SPDX-License-Identifier: BSD-3-Clause */
#include "redis_feed.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "redis_fold.h"
#include "redis_keys.h"
#include "text.h"

/* A step ends when one of these is reached: it must not hold up a Redis that others use as well. */
#define STEP_INTERVALS 64
#define STEP_RECORDS   2048
#define STEP_BYTES     (256 * 1024)
#define STEP_BINS      16

#define WALK_STOP 1 /* a journal_walk() ended by the callback */

struct redis_feed {
	struct journal *journal;
	struct redis_feed_options o;
	char *meter, *writer;
	struct redis_fold *fold;
	struct redis_mark at;	/* where the steps so far lead to */
	struct journal_head head; /* as of the step being built, */
	struct journal_anchor anchor; /* and this as well */
	uint64_t stream_floor;	/* the oldest seq that stream_age keeps */
	struct digest config;	/* whose text Redis was given since the last seek */
	bool config_given;
	/* The step being built. */
	struct redis_step *step;
	int64_t bins[STEP_BINS];
	unsigned n_bins;
	int64_t wanted_bin;	/* of the interval that did not fit the fold; -1: none */
};

struct redis_feed *redis_feed_new(struct journal *journal, const struct redis_feed_options *o)
{
	struct redis_feed *f = mem_alloc(sizeof(*f));

	f->journal = journal;
	f->o = *o;
	f->o.meter = f->meter = mem_dup(o->meter);
	f->o.writer = f->writer = mem_dup(o->writer);
	f->fold = redis_fold_new();
	return f;
}

void redis_feed_free(struct redis_feed *f)
{
	if (!f)
		return;
	redis_fold_free(f->fold);
	free(f->meter);
	free(f->writer);
	free(f);
}

void redis_step_free(struct redis_step *s)
{
	redis_args_free(&s->head);
	redis_args_free(&s->data);
	redis_args_free(&s->entries);
	redis_args_free(&s->last);
}

static struct redis_mark mark_of(const struct interval *iv)
{
	return (struct redis_mark){ .present = true, .seq = iv->seq, .chain = iv->chain, .end = iv->end };
}

static int take_mark(void *context, const struct interval *iv)
{
	*(struct redis_mark *)context = mark_of(iv);
	return WALK_STOP;
}

int redis_feed_mark(struct redis_feed *f, uint64_t seq, struct redis_mark *out)
{
	const struct journal_range one = { .first_seq = seq, .last_seq = seq, .taps_only = true };
	struct journal_anchor anchor;
	int r = journal_anchor(f->journal, &anchor);

	if (r)
		return r;
	if (seq && seq < anchor.seq)
		return -ERANGE;
	if (seq && seq == anchor.seq) {
		*out = (struct redis_mark){ .present = true, .seq = seq, .chain = anchor.chain,
			.end = anchor.kept };
		return 0;
	}
	r = seq ? journal_walk(f->journal, &one, take_mark, out) : 0;
	return r == WALK_STOP ? 0 : r ? r : -ENOENT;
}

/* Usage is kept in whole bins, counted back from the newest interval's. */
static int64_t oldest_kept(int64_t start, int64_t age)
{
	return age ? redis_bin_of(start) - age : 0;
}

static int first_with(struct redis_feed *f, int64_t from, uint64_t *seq)
{
	struct journal_span span;
	int r = journal_span(f->journal, from < 0 ? 0 : from, 0, &span);

	if (!r)
		*seq = span.first_seq;
	return r;
}

int redis_feed_seek(struct redis_feed *f, const struct redis_mark *mark)
{
	struct journal_head head;
	uint64_t first = 1;
	int r;

	f->config_given = false;
	redis_fold_begin(f->fold, -1);
	f->at = *mark;
	if (mark->present)
		return 0;
	r = journal_head(f->journal, &head);
	if (!r && head.seq)
		r = first_with(f, oldest_kept(head.start, f->o.usage_age), &first);
	f->at.seq = first ? first - 1 : 0;
	return r;
}

static int fold_interval(void *context, const struct interval *iv)
{
	redis_fold_add(context, iv);
	return 0;
}

/* The fold becomes the bin at `start` as of the mark: what earlier intervals put into it is read again. */
static int open_bin(struct redis_feed *f, int64_t start)
{
	const struct journal_range before = { .first_seq = 1, .last_seq = f->at.seq, .from = start,
		.to = start + REDIS_BIN_SECONDS };
	int r = 0;

	redis_fold_begin(f->fold, start);
	if (f->at.seq)
		r = journal_walk(f->journal, &before, fold_interval, f->fold);
	if (!r && f->o.stream_age)
		r = first_with(f, start - f->o.stream_age, &f->stream_floor);
	redis_fold_settle(f->fold);
	return r;
}

static void write_entry(struct redis_feed *f, const struct interval *iv)
{
	struct redis_args *a = &f->step->entries;
	uint64_t floor = iv->seq > f->o.stream_max ? iv->seq - f->o.stream_max + 1 : 0;
	char hex[DIGEST_HEX_SIZE];

	if (iv->seq + f->o.stream_max <= f->head.seq || iv->seq < f->stream_floor)
		return; /* it would be cut off again before the journal's end is reached */
	redis_args_str(a, "XADD");
	redis_args_u64(a, REDIS_STREAM);
	redis_args_u64(a, 12);
	redis_args_str(a, "MINID");
	redis_args_str(a, "=");
	redis_args_u64(a, floor > f->stream_floor ? floor : f->stream_floor);
	redis_args_printf(a, "%llu-0", (unsigned long long)iv->seq);
	redis_args_str(a, "start");
	redis_args_u64(a, (uint64_t)iv->start);
	redis_args_str(a, "end");
	redis_args_u64(a, (uint64_t)iv->end);
	redis_args_str(a, "chain");
	redis_args_str(a, digest_hex(hex, &iv->chain));
	redis_args_str(a, "body");
	interval_encode(iv, &a->bytes);
	redis_args_close(a);
}

static uint64_t per_second(uint64_t n, uint64_t ms)
{
	return (uint64_t)((unsigned __int128)n * 1000 / ms);
}

static bool same_rate(const struct cell_name *a, const struct cell_name *b)
{
	return a->direction == b->direction && strcmp(a->peering, b->peering) == 0;
}

/* Records are sorted by peering and direction: each run of them is one rate. */
static size_t write_rate(const struct interval *iv, size_t i, struct redis_args *a)
{
	uint64_t ms = iv->covered_ms ? iv->covered_ms : (uint64_t)(iv->end - iv->start) * 1000;
	const struct cell_name *name = iv->records[i].cell;
	uint64_t packets = 0, bytes = 0;

	for (; i < iv->n_records && same_rate(iv->records[i].cell, name); i++) {
		packets += iv->records[i].count.packets;
		bytes += iv->records[i].count.l2_bytes;
	}
	redis_args_printf(a, "%s %s", name->peering, direction_name[name->direction]);
	redis_args_printf(a, "%llu %llu", (unsigned long long)per_second(8 * bytes, ms),
		(unsigned long long)per_second(packets, ms));
	return i;
}

static void write_rates(const struct interval *iv, struct redis_args *out)
{
	struct redis_args pairs = { 0 };
	size_t i = 0, done = 0;

	redis_args_str(out, "UNLINK");
	redis_args_u64(out, REDIS_RATES);
	redis_args_u64(out, 0);
	redis_args_str(&pairs, "seq");
	redis_args_u64(&pairs, iv->seq);
	redis_args_str(&pairs, "start");
	redis_args_u64(&pairs, (uint64_t)iv->start);
	redis_args_str(&pairs, "end");
	redis_args_u64(&pairs, (uint64_t)iv->end);
	while (i < iv->n_records)
		i = write_rate(iv, i, &pairs);
	while (done < pairs.n) {
		size_t n = pairs.n - done < 2000 ? pairs.n - done : 2000, size;

		redis_args_str(out, "HSET");
		redis_args_u64(out, REDIS_RATES);
		redis_args_u64(out, n);
		for (; n; n--, done++) {
			const char *s = redis_args_at(&pairs, done, &size);

			redis_args_add(out, s, size);
		}
	}
	redis_args_free(&pairs);
}

static void write_cursor(struct redis_feed *f, const struct interval *iv, struct redis_args *a)
{
	char hex[DIGEST_HEX_SIZE];

	redis_args_str(a, "HSET");
	redis_args_u64(a, REDIS_CURSOR);
	redis_args_u64(a, f->anchor.seq ? 18 : 14);
	redis_args_str(a, "seq");
	redis_args_u64(a, iv->seq);
	redis_args_str(a, "chain");
	redis_args_str(a, digest_hex(hex, &iv->chain));
	redis_args_str(a, "start");
	redis_args_u64(a, (uint64_t)iv->start);
	redis_args_str(a, "end");
	redis_args_u64(a, (uint64_t)iv->end);
	redis_args_str(a, "interval");
	redis_args_u64(a, f->o.interval);
	redis_args_str(a, "config");
	redis_args_str(a, digest_hex(hex, &iv->config));
	redis_args_str(a, "writer");
	redis_args_str(a, f->o.writer);
	if (!f->anchor.seq)
		return;
	redis_args_str(a, "anchor_seq");
	redis_args_u64(a, f->anchor.seq);
	redis_args_str(a, "anchor_chain");
	redis_args_str(a, digest_hex(hex, &f->anchor.chain));
}

static bool step_full(const struct redis_feed *f)
{
	const struct redis_step *s = f->step;

	return s->n_intervals >= STEP_INTERVALS || s->n_records >= STEP_RECORDS ||
		s->entries.bytes.size >= STEP_BYTES;
}

/* journal_walk(): one interval into the step, or WALK_STOP before it. */
static int take_interval(void *context, const struct interval *iv)
{
	struct redis_feed *f = context;
	struct redis_step *s = f->step;
	int64_t bin = redis_bin_of(iv->start);

	if (s->n_intervals && memcmp(&iv->config, &f->config, sizeof(f->config)))
		return WALK_STOP; /* a step has one configuration */
	if (bin != redis_fold_start(f->fold)) {
		f->wanted_bin = bin;
		return WALK_STOP;
	}
	if (!s->n_intervals && memcmp(&iv->config, &f->config, sizeof(f->config))) {
		f->config = iv->config;
		f->config_given = false;
	}
	redis_fold_add(f->fold, iv);
	write_entry(f, iv);
	s->n_intervals++;
	s->n_records += iv->n_records;
	f->at = mark_of(iv);
	redis_args_clear(&s->last); /* rates and cursor are those of the step's last interval */
	write_rates(iv, &s->last);
	write_cursor(f, iv, &s->last);
	return step_full(f) ? WALK_STOP : 0;
}

/* What the fold has gathered goes into the step; but not the sums of five minutes that the journal itself
 * no longer holds whole (late intervals of an old capture). */
static void write_bin(struct redis_feed *f)
{
	struct redis_args *a = &f->step->data;

	if (redis_fold_start(f->fold) < f->anchor.kept)
		return;
	f->bins[f->n_bins] = redis_fold_start(f->fold);
	redis_fold_write(f->fold, REDIS_USAGE + f->n_bins, a);
	redis_args_str(a, "ZADD");
	redis_args_u64(a, REDIS_BINS);
	redis_args_u64(a, 2);
	redis_args_u64(a, (uint64_t)f->bins[f->n_bins]);
	redis_args_u64(a, (uint64_t)f->bins[f->n_bins]);
	f->n_bins++;
}

static void write_config(struct redis_feed *f)
{
	struct redis_args *a = &f->step->data;
	char hex[DIGEST_HEX_SIZE], *text;

	if (f->config_given)
		return;
	f->config_given = true;
	text = journal_config(f->journal, &f->config);
	if (!text)
		return;
	redis_args_str(a, "HSET");
	redis_args_u64(a, REDIS_CONFIGS);
	redis_args_u64(a, 2);
	redis_args_str(a, digest_hex(hex, &f->config));
	redis_args_str(a, text);
	free(text);
}

static void write_head(struct redis_feed *f, const char *script, const struct redis_mark *expected)
{
	struct redis_args *a = &f->step->head;
	char hex[DIGEST_HEX_SIZE];

	redis_args_str(a, "EVALSHA");
	redis_args_str(a, script);
	redis_args_u64(a, REDIS_USAGE - 1 + f->n_bins);
	redis_args_printf(a, REDIS_KEY_CURSOR, f->o.meter);
	redis_args_printf(a, REDIS_KEY_STREAM, f->o.meter);
	redis_args_printf(a, REDIS_KEY_BINS, f->o.meter);
	redis_args_printf(a, REDIS_KEY_RATES, f->o.meter);
	redis_args_printf(a, REDIS_KEY_CONFIGS, f->o.meter);
	for (unsigned i = 0; i < f->n_bins; i++)
		redis_args_printf(a, REDIS_KEY_USAGE, f->o.meter, (long long)f->bins[i]);
	if (expected->present) {
		redis_args_u64(a, expected->seq);
		redis_args_str(a, digest_hex(hex, &expected->chain));
	} else {
		redis_args_str(a, "");
		redis_args_str(a, "");
	}
}

static void step_clear(struct redis_step *s)
{
	redis_args_clear(&s->head);
	redis_args_clear(&s->data);
	redis_args_clear(&s->entries);
	redis_args_clear(&s->last);
	s->n_intervals = s->n_records = s->bytes = 0;
	s->new_bin = false;
}

/* Fills the step bin by bin. */
static int gather(struct redis_feed *f)
{
	for (;;) {
		const struct journal_range next = { .first_seq = f->at.seq + 1,
			.last_seq = f->at.seq + STEP_INTERVALS };
		int r;

		f->wanted_bin = -1;
		r = journal_walk(f->journal, &next, take_interval, f);
		if (r < 0)
			return r;
		if (f->wanted_bin < 0)
			return 0;
		if (f->step->n_intervals) {
			if (f->n_bins + 1 == STEP_BINS)
				return 0;
			write_bin(f);
		}
		r = open_bin(f, f->wanted_bin);
		if (r)
			return r;
		f->step->new_bin = true;
	}
}

int redis_feed_next(struct redis_feed *f, const char *script, struct redis_step *out)
{
	const struct redis_mark expected = f->at;
	int r = journal_head(f->journal, &f->head);

	r = r ? r : journal_anchor(f->journal, &f->anchor);
	step_clear(out);
	f->step = out;
	f->n_bins = 0;
	if (!r)
		r = gather(f);
	if (r || !out->n_intervals)
		return r;
	write_bin(f);
	write_config(f);
	write_head(f, script, &expected);
	out->after = f->at;
	out->bytes = out->head.bytes.size + out->data.bytes.size + out->entries.bytes.size +
		out->last.bytes.size;
	return 0;
}
