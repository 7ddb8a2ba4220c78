/* SPDX-License-Identifier: BSD-3-Clause */
#include "cutter.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "log.h"
#include "spill.h"
#include "text.h"

#define NS_PER_S     INT64_C(1000000000)
#define NS_PER_MS    INT64_C(1000000)
#define ALIVE_NS     (100 * NS_PER_MS)
#define STEP_NS	     (200 * NS_PER_MS) /* from one look to the next: a clock that is slewed never gains as much */

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
	int64_t opened_ns; /* Unix time; its very start, but for the first one and after a jump */
	int64_t opened_at; /* the same moment by the clock that nobody sets */
	bool was_stepped;  /* the clock was, meanwhile */
};

/* One look at both clocks. */
struct look {
	int64_t ns; /* Unix time */
	int64_t at; /* the clock that nobody sets: CLOCK_MONOTONIC, ns */
};

struct cutter {
	struct cutter_options o;
	struct stage now; /* this and the next one: the thread alone */
	struct look looked;

	int stop, ready;
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

static int64_t monotonic_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * NS_PER_S + ts.tv_nsec;
}

/* Again, if this thread was put aside between the two: that would look like a step. */
static struct look look(const struct cutter *c)
{
	struct look l;

	do {
		l.at = monotonic_ns();
		l.ns = c->o.now ? c->o.now(c->o.context) : clock_now_ns();
	} while (monotonic_ns() - l.at > STEP_NS / 10);
	return l;
}

/* A clock that was set is told of, with both times: what is in which interval depends on it. */
static void watch_clock(struct cutter *c, struct look now)
{
	int64_t by = (now.ns - c->looked.ns) - (now.at - c->looked.at);
	char from[RFC3339_SIZE], to[RFC3339_SIZE];

	if (by >= STEP_NS || by <= -STEP_NS) {
		log_warn("the clock was set by %+.3f s, from %s to %s: intervals follow it", (double)by / 1e9,
			clock_format(from, (now.ns - by) / NS_PER_S), clock_format(to, now.ns / NS_PER_S));
		c->now.was_stepped = true;
	}
	c->looked = now;
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

/* How much of the stage's interval had passed. A cut is late by a moment, in which nothing was missed; by a
 * clock that was set nothing can be measured. */
static uint32_t covered_ms(const struct cutter *c, const struct stage *s, struct look closed)
{
	int64_t end = (s->start + c->interval) * NS_PER_S, whole = c->interval * 1000;
	int64_t ns = s->was_stepped ? closed.at - s->opened_at :
				      (closed.ns < end ? closed.ns : end) - s->opened_ns;
	int64_t ms = ns / NS_PER_MS;

	return (uint32_t)(ms < 0 ? 0 : ms < whole ? ms : whole);
}

/* The stage is at rest: it becomes an interval, in the order that bankfile.h asks for. */
static void take(struct cutter *c, const struct stage *s, struct look closed)
{
	uint32_t n_taps = s->era->view->layout.n_taps;
	uint64_t *missed = mem_array(n_taps, sizeof(*missed));
	size_t n_banks;
	struct bank **bank = banks_of(c, s, &n_banks);
	struct interval *iv;

	for (uint32_t tap = 0; tap < n_taps; tap++)
		missed[tap] = c->o.missed(c->o.context, tap);
	iv = snapshot_take(s->era->snapshot, bank, n_banks, missed);
	free(bank);
	free(missed);
	era_stamp(s->era, iv, s->start, covered_ms(c, s, closed), ORIGIN_LIVE);
	iv->generation = s->generation;
	if (c->o.seen)
		c->o.seen(c->o.context, iv);
	spill_put(c->o.folder, iv); /* without it the interval is safe only while we live; logged */
	enqueue(c, iv);
	bankfile_done(s->era->banks, s->set);
	if (c->o.source.ops)
		c->o.source.ops->done(c->o.source.self);
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
static struct stage following(struct cutter *c, struct look now)
{
	struct era *next = take_next_era(c);
	struct stage s = {
		.era = next ? next : c->now.era,
		.set = next ? 0 : !c->now.set,
		.generation = c->now.generation + 1,
		.start = start_of(c, now.ns),
		.opened_ns = now.ns,
		.opened_at = now.at,
	};

	if (s.start == c->now.start + c->interval) { /* late by a moment, but nothing was missed in it */
		s.opened_ns = s.start * NS_PER_S;
		s.opened_at -= now.ns - s.opened_ns;
	}
	bankfile_begin(s.era->banks, s.set, s.generation, s.start, s.opened_ns);
	return s;
}

/* The clock jumped, or this thread did not run: either way it is told which intervals are not what one
 * expects. live_writer.h says what becomes of those that nobody cut. */
static void tell_jump(const struct cutter *c, int64_t from, int64_t to)
{
	int64_t silent = (to - from) / c->interval - 1;
	char after[RFC3339_SIZE], before[RFC3339_SIZE];

	clock_format(after, from);
	clock_format(before, to);
	if (silent > 0)
		log_warn("no cut between the intervals from %s and from %s: %" PRId64
			 " intervals in between are silent and not covered",
			after, before, silent);
	else if (to < from)
		log_warn("the interval from %s is closed early, and the one from %s is opened: what comes up to "
			 "%s adds to intervals that may be in the journal already",
			after, before, after);
}

static void cut(struct cutter *c, struct look now)
{
	const struct stage old = c->now;

	c->now = following(c, now);
	tell_jump(c, old.start, c->now.start);
	for (size_t i = 0; i < c->o.n_workers; i++)
		worker_ask(&c->o.worker[i], &c->now.era->shift[c->now.set][i]);
	if (c->o.source.ops) /* this one waits by itself */
		c->o.source.ops->ask(c->o.source.self, c->now.era->view, c->now.generation, c->now.start);
	for (size_t i = 0; i < c->o.n_workers; i++)
		worker_wait(&c->o.worker[i]);
	take(c, &old, now);
	if (c->now.era != old.era) {
		era_remove_banks(old.era);
		era_free(old.era);
	}
}

/* Until the next cut is due, or the bank file wants to hear that we live. True: no more. */
static bool rest(const struct cutter *c)
{
	int64_t due = (c->now.start + c->interval) * NS_PER_S - look(c).ns;
	struct timespec time = { .tv_nsec = due < 0 ? 0 : due < ALIVE_NS ? due : ALIVE_NS };
	struct pollfd stop = { .fd = c->stop, .events = POLLIN };

	if (ppoll(&stop, 1, &time, NULL) < 0 && errno != EINTR)
		log_error("cutter: poll: %s", strerror(errno));
	return stop.revents != 0;
}

static void *run(void *self)
{
	struct cutter *c = self;

	pthread_setname_np(pthread_self(), "cutter");
	while (!rest(c)) {
		watch_clock(c, look(c));
		bankfile_alive(c->now.era->banks, c->looked.ns);
		if (start_of(c, c->looked.ns) != c->now.start)
			cut(c, c->looked);
	}
	return NULL;
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
	struct look now = c->looked = look(c);

	for (uint32_t tap = 0; tap < c->o.era->view->layout.n_taps; tap++)
		c->o.missed(c->o.context, tap); /* from here on */
	c->now = (struct stage){ .era = c->o.era,
		.generation = c->o.generation + 2, /* one is left out: time passed between two daemons */
		.start = start_of(c, now.ns),
		.opened_ns = now.ns,
		.opened_at = now.at };
	bankfile_begin(c->now.era->banks, 0, c->now.generation, c->now.start, now.ns);
	bankfile_alive(c->now.era->banks, now.ns);
	if (c->o.source.ops)
		c->o.source.ops->begin(c->o.source.self, c->now.generation, c->now.start);
}

static void cutter_discard(struct cutter *c)
{
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
	watch_clock(c, look(c));
	take(c, &c->now, c->looked);
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
	if (!replaced)
		return;
	if (c->o.source.ops)
		c->o.source.ops->forget(c->o.source.self, replaced->view);
	era_remove_banks(replaced);
	era_free(replaced);
}
