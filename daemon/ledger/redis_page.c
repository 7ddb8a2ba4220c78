/* SPDX-License-Identifier: BSD-3-Clause */
#include "redis_page.h"

#include <errno.h>
#include <hiredis/hiredis.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "redis_keys.h"
#include "text.h"

#define PAGE_BINS      64
#define PAGE_INTERVALS 32

int redis_page_damaged(const struct redis_reader *r, const char *format, ...)
{
	char what[200];
	va_list ap;

	va_start(ap, format);
	vsnprintf(what, sizeof(what), format, ap);
	va_end(ap);
	log_error("redis: meter %s: %s", r->meter, what);
	return -EBADMSG;
}

/* --- texts --- */

/* The word at *at, ended by `after`, which is replaced by a terminator; NULL: there is none. */
static char *take_word(char **at, char after)
{
	char *word = *at, *end = strchr(word, after);

	if (!end || end == word)
		return NULL;
	*end = 0;
	*at = end + 1;
	return word;
}

static bool take_number(char **at, char after, uint64_t *out)
{
	char *word = take_word(at, after), *end;

	if (!word || *word < '0' || *word > '9')
		return false;
	errno = 0;
	*out = strtoull(word, &end, 10);
	return !*end && !errno;
}

static bool take_name(char **at, char after, char out[NAME_SIZE])
{
	char *word = take_word(at, after);

	if (!word || strlen(word) >= NAME_SIZE)
		return false;
	strcpy(out, word);
	return true;
}

static bool take_digest(char **at, char after, struct digest *out)
{
	char *word = take_word(at, after);

	return word && digest_parse(word, out) == 0;
}

/* One of a table of words. */
static bool take_choice(char **at, const char *const *table, unsigned n, unsigned *out)
{
	char *word = take_word(at, ' ');

	for (*out = 0; word && *out < n; (*out)++)
		if (strcmp(word, table[*out]) == 0)
			return true;
	return false;
}

int redis_page_parse_bin(const char *line, int64_t start, struct redis_bin *out)
{
	struct text copy = { 0 };
	struct redis_bin b = { .usage = { .start = start } };
	uint64_t *const number[] = { &b.first_seq, &b.last_seq, &b.usage.covered_ms,
		&b.usage.tap_packets, &b.usage.unknown_packets, &b.usage.malformed, &b.usage.late,
		&b.usage.missed_packets };
	bool good = true;
	char *at;

	text_str(&copy, line);
	text_add(&copy, " ", 1);
	at = copy.data;
	for (size_t i = 0; i < sizeof(number) / sizeof(*number); i++)
		good = good && take_number(&at, ' ', number[i]);
	good = good && take_digest(&at, ' ', &b.usage.config) && take_digest(&at, ' ', &b.chain);
	good = good && !*at;
	text_free(&copy);
	if (good)
		*out = b;
	return good ? 0 : -EBADMSG;
}

/* --- cells of a bin --- */

struct cells {
	struct usage_count *usage;
	size_t n, room;
};

static int cells_compare(const void *a, const void *b)
{
	return cell_name_compare(
		((const struct usage_count *)a)->cell, ((const struct usage_count *)b)->cell);
}

/* "DIRECTION CLASS COS FAMILY PACKETS L2_BYTES L3_BYTES\n" */
static bool take_cell(char **at, struct cell_name *name, struct counters *count)
{
	unsigned direction, family;

	if (!take_choice(at, direction_name, DIRECTIONS, &direction) ||
		!take_name(at, ' ', name->class) || !take_name(at, ' ', name->cos) ||
		!take_choice(at, family_name, FAMILIES, &family))
		return false;
	name->direction = direction;
	name->family = family;
	return take_number(at, ' ', &count->packets) && take_number(at, ' ', &count->l2_bytes) &&
		take_number(at, '\n', &count->l3_bytes);
}

static void cells_add(struct cells *c, const struct usage_count *u)
{
	if (c->n == c->room) {
		c->room = c->room ? 2 * c->room : 64;
		c->usage = mem_grow(c->usage, c->room, sizeof(*c->usage));
	}
	c->usage[c->n++] = *u;
}

/* One field of the hash: the cells of a peering. */
static bool cells_take(struct redis_reader *r, struct cells *c, int64_t start,
	const redisReply *field, const redisReply *value)
{
	struct cell_name name = { 0 };
	struct text copy = { 0 };
	bool good;
	char *at;

	text_add(&copy, field->str, field->len);
	text_add(&copy, " ", 1);
	text_add(&copy, value->str, value->len);
	at = copy.data;
	good = take_name(&at, ' ', name.peering) && take_name(&at, ' ', name.partner) &&
		take_name(&at, ' ', name.link);
	while (good && *at) {
		struct usage_count u = { .start = start };

		good = take_cell(&at, &name, &u.count);
		if (good) {
			u.cell = cellbook_intern(r->book, &name);
			cells_add(c, &u);
		}
	}
	text_free(&copy);
	return good;
}

int redis_page_cells(struct redis_reader *r, int64_t start, const struct redisReply *all,
	journal_usage_fn *each, void *context)
{
	struct cells c = { 0 };
	int err = 0;

	for (size_t i = 0; i + 1 < all->elements && !err; i += 2)
		if (strcmp(all->element[i]->str, "bin") &&
			!cells_take(r, &c, start, all->element[i], all->element[i + 1]))
			err = redis_page_damaged(r, "usage:%lld, field \"%.100s\" is not as documented",
				(long long)start, all->element[i]->str);
	if (c.n)
		qsort(c.usage, c.n, sizeof(*c.usage), cells_compare);
	for (size_t i = 0; i < c.n && !err; i++)
		err = each(context, &c.usage[i]);
	free(c.usage);
	return err;
}

const struct redisReply *redis_page_field(const struct redisReply *all, const char *field)
{
	for (size_t i = 0; i + 1 < all->elements; i += 2)
		if (strcmp(all->element[i]->str, field) == 0)
			return all->element[i + 1];
	return NULL;
}

/* --- pages of bins --- */

void redis_page_ask_line(const struct redis_reader *r, int64_t bin, struct redis_args *question)
{
	redis_args_str(question, "HGET");
	redis_args_printf(question, REDIS_KEY_USAGE, r->meter, (long long)bin);
	redis_args_str(question, "bin");
}

void redis_page_ask_all(const struct redis_reader *r, int64_t bin, struct redis_args *question)
{
	redis_args_str(question, "HGETALL");
	redis_args_printf(question, REDIS_KEY_USAGE, r->meter, (long long)bin);
}

/* The next bins of the index at or after `from`. */
static int page_index(struct redis_reader *r, int64_t from, int64_t to, int64_t *bins, size_t *n)
{
	struct redis_args q = { 0 };
	redisReply *reply;
	int err;

	redis_args_str(&q, "ZRANGEBYSCORE");
	redis_args_printf(&q, REDIS_KEY_BINS, r->meter);
	redis_args_printf(&q, "%lld", (long long)from);
	if (to)
		redis_args_printf(&q, "(%lld", (long long)to);
	else
		redis_args_str(&q, "+inf");
	redis_args_str(&q, "LIMIT");
	redis_args_u64(&q, 0);
	redis_args_u64(&q, PAGE_BINS);
	err = redis_ask_one(r->ask, &q, &reply);
	redis_args_free(&q);
	if (err)
		return err;
	*n = reply->elements < PAGE_BINS ? reply->elements : PAGE_BINS;
	for (size_t i = 0; i < *n; i++)
		bins[i] = strtoll(reply->element[i]->str, NULL, 10);
	freeReplyObject(reply);
	return 0;
}

int redis_page_bins(struct redis_reader *r, int64_t from, int64_t to,
	redis_page_question_fn *question, redis_page_answer_fn *answer, void *context)
{
	size_t n = PAGE_BINS;
	int err = 0;

	while (!err && n == PAGE_BINS) {
		struct redis_args questions[PAGE_BINS] = { 0 };
		redisReply *replies[PAGE_BINS] = { NULL };
		int64_t bins[PAGE_BINS];

		err = page_index(r, from, to, bins, &n);
		if (err || !n)
			return err;
		for (size_t i = 0; i < n; i++)
			question(r, bins[i], &questions[i]);
		err = redis_ask_many(r->ask, questions, n, replies);
		for (size_t i = 0; i < n && !err; i++)
			err = answer(context, bins[i], replies[i]);
		from = bins[n - 1] + 1;
		for (size_t i = 0; i < n; i++) {
			redis_args_free(&questions[i]);
			freeReplyObject(replies[i]);
		}
	}
	return err;
}

/* --- the stream --- */

static int stream_page(
	struct redis_reader *r, uint64_t first, uint64_t last, redisReply **out)
{
	struct redis_args q = { 0 };
	int err;

	redis_args_str(&q, "XRANGE");
	redis_args_printf(&q, REDIS_KEY_STREAM, r->meter);
	redis_args_printf(&q, "%llu-0", (unsigned long long)first);
	redis_args_printf(&q, "%llu-0", (unsigned long long)last);
	redis_args_str(&q, "COUNT");
	redis_args_u64(&q, PAGE_INTERVALS);
	err = redis_ask_one(r->ask, &q, out);
	redis_args_free(&q);
	return err;
}

/* An entry is [id, [field, value, ...]]. */
static int stream_entry(struct redis_reader *r, const redisReply *entry, struct interval **out)
{
	const char *id = entry->element[0]->str;
	const redisReply *fields = entry->element[1];
	const redisReply *body = redis_page_field(fields, "body"), *chain = redis_page_field(fields, "chain");
	struct interval *iv;

	if (!body || !chain || interval_decode(body->str, body->len, r->book, &iv))
		return redis_page_damaged(r, "stream entry %.30s is not an interval", id);
	if (iv->seq != strtoull(id, NULL, 10) || strcmp(iv->meter, r->meter) ||
		digest_parse(chain->str, &iv->chain)) {
		interval_free(iv);
		return redis_page_damaged(r, "stream entry %.30s is another's interval", id);
	}
	*out = iv;
	return 0;
}

static int stream_give(struct redis_reader *r, const redisReply *page,
	const struct redis_page_range *range, uint64_t *next, journal_each_fn *each, void *context)
{
	int err = 0;

	for (size_t i = 0; i < page->elements && !err; i++) {
		struct interval *iv = NULL;

		err = stream_entry(r, page->element[i], &iv);
		if (err)
			return err;
		if (*next && iv->seq != *next)
			err = redis_page_damaged(r, "the stream lacks interval %llu", (unsigned long long)*next);
		*next = iv->seq + 1;
		if (!err && iv->start >= range->from && (!range->to || iv->start < range->to))
			err = each(context, iv);
		interval_free(iv);
	}
	return err;
}

int redis_page_stream(struct redis_reader *r, const struct redis_page_range *range,
	journal_each_fn *each, void *context)
{
	uint64_t next = 0; /* what must come; nothing yet: older intervals may have been cut off */
	bool more = true;
	int err = 0;

	while (!err && more && (next ? next : range->first) <= range->last) {
		redisReply *page;

		err = stream_page(r, next ? next : range->first, range->last, &page);
		if (err)
			return err;
		more = page->elements == PAGE_INTERVALS;
		err = stream_give(r, page, range, &next, each, context);
		freeReplyObject(page);
	}
	return err;
}
