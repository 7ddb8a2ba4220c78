/* SPDX-License-Identifier: BSD-3-Clause */
#include "cutter.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "log.h"
#include "spill.h"
#include "text.h"

#define NS_PER_S     INT64_C(1000000000)
#define NS_PER_MS    INT64_C(1000000)
#define ALIVE_MS     100
#define MAX_CATCH_UP 1000 /* silent intervals written at once after a jump of the clock */

struct waiting {
	struct interval *iv;
	struct waiting *next;
};

/* What the workers count in: one set of one era's banks, for one interval. */
struct stage {
	struct era *era;
	unsigned set;
	uint64_t generation;
	int64_t start;	   /* Unix seconds */
	int64_t opened_ns; /* Unix time; its very start, but for the first one */
};

struct cutter {
	struct cutter_options o;
	struct stage now; /* the thread alone */

	int timer, stop, ready;
	pthread_t thread;

	pthread_mutex_t lock; /* of all below */
	struct waiting *first, **last;
	struct era *next; /* begins at the next cut, or NULL */
	unsigned interval; /* seconds; never changes */
};

static int64_t start_of(const struct cutter *c, int64_t now_ns)
{
	return now_ns / NS_PER_S / c->interval * c->interval;
}

static void enqueue(struct cutter *c, struct interval *iv)
{
	struct waiting *w = mem_alloc(sizeof(*w));
	uint64_t one = 1;

	w->iv = iv;
	pthread_mutex_lock(&c->lock);
	*c->last = w;
	c->last = &w->next;
	pthread_mutex_unlock(&c->lock);
	if (write(c->ready, &one, sizeof(one)) < 0)
		log_error("cutter: eventfd: %s", strerror(errno));
}

/* All banks of the stage: the workers', and those of the source. */
static struct bank **banks_of(const struct cutter *c, const struct stage *s, size_t *n)
{
	const struct cut_source *more = &c->o.source;
	struct bank *const *others = NULL;
	struct bank **all;
	size_t n_others = 0;

	if (more->ops)
		others = more->ops->rest(more->self, &n_others);
	all = mem_array(c->o.n_workers + n_others + 1, sizeof(struct bank *));
	for (*n = 0; *n < c->o.n_workers; (*n)++)
		all[*n] = bankfile_banks(s->era->banks, s->set)[*n];
	for (size_t i = 0; i < n_others; i++)
		all[(*n)++] = others[i];
	return all;
}

/* The stage is at rest: it becomes an interval, in the order that bankfile.h asks for. */
static void take(struct cutter *c, const struct stage *s, int64_t closed_ns)
{
	uint32_t n_taps = s->era->view->layout.n_taps;
	uint64_t *missed = mem_array(n_taps, sizeof(*missed));
	int64_t covered = (closed_ns - s->opened_ns) / NS_PER_MS, whole = c->interval * 1000;
	size_t n_banks;
	struct bank **bank = banks_of(c, s, &n_banks);
	struct interval *iv;

	for (uint32_t tap = 0; tap < n_taps; tap++)
		missed[tap] = c->o.missed(c->o.context, tap);
	iv = snapshot_take(s->era->snapshot, bank, n_banks, missed);
	free(bank);
	free(missed);
	era_stamp(s->era, iv, s->start, (uint32_t)(covered < 0 ? 0 : covered < whole ? covered : whole), ORIGIN_LIVE);
	iv->generation = s->generation;
	if (c->o.seen)
		c->o.seen(c->o.context, iv);
	spill_put(c->o.folder, iv); /* without it the interval is safe only while we live; logged */
	enqueue(c, iv);
	bankfile_done(s->era->banks, s->set);
	if (c->o.source.ops)
		c->o.source.ops->done(c->o.source.self);
}

/* An interval that passed without a cut: the clock jumped, or this thread did not run. What was counted
 * meanwhile is in the one before; this one was not covered, and says so. */
static void take_nothing(struct cutter *c, struct era *era, int64_t start)
{
	struct interval *iv = snapshot_take(era->snapshot, NULL, 0, NULL);

	era_stamp(era, iv, start, 0, ORIGIN_LIVE);
	enqueue(c, iv);
}

static struct era *take_next_era(struct cutter *c)
{
	struct era *next;

	pthread_mutex_lock(&c->lock);
	next = c->next;
	c->next = NULL;
	pthread_mutex_unlock(&c->lock);
	return next;
}

/* The stage that follows: the other set, or the first one of a new era. */
static struct stage following(struct cutter *c, int64_t start)
{
	struct era *next = take_next_era(c);
	struct stage s = {
		.era = next ? next : c->now.era,
		.set = next ? 0 : !c->now.set,
		.generation = c->now.generation + 1,
		.start = start,
		.opened_ns = start * NS_PER_S, /* a cut is late by a moment, but nothing was missed in it */
	};

	bankfile_begin(s.era->banks, s.set, s.generation, start, s.opened_ns);
	return s;
}

static void cut(struct cutter *c, int64_t now_ns)
{
	const struct stage old = c->now;
	int64_t next = start_of(c, now_ns), silent = old.start + c->interval;

	c->now = following(c, next);
	for (size_t i = 0; i < c->o.n_workers; i++)
		worker_ask(&c->o.worker[i], &c->now.era->shift[c->now.set][i]);
	if (c->o.source.ops) /* this one waits by itself */
		c->o.source.ops->ask(c->o.source.self, c->now.generation, next);
	for (size_t i = 0; i < c->o.n_workers; i++)
		worker_wait(&c->o.worker[i]);
	take(c, &old, (old.start + c->interval) * NS_PER_S);
	for (int n = 0; silent < next && n < MAX_CATCH_UP; n++, silent += c->interval)
		take_nothing(c, old.era, silent);
	if (c->now.era != old.era) {
		era_remove_banks(old.era);
		era_free(old.era);
	}
}

static void set_timer(const struct cutter *c)
{
	struct itimerspec at = { .it_value.tv_sec = c->now.start + c->interval };

	/* CANCEL_ON_SET: a step of the clock wakes us, and the time is looked at anew. */
	timerfd_settime(c->timer, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &at, NULL);
}

static void *run(void *self)
{
	struct cutter *c = self;
	struct pollfd fds[] = { { .fd = c->timer, .events = POLLIN }, { .fd = c->stop, .events = POLLIN } };

	set_timer(c);
	for (;;) {
		int64_t now_ns;
		uint64_t expirations;

		if (poll(fds, 2, ALIVE_MS) < 0 && errno != EINTR)
			log_error("cutter: poll: %s", strerror(errno));
		if (fds[1].revents)
			return NULL;
		bankfile_alive(c->now.era->banks);
		if (!fds[0].revents)
			continue;
		if (read(c->timer, &expirations, sizeof(expirations)) < 0 && errno == ECANCELED)
			log_warn("the clock was set: intervals follow it");
		now_ns = clock_now_ns();
		if (start_of(c, now_ns) > c->now.start)
			cut(c, now_ns);
		set_timer(c);
	}
}

static int start_workers(struct cutter *c)
{
	for (size_t i = 0; i < c->o.n_workers; i++) {
		int error = worker_start(&c->o.worker[i], &c->now.era->shift[0][i]);

		if (!error)
			continue;
		log_error("worker %zu on CPU %d: %s", i, c->o.worker[i].cpu, strerror(-error));
		while (i--)
			worker_stop(&c->o.worker[i]);
		return error;
	}
	return 0;
}

static void first_stage(struct cutter *c)
{
	int64_t now_ns = clock_now_ns();

	for (uint32_t tap = 0; tap < c->o.era->view->layout.n_taps; tap++)
		c->o.missed(c->o.context, tap); /* from here on */
	c->now = (struct stage){ .era = c->o.era,
		.generation = c->o.generation + 1,
		.start = start_of(c, now_ns),
		.opened_ns = now_ns };
	bankfile_begin(c->now.era->banks, 0, c->now.generation, c->now.start, now_ns);
	bankfile_alive(c->now.era->banks);
	if (c->o.source.ops)
		c->o.source.ops->begin(c->o.source.self, c->now.generation, c->now.start);
}

static void cutter_discard(struct cutter *c)
{
	close(c->timer);
	close(c->stop);
	close(c->ready);
	pthread_mutex_destroy(&c->lock);
	free(c);
}

struct cutter *cutter_start(const struct cutter_options *o)
{
	struct cutter *c = mem_alloc(sizeof(*c));

	c->o = *o;
	c->interval = o->era->config->interval;
	c->last = &c->first;
	pthread_mutex_init(&c->lock, NULL);
	c->timer = timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC);
	c->stop = eventfd(0, EFD_CLOEXEC);
	c->ready = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	first_stage(c);
	if (start_workers(c)) {
		cutter_discard(c);
		return NULL;
	}
	if (pthread_create(&c->thread, NULL, run, c)) {
		log_error("cutter: no thread");
		for (size_t i = 0; i < o->n_workers; i++)
			worker_stop(&o->worker[i]);
		cutter_discard(c);
		return NULL;
	}
	return c;
}

void cutter_stop(struct cutter *c)
{
	uint64_t one = 1;

	if (write(c->stop, &one, sizeof(one)) < 0)
		log_error("cutter: eventfd: %s", strerror(errno));
	pthread_join(c->thread, NULL);
	for (size_t i = 0; i < c->o.n_workers; i++)
		worker_stop(&c->o.worker[i]);
	if (c->o.source.ops)
		c->o.source.ops->end(c->o.source.self);
	take(c, &c->now, clock_now_ns());
}

void cutter_free(struct cutter *c)
{
	for (struct waiting *w = c->first, *next; w; w = next) {
		next = w->next;
		interval_free(w->iv);
		free(w);
	}
	if (c->next) {
		era_remove_banks(c->next);
		era_free(c->next);
	}
	era_remove_banks(c->now.era);
	era_free(c->now.era);
	cutter_discard(c);
}

int cutter_fd(const struct cutter *c)
{
	return c->ready;
}

void cutter_acknowledge(const struct cutter *c)
{
	uint64_t count;

	while (read(c->ready, &count, sizeof(count)) > 0)
		;
}

struct interval *cutter_take(struct cutter *c)
{
	struct interval *iv = NULL;
	struct waiting *w;

	pthread_mutex_lock(&c->lock);
	w = c->first;
	if (w) {
		iv = w->iv;
		c->first = w->next;
		if (!c->first)
			c->last = &c->first;
	}
	pthread_mutex_unlock(&c->lock);
	free(w);
	return iv;
}

void cutter_publish(struct cutter *c, struct era *next)
{
	struct era *replaced;

	pthread_mutex_lock(&c->lock);
	replaced = c->next;
	c->next = next;
	pthread_mutex_unlock(&c->lock);
	if (replaced) {
		era_remove_banks(replaced);
		era_free(replaced);
	}
}
