/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What redis_read.c and redis_verify.c share: pages of questions, and the texts of docs/redis.md taken
 * apart. Private to these two.
 */
#ifndef LEDGER_REDIS_PAGE_H
#define LEDGER_REDIS_PAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "journal.h"
#include "redis_args.h"
#include "redis_ask.h"

struct redisReply;

struct redis_reader {
	struct redis_ask *ask;
	struct cellbook *book; /* borrowed */
	char meter[NAME_SIZE];
	unsigned interval;
	struct journal_head head;
	struct journal_anchor anchor; /* `kept` is not in Redis: 0 */
};

/* The bin's own line, with what journal.h does not ask for. */
struct redis_bin {
	struct usage_bin usage;
	uint64_t first_seq, last_seq;
	struct digest chain; /* of last_seq */
};

/* Fills in the question about one bin. */
typedef void redis_page_question_fn(
	const struct redis_reader *r, int64_t bin, struct redis_args *question);
/* Takes one bin's answer; the answer stays the page's. 0 to go on. */
typedef int redis_page_answer_fn(void *context, int64_t bin, const struct redisReply *answer);

/* Asks for every bin of the index with start in [from, to), `to` 0: no bound, a page of bins at a time. */
int redis_page_bins(struct redis_reader *r, int64_t from, int64_t to,
	redis_page_question_fn *question, redis_page_answer_fn *answer, void *context);

redis_page_question_fn redis_page_ask_line; /* HGET usage:BIN bin */
redis_page_question_fn redis_page_ask_all;  /* HGETALL usage:BIN */

/* The value of a field of an HGETALL's answer, or NULL. */
const struct redisReply *redis_page_field(const struct redisReply *all, const char *field);

/* 0, or -EBADMSG. */
int redis_page_parse_bin(const char *line, int64_t start, struct redis_bin *out);

/* Calls `each` for every cell of an HGETALL's answer, in canonical order. -EBADMSG: not as documented. */
int redis_page_cells(struct redis_reader *r, int64_t start, const struct redisReply *all,
	journal_usage_fn *each, void *context);

/* Intervals of the stream with seq in [first, last] and start in [from, to), `to` 0: no bound. */
struct redis_page_range {
	uint64_t first, last;
	int64_t from, to;
};
int redis_page_stream(struct redis_reader *r, const struct redis_page_range *range,
	journal_each_fn *each, void *context);

/* Logs that something in Redis is not as documented. Returns -EBADMSG. */
int redis_page_damaged(const struct redis_reader *r, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
