/* SPDX-License-Identifier: BSD-3-Clause */
#include "redis_read.h"

#include <errno.h>
#include <hiredis/hiredis.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "redis_keys.h"
#include "redis_page.h"
#include "text.h"

/* --- opening --- */

static bool integer(const redisReply *reply, uint64_t *out)
{
	char *end;

	if (reply->type != REDIS_REPLY_STRING || *reply->str < '0' || *reply->str > '9')
		return false;
	*out = strtoull(reply->str, &end, 10);
	return !*end;
}

/* Present only if the meter's journal had deleted intervals when it wrote the cursor. */
static bool take_anchor(struct redis_reader *r, const redisReply *seq, const redisReply *chain)
{
	if (seq->type == REDIS_REPLY_NIL)
		return true;
	return integer(seq, &r->anchor.seq) && chain->type == REDIS_REPLY_STRING &&
		!digest_parse(chain->str, &r->anchor.chain);
}

/* The reply to HMGET cursor seq chain start end interval anchor_seq anchor_chain. */
static int take_cursor(struct redis_reader *r, const redisReply *reply)
{
	uint64_t seq, start, end, interval;

	if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 7)
		return redis_page_damaged(r, "the cursor cannot be read");
	if (reply->element[0]->type == REDIS_REPLY_NIL) {
		log_error("redis: there is no meter %s", r->meter);
		return -ENOENT;
	}
	if (!integer(reply->element[0], &seq) || !integer(reply->element[2], &start) ||
		!integer(reply->element[3], &end) || !integer(reply->element[4], &interval) ||
		!take_anchor(r, reply->element[5], reply->element[6]) ||
		reply->element[1]->type != REDIS_REPLY_STRING ||
		digest_parse(reply->element[1]->str, &r->head.chain))
		return redis_page_damaged(r, "the cursor is not one that transitd wrote");
	if (r->interval && r->interval != interval) {
		log_error("redis: meter %s has intervals of %llu s, not %u s", r->meter,
			(unsigned long long)interval, r->interval);
		return -EINVAL;
	}
	r->interval = (unsigned)interval;
	r->head.seq = seq;
	r->head.start = (int64_t)start;
	r->head.end = (int64_t)end;
	return 0;
}

static int read_cursor(struct redis_reader *r)
{
	struct redis_args q = { 0 };
	redisReply *reply;
	int err;

	redis_args_str(&q, "HMGET");
	redis_args_printf(&q, REDIS_KEY_CURSOR, r->meter);
	redis_args_str(&q, "seq");
	redis_args_str(&q, "chain");
	redis_args_str(&q, "start");
	redis_args_str(&q, "end");
	redis_args_str(&q, "interval");
	redis_args_str(&q, "anchor_seq");
	redis_args_str(&q, "anchor_chain");
	err = redis_ask_one(r->ask, &q, &reply);
	redis_args_free(&q);
	if (err)
		return err;
	err = take_cursor(r, reply);
	freeReplyObject(reply);
	return err;
}

int redis_read_open(const struct sink_options *o, struct cellbook *book, struct redis_reader **out)
{
	struct redis_reader *r = mem_alloc(sizeof(*r));
	int err = strlen(o->meter) < NAME_SIZE ? redis_ask_open(o, &r->ask) : -EINVAL;

	if (err) {
		free(r);
		return err;
	}
	strcpy(r->meter, o->meter);
	r->book = book;
	r->interval = o->interval;
	err = read_cursor(r);
	if (err)
		redis_read_close(r);
	else
		*out = r;
	return err;
}

int redis_read_refresh(struct redis_reader *r)
{
	return read_cursor(r);
}

void redis_read_close(struct redis_reader *r)
{
	if (!r)
		return;
	redis_ask_close(r->ask);
	free(r);
}

void redis_read_head(const struct redis_reader *r, struct journal_head *out)
{
	*out = r->head;
}

void redis_read_anchor(const struct redis_reader *r, struct journal_anchor *out)
{
	*out = r->anchor;
}

unsigned redis_read_interval(const struct redis_reader *r)
{
	return r->interval;
}

/* --- bins --- */

struct bins_walk {
	struct redis_reader *r;
	journal_bin_fn *each;
	journal_usage_fn *each_cell;
	void *context;
	struct redis_bin low, high; /* with the lowest and the highest seq so far */
};

static int parse_line(struct redis_reader *r, int64_t bin, const redisReply *line, struct redis_bin *out)
{
	if (line->type == REDIS_REPLY_STRING && redis_page_parse_bin(line->str, bin, out) == 0)
		return 0;
	return redis_page_damaged(r, "usage:%lld has no line \"bin\" as documented", (long long)bin);
}

static int give_bin(void *context, int64_t bin, const redisReply *answer)
{
	struct bins_walk *w = context;
	struct redis_bin b;
	int err = parse_line(w->r, bin, answer, &b);

	return err ? err : w->each(w->context, &b.usage);
}

int redis_read_bins(
	struct redis_reader *r, int64_t from, int64_t to, journal_bin_fn *each, void *context)
{
	struct bins_walk w = { .r = r, .each = each, .context = context };

	return redis_page_bins(r, from, to, redis_page_ask_line, give_bin, &w);
}

static int give_cells(void *context, int64_t bin, const redisReply *answer)
{
	struct bins_walk *w = context;

	return redis_page_cells(w->r, bin, answer, w->each_cell, w->context);
}

int redis_read_usage(
	struct redis_reader *r, int64_t from, int64_t to, journal_usage_fn *each, void *context)
{
	struct bins_walk w = { .r = r, .each_cell = each, .context = context };

	return redis_page_bins(r, from, to, redis_page_ask_all, give_cells, &w);
}

static int widen_span(void *context, int64_t bin, const redisReply *answer)
{
	struct bins_walk *w = context;
	struct redis_bin b;
	int err = parse_line(w->r, bin, answer, &b);

	if (err)
		return err;
	if (!w->low.first_seq || b.first_seq < w->low.first_seq)
		w->low = b;
	if (b.last_seq > w->high.last_seq)
		w->high = b;
	return 0;
}

/* The lowest and the highest seq of all bins that touch [from, to). */
static int bins_span(struct redis_reader *r, int64_t from, int64_t to, struct journal_span *out)
{
	struct bins_walk w = { .r = r };
	int err = redis_page_bins(
		r, redis_bin_of(from), to, redis_page_ask_line, widen_span, &w);

	if (!err)
		*out = (struct journal_span){ w.low.first_seq, w.high.last_seq, w.high.chain };
	return err;
}

/* --- intervals --- */

int redis_read_walk(struct redis_reader *r, const struct journal_range *range, journal_each_fn *each,
	void *context)
{
	struct redis_page_range page = { .first = range->first_seq ? range->first_seq : 1,
		.last = range->last_seq ? range->last_seq : UINT64_MAX, .from = range->from,
		.to = range->to };

	if (page.last > r->head.seq)
		page.last = r->head.seq;
	if (range->from || range->to) {
		struct journal_span span;
		int err = bins_span(r, range->from, range->to, &span);

		if (err)
			return err;
		if (page.first < span.first_seq)
			page.first = span.first_seq;
		if (page.last > span.last_seq)
			page.last = span.last_seq;
	}
	return redis_page_stream(r, &page, each, context);
}

static int span_interval(void *context, const struct interval *iv)
{
	struct journal_span *span = context;

	if (!span->first_seq)
		span->first_seq = iv->seq;
	span->last_seq = iv->seq;
	span->chain = iv->chain;
	return 0;
}

int redis_read_span(struct redis_reader *r, int64_t from, int64_t to, struct journal_span *out)
{
	const struct journal_range range = { .from = from, .to = to };
	struct journal_span span = { 0 };
	int err;

	/* Whole bins know their span even when the stream no longer holds their intervals. */
	if (from % REDIS_BIN_SECONDS == 0 && to % REDIS_BIN_SECONDS == 0)
		err = bins_span(r, from, to, &span);
	else
		err = redis_read_walk(r, &range, span_interval, &span);
	if (!err && span.last_seq > r->head.seq) { /* pushed since the opening */
		span.last_seq = r->head.seq;
		span.chain = r->head.chain;
	}
	if (!err)
		*out = span;
	return err;
}

char *redis_read_config(struct redis_reader *r, const struct digest *digest)
{
	char hex[DIGEST_HEX_SIZE], *text = NULL;
	struct redis_args q = { 0 };
	redisReply *reply;

	redis_args_str(&q, "HGET");
	redis_args_printf(&q, REDIS_KEY_CONFIGS, r->meter);
	redis_args_str(&q, digest_hex(hex, digest));
	if (redis_ask_one(r->ask, &q, &reply) == 0) {
		if (reply->type == REDIS_REPLY_STRING)
			text = mem_dup(reply->str);
		freeReplyObject(reply);
	}
	redis_args_free(&q);
	return text;
}
