/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The state machine between the journal and one Redis. Main-loop thread only.
 *
 *   WAITING -> CONNECTING: connect, be let in, load the scripts, read the cursor -> decide:
 *     the cursor is an interval of this journal     -> PUSHING from the next one on, LEVEL at the end
 *     there is no cursor                            -> clear what is left, then push from the oldest
 *     the cursor is anything else                   -> STOPPED; looked at again every STOPPED_MS
 *
 * Steps are sent ahead of their answers, in order, as far as redis_talk_has_room(). Each names the mark
 * it builds on, so when one is refused those behind it are refused too; when all have been answered the
 * cursor is read again and decides afresh. Any other error, and silence, ends the connection and leads
 * back to WAITING. What has been confirmed is never assumed: every connection starts with the cursor.
 */
#include "sink_redis.h"

#include <errno.h>
#include <event2/event.h>
#include <hiredis/hiredis.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "redis_access.h"
#include "redis_conn.h"
#include "redis_error.h"
#include "redis_feed.h"
#include "redis_talk.h"
#include "text.h"

#define TURN_STEPS     4 /* built in one turn of the loop, so that it stays free for cuts */
#define BACKOFF_MS     100
#define BACKOFF_MOST   5000
#define STOPPED_MS     10000
#define REDIRECTS_MOST 5
#define TOLD	       4
#define STREAM_MAX     100000
#define AGE	       (400 * 86400)

struct sink {
	struct event_base *base;
	struct journal *journal;
	struct redis_feed *feed;
	struct redis_step step;
	char *meter;
	struct redis_talk talk;
	struct redis_access access;
	struct redis_servers servers;
	struct redis_server moved; /* where a cluster says the slot is */
	bool use_moved, asking;
	unsigned redirects;
	struct redis_conn *conn;
	struct event *timer; /* connect again */
	struct event *pump;  /* send more */
	enum sink_state state;
	char reason[SINK_REASON_SIZE];
	char told[TOLD][SINK_REASON_SIZE]; /* reasons that were logged since it was last level */
	unsigned n_told;
	bool known; /* `confirmed` is what Redis has told or taken */
	struct redis_mark confirmed;
	struct journal_head head;
	bool afresh;	  /* a step was refused: read the cursor when all is answered */
	bool sent_all;	  /* the feed has no more */
	unsigned backoff_ms;
	unsigned seed;
};

static void sink_connect(struct sink *s);

/* --- what people see --- */

static const struct redis_server *sink_server(const struct sink *s)
{
	return s->use_moved ? &s->moved : redis_servers_at(&s->servers);
}

/* Once for each new reason, not once for each try. */
static void sink_tell(struct sink *s, enum log_level level)
{
	for (unsigned i = 0; i < s->n_told && i < TOLD; i++)
		if (strcmp(s->told[i], s->reason) == 0)
			return;
	snprintf(s->told[s->n_told++ % TOLD], sizeof(*s->told), "%s", s->reason);
	log_print(level, "redis: %s", s->reason);
}

static void sink_reason(struct sink *s, const char *what)
{
	char name[64];

	redis_server_name(sink_server(s), name, sizeof(name));
	snprintf(s->reason, sizeof(s->reason), "%s: %.170s", name, what);
}

static void sink_level(struct sink *s)
{
	if (s->state == SINK_LEVEL)
		return;
	s->state = SINK_LEVEL;
	*s->reason = 0;
	s->backoff_ms = 0;
	s->redirects = 0;
	if (s->n_told)
		log_info("redis: level with the journal at interval %llu",
			(unsigned long long)s->confirmed.seq);
	s->n_told = 0;
}

/* --- going down and up again --- */

static unsigned jitter(struct sink *s, unsigned ms)
{
	return ms / 2 + (unsigned)rand_r(&s->seed) % (ms / 2 + 1);
}

static void sink_later(struct sink *s, unsigned ms)
{
	struct timeval tv = { .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };

	evtimer_add(s->timer, &tv);
}

static void sink_hang_up(struct sink *s)
{
	redis_conn_free(s->conn);
	s->conn = NULL;
	redis_talk_drop(&s->talk);
	s->afresh = s->sent_all = false;
	event_del(s->pump);
}

/* Something did not work; try again after a while, at the next server. */
static void sink_fail(struct sink *s, const char *what)
{
	if (s->state != SINK_STOPPED) {
		sink_reason(s, what);
		s->state = SINK_WAITING;
		sink_tell(s, LOG_WARN);
	}
	sink_hang_up(s);
	if (s->use_moved)
		s->use_moved = s->asking = false;
	else
		s->servers.turn++;
	s->backoff_ms = s->backoff_ms ? 2 * s->backoff_ms : BACKOFF_MS;
	if (s->backoff_ms > BACKOFF_MOST)
		s->backoff_ms = BACKOFF_MOST;
	sink_later(s, jitter(s, s->backoff_ms));
}

/* Redis holds what this journal never wrote. */
static void sink_stop(struct sink *s, const char *what)
{
	sink_reason(s, what);
	sink_hang_up(s);
	s->known = false;
	s->state = SINK_STOPPED;
	sink_tell(s, LOG_ERROR);
	sink_later(s, STOPPED_MS);
}

static void sink_stop_at(struct sink *s, const redisReply *seq, const redisReply *chain,
	const redisReply *writer, const char *why)
{
	char what[200];

	snprintf(what, sizeof(what), "stopped: Redis is at interval %.20s, chain %.8s, written by %.40s; %s",
		seq->str, chain->str, writer->type == REDIS_REPLY_STRING ? writer->str : "?", why);
	sink_stop(s, what);
}

/* --- deciding --- */

static void sink_look(struct sink *s)
{
	journal_head(s->journal, &s->head); /* logged, and as before, if it cannot be read */
}

static void sink_push_from(struct sink *s, const struct redis_mark *mark)
{
	int r = redis_feed_seek(s->feed, mark);

	if (r) {
		sink_fail(s, "the journal cannot be read");
		return;
	}
	s->confirmed = *mark;
	s->known = true;
	sink_look(s);
	if (s->state != SINK_LEVEL || mark->seq < s->head.seq)
		s->state = SINK_PUSHING;
	event_active(s->pump, EV_TIMEOUT, 0);
}

/* The reply to HMGET cursor seq chain writer. */
static void on_cursor(struct sink *s, const redisReply *reply)
{
	const redisReply *seq, *chain;
	struct redis_mark mark;
	struct digest theirs;
	char *end;
	int r;

	if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 3) {
		sink_fail(s, "the cursor cannot be read");
		return;
	}
	seq = reply->element[0];
	chain = reply->element[1];
	if (seq->type == REDIS_REPLY_NIL && chain->type == REDIS_REPLY_NIL) {
		redis_talk_clear(&s->talk);
		return;
	}
	if (seq->type != REDIS_REPLY_STRING || chain->type != REDIS_REPLY_STRING ||
		digest_parse(chain->str, &theirs)) {
		sink_stop(s, "stopped: the cursor is not one that transitd wrote");
		return;
	}
	r = redis_feed_mark(s->feed, strtoull(seq->str, &end, 10), &mark);
	if (r == -ENOENT)
		sink_stop_at(s, seq, chain, reply->element[2], "the journal does not hold that interval");
	else if (r == -ERANGE)
		sink_stop_at(s, seq, chain, reply->element[2],
			"the journal has deleted what follows, being too old");
	else if (r)
		sink_fail(s, "the journal cannot be read");
	else if (memcmp(&theirs, &mark.chain, sizeof(theirs)))
		sink_stop_at(s, seq, chain, reply->element[2], "the journal's chain there is another");
	else
		sink_push_from(s, &mark);
}

/* Redis was empty, or what was left of it is being removed. */
static void on_clear(struct sink *s, const redisReply *reply)
{
	const struct redis_mark nothing = { .present = false };

	if (reply->type != REDIS_REPLY_INTEGER)
		redis_talk_cursor(&s->talk); /* somebody else has begun to write */
	else if (reply->integer > 0)
		redis_talk_clear(&s->talk);
	else
		sink_push_from(s, &nothing);
}

static void on_expire(struct sink *s, const redisReply *reply)
{
	if (reply->type == REDIS_REPLY_INTEGER && reply->integer >= REDIS_TALK_EXPIRE_BINS)
		redis_talk_expire(&s->talk);
}

static void on_step(struct sink *s, const struct redis_flight *f, const redisReply *reply)
{
	if (reply->type != REDIS_REPLY_INTEGER) {
		s->afresh = true;
		return;
	}
	s->confirmed = f->after;
	s->backoff_ms = 0;
	s->redirects = 0;
	if (!s->talk.steps && s->sent_all)
		sink_level(s);
	else
		event_active(s->pump, EV_TIMEOUT, 0);
}

static void on_script(struct sink *s, const struct redis_flight *f, const redisReply *reply)
{
	if (reply->type == REDIS_REPLY_STRING && reply->len < sizeof(s->talk.sha[0]))
		memcpy(s->talk.sha[f->script], reply->str, reply->len + 1);
	else
		sink_fail(s, "SCRIPT LOAD was not understood");
}

/* [[first slot, last slot, [host, port, id], [host, port, id] ...] ...], the master's first. */
static void on_slots(struct sink *s, const redisReply *reply)
{
	for (size_t i = 0; i < reply->elements; i++) {
		const redisReply *range = reply->element[i];

		for (size_t k = 2; k < range->elements; k++) {
			const redisReply *node = range->element[k];

			if (node->elements >= 2 && node->element[0]->type == REDIS_REPLY_STRING &&
				node->element[1]->type == REDIS_REPLY_INTEGER && node->element[0]->len)
				redis_servers_learn(&s->servers, node->element[0]->str,
					(uint16_t)node->element[1]->integer);
		}
	}
}

/* --- errors --- */

/* The slot is elsewhere: go there at once, unless that has been going round in circles. */
static bool sink_redirect(struct sink *s, const char *error)
{
	struct redis_server target;

	if (s->redirects >= REDIRECTS_MOST || !redis_error_target(error, sink_server(s), &target))
		return false;
	s->redirects++;
	sink_hang_up(s);
	free(s->moved.host);
	s->moved = target;
	s->use_moved = true;
	s->asking = redis_error_is(error, "ASK");
	sink_connect(s);
	return true;
}

static void on_error(struct sink *s, const struct redis_flight *f, const redisReply *reply)
{
	char line[160];

	if (f->want == WANT_SLOTS)
		return; /* not a cluster, or not allowed to ask */
	if (redis_error_is(reply->str, "NOSCRIPT")) {
		s->afresh = true;
		return;
	}
	if (sink_redirect(s, reply->str))
		return;
	snprintf(line, sizeof(line), "%.*s", (int)redis_error_length(reply->str), reply->str);
	sink_fail(s, line);
}

/* --- the connection's callbacks --- */

static void on_up(void *context)
{
	struct sink *s = context;

	redis_talk_scripts(&s->talk);
	if (s->use_moved || s->servers.n > 1) /* of a cluster: which other nodes there are, for when this one is gone */
		redis_talk_slots(&s->talk);
	redis_talk_cursor(&s->talk);
}

static void on_reply(void *context, struct redisReply *reply)
{
	struct sink *s = context;
	struct redis_flight f = redis_talk_land(&s->talk);

	if (reply->type == REDIS_REPLY_ERROR)
		on_error(s, &f, reply);
	else if (f.want == WANT_SCRIPT)
		on_script(s, &f, reply);
	else if (f.want == WANT_CURSOR)
		on_cursor(s, reply);
	else if (f.want == WANT_CLEAR)
		on_clear(s, reply);
	else if (f.want == WANT_EXPIRE)
		on_expire(s, reply);
	else if (f.want == WANT_SLOTS)
		on_slots(s, reply);
	else
		on_step(s, &f, reply);
	freeReplyObject(reply);
	if (s->conn && s->afresh && !s->talk.n) {
		s->afresh = s->sent_all = false;
		on_up(s);
	}
}

static void on_down(void *context, const char *reason)
{
	sink_fail(context, reason);
}

static void sink_connect(struct sink *s)
{
	static const struct redis_conn_ops ops = { .up = on_up, .reply = on_reply, .down = on_down };

	if (s->state != SINK_STOPPED)
		s->state = SINK_CONNECTING;
	s->conn = s->talk.conn = redis_conn_open(s->base, sink_server(s), &s->access, s->asking, &ops, s);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	sink_connect(arg);
}

/* Sends what the journal has, a few steps a turn. */
static void on_pump(evutil_socket_t fd, short what, void *arg)
{
	struct sink *s = arg;
	int r;

	(void)fd;
	(void)what;
	for (int i = 0; i < TURN_STEPS; i++) {
		if (!s->conn || s->afresh || !redis_talk_has_room(&s->talk))
			return;
		r = redis_feed_next(s->feed, s->talk.sha[SCRIPT_APPLY], &s->step);
		if (r) {
			sink_fail(s, "the journal cannot be read");
			return;
		}
		s->sent_all = s->step.n_intervals == 0;
		if (s->sent_all)
			break;
		s->state = SINK_PUSHING;
		redis_talk_step(&s->talk, &s->step);
	}
	if (!s->sent_all)
		event_active(s->pump, EV_TIMEOUT, 0);
	else if (!s->talk.steps)
		sink_level(s);
}

/* --- the sink's own interface --- */

static char *sink_writer(void)
{
	char host[65] = "?", text[128];

	gethostname(host, sizeof(host) - 1);
	snprintf(text, sizeof(text), "%s:%ld", host, (long)getpid());
	return mem_dup(text);
}

struct sink *sink_redis_new(
	struct event_base *base, const struct sink_options *o, struct journal *journal)
{
	struct sink *s = mem_alloc(sizeof(*s));
	char *writer, reason[160];
	struct redis_feed_options feed = { .meter = o->meter, .interval = o->interval,
		.stream_max = o->stream_max ? o->stream_max : STREAM_MAX,
		.stream_age = o->stream_age ? o->stream_age : AGE,
		.usage_age = o->usage_age ? o->usage_age : AGE };

	if (redis_access_from(&s->access, o, reason, sizeof(reason))) {
		log_error("redis: %s", reason);
		free(s);
		return NULL;
	}
	s->base = base;
	s->journal = journal;
	s->meter = mem_dup(o->meter);
	s->talk = (struct redis_talk){ .meter = s->meter, .usage_age = feed.usage_age };
	feed.writer = writer = sink_writer();
	s->feed = redis_feed_new(journal, &feed);
	free(writer);
	redis_servers_copy(&s->servers, o);
	s->timer = evtimer_new(base, on_timer, s);
	s->pump = evtimer_new(base, on_pump, s);
	if (!s->timer || !s->pump)
		abort(); /* out of memory, as in base/text.c */
	s->seed = (unsigned)getpid();
	sink_later(s, 0);
	return s;
}

void sink_redis_free(struct sink *s)
{
	if (!s)
		return;
	sink_hang_up(s);
	event_free(s->timer);
	event_free(s->pump);
	redis_feed_free(s->feed);
	redis_step_free(&s->step);
	redis_servers_free(&s->servers);
	redis_access_free(&s->access);
	free(s->moved.host);
	free(s->meter);
	free(s);
}

void sink_redis_wake(struct sink *s)
{
	sink_look(s);
	if (s->state == SINK_LEVEL || s->state == SINK_PUSHING)
		event_active(s->pump, EV_TIMEOUT, 0);
}

void sink_redis_status(const struct sink *s, struct sink_status *out)
{
	*out = (struct sink_status){ .state = s->state, .known = s->known, .head = s->head.seq };
	if (s->known)
		out->cursor = s->confirmed.seq;
	if (s->known && s->confirmed.end)
		out->lag_s = s->head.end - s->confirmed.end;
	snprintf(out->reason, sizeof(out->reason), "%s", s->reason);
}

static void on_drain_over(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	*(bool *)arg = true;
}

int sink_redis_drain(struct sink *s, struct event_base *base, int timeout_ms)
{
	struct timeval tv = { .tv_sec = timeout_ms / 1000, .tv_usec = timeout_ms % 1000 * 1000 };
	struct event *over;
	bool late = false;

	over = evtimer_new(base, on_drain_over, &late);
	if (!over)
		abort(); /* out of memory, as in base/text.c */
	evtimer_add(over, &tv);
	sink_redis_wake(s);
	while (!late && s->state != SINK_STOPPED && !(s->state == SINK_LEVEL && s->confirmed.seq >= s->head.seq))
		if (event_base_loop(base, EVLOOP_ONCE))
			break;
	event_free(over);
	if (s->state == SINK_LEVEL && s->confirmed.seq >= s->head.seq)
		return 0;
	return s->state == SINK_STOPPED ? -ESTALE : -ETIMEDOUT;
}
