/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Whether what Redis holds of a meter fits itself. The stream is read twice: once for the chain, once bin
 * by bin for the sums. A daemon may push meanwhile: the stream is checked up to the cursor of the opening,
 * and a bin as of the interval that its own line names.
 */
#include <errno.h>
#include <hiredis/hiredis.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "redis_args.h"
#include "redis_fold.h"
#include "redis_keys.h"
#include "redis_page.h"
#include "redis_read.h"
#include "text.h"

struct verify {
	struct redis_reader *r;
	journal_complain_fn *complain;
	void *context;
	bool bad;
	uint64_t first, last; /* of the stream */
	struct digest chain;
	struct digest config; /* checked last */
	struct redis_fold *fold;
};

static void wrong(struct verify *v, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void wrong(struct verify *v, const char *format, ...)
{
	char what[240];
	va_list ap;

	va_start(ap, format);
	vsnprintf(what, sizeof(what), format, ap);
	va_end(ap);
	v->bad = true;
	v->complain(v->context, what);
}

static void check_config(struct verify *v, const struct interval *iv)
{
	char hex[DIGEST_HEX_SIZE], *text;
	struct digest found;

	if (memcmp(&iv->config, &v->config, sizeof(v->config)) == 0)
		return;
	v->config = iv->config;
	digest_hex(hex, &iv->config);
	text = redis_read_config(v->r, &iv->config);
	if (text) {
		const struct digest_piece piece = { text, strlen(text) };

		found = digest_of(&piece, 1);
		if (memcmp(&found, &iv->config, sizeof(found)))
			wrong(v, "configuration %s: its text has another digest", hex);
		free(text);
	} else {
		wrong(v, "interval %llu: its configuration %s is not there",
			(unsigned long long)iv->seq, hex);
	}
}

static int check_interval(void *context, const struct interval *iv)
{
	struct verify *v = context;
	struct text text = { 0 };
	struct digest chain;

	interval_encode(iv, &text);
	chain = interval_chain(&v->chain, text.data, text.size);
	text_free(&text);
	/* What the first one builds on is known only if the meter's journal began, or begins, with it. */
	if ((v->first || iv->seq == v->r->anchor.seq + 1) && memcmp(&chain, &iv->chain, sizeof(chain)))
		wrong(v, "interval %llu: its chain does not follow from the one before",
			(unsigned long long)iv->seq);
	if (interval_check(iv))
		wrong(v, "interval %llu: cells and unknown do not add up to its taps",
			(unsigned long long)iv->seq);
	check_config(v, iv);
	if (!v->first)
		v->first = iv->seq;
	v->last = iv->seq;
	v->chain = iv->chain;
	return 0;
}

static int check_stream(struct verify *v)
{
	const struct redis_page_range all = { .first = 1, .last = v->r->head.seq };
	int err = redis_page_stream(v->r, &all, check_interval, v);

	if (err == -EBADMSG) {
		wrong(v, "the stream is damaged behind interval %llu", (unsigned long long)v->last);
		return 0;
	}
	if (err)
		return err;
	if (v->last != v->r->head.seq)
		wrong(v, "the stream ends at interval %llu, the cursor is at %llu",
			(unsigned long long)v->last, (unsigned long long)v->r->head.seq);
	else if (v->last && memcmp(&v->chain, &v->r->head.chain, sizeof(v->chain)))
		wrong(v, "the cursor's chain is not that of interval %llu", (unsigned long long)v->last);
	return 0;
}

static int fold_interval(void *context, const struct interval *iv)
{
	redis_fold_add(context, iv);
	return 0;
}

/* A count among the arguments. */
static size_t count_at(const struct redis_args *a, size_t i)
{
	size_t size, n = 0;
	const char *digit = redis_args_at(a, i, &size);

	for (; size; size--, digit++)
		n = 10 * n + (size_t)(*digit - '0');
	return n;
}

/* The fold's fields are those of the hash, no more and no fewer. */
static bool same_fields(const struct redis_args *ours, const redisReply *all)
{
	size_t n = 0;

	/* "HSET" key count, then that many fields and values; again for the next thousand. */
	for (size_t i = 0; i < ours->n;) {
		size_t size, field_size, pairs = count_at(ours, i + 2) / 2;

		i += 3;
		for (; pairs; pairs--, i += 2, n++) {
			const char *name = redis_args_at(ours, i, &field_size);
			const char *value = redis_args_at(ours, i + 1, &size);
			char *copy = strndup(name, field_size);
			const redisReply *theirs = copy ? redis_page_field(all, copy) : NULL;

			free(copy);
			if (!theirs || theirs->len != size || memcmp(theirs->str, value, size))
				return false;
		}
	}
	return 2 * n == all->elements;
}

static int check_bin(void *context, int64_t start, const redisReply *all)
{
	struct verify *v = context;
	const redisReply *line = redis_page_field(all, "bin");
	struct redis_args ours = { 0 };
	struct redis_page_range range = { .from = start, .to = start + REDIS_BIN_SECONDS };
	struct redis_bin b;
	int err;

	if (!line || redis_page_parse_bin(line->str, start, &b)) {
		wrong(v, "usage:%lld has no line \"bin\" as documented", (long long)start);
		return 0;
	}
	if (!v->first || b.first_seq < v->first)
		return 0; /* the stream no longer reaches back to it */
	range.first = b.first_seq;
	range.last = b.last_seq;
	redis_fold_begin(v->fold, start);
	err = redis_page_stream(v->r, &range, fold_interval, v->fold);
	if (err)
		return err == -EBADMSG ? 0 : err; /* complained of already */
	redis_fold_write(v->fold, 1, &ours);
	if (!same_fields(&ours, all))
		wrong(v, "usage:%lld is not the sum of its intervals", (long long)start);
	redis_args_free(&ours);
	return 0;
}

int redis_read_verify(struct redis_reader *r, journal_complain_fn *complain, void *context)
{
	struct verify v = { .r = r, .complain = complain, .context = context, .chain = r->anchor.chain };
	int err = check_stream(&v);

	v.fold = redis_fold_new();
	if (!err)
		err = redis_page_bins(r, 0, 0, redis_page_ask_all, check_bin, &v);
	redis_fold_free(v.fold);
	return err ? err : v.bad ? -EBADMSG : 0;
}
