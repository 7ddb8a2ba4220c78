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
#include "text.h"

#define NS_PER_S	INT64_C(1000000000)
#define MAX_CATCH_UP	1000 /* silent intervals written at once after a jump of the clock */

struct waiting {
	struct interval *iv;
	struct waiting *next;
};

struct cutter {
	const struct meter *meter;
	struct worker *worker;
	size_t n_workers;
	cutter_missed_fn *missed;
	void *context;

	/* The thread alone. shift[s][w] and bank[s][w]: one of the two sets is worked in, the other rests. */
	struct shift *shift[2];
	struct bank **bank[2];
	int set;
	int64_t start;	   /* of the open interval, Unix seconds */
	int64_t opened_ns; /* monotonic: when the meter began to count in it */

	int timer, stop, ready;
	pthread_t thread;
	pthread_mutex_t lock; /* of the queue */
	struct waiting *first, **last;
};

static int64_t monotonic_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * NS_PER_S + ts.tv_nsec;
}

static int64_t start_of(const struct cutter *c, int64_t now_ns)
{
	int64_t length = c->meter->config->interval;

	return now_ns / NS_PER_S / length * length;
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

/* The banks of set `set` are at rest: what they hold becomes the open interval, and they are cleared. */
static void take(struct cutter *c, int set, int64_t closed_ns)
{
	const struct meter *m = c->meter;
	uint32_t n_taps = m->view->layout.n_taps;
	uint64_t *missed = mem_array(n_taps, sizeof(*missed));
	int64_t covered = (closed_ns - c->opened_ns) / 1000000, whole = m->config->interval * 1000;
	struct interval *iv;

	for (uint32_t tap = 0; tap < n_taps; tap++)
		missed[tap] = c->missed(c->context, tap);
	iv = snapshot_take(m->snapshot, c->bank[set], c->n_workers, missed);
	free(missed);
	meter_stamp(m, iv, c->start, (uint32_t)(covered < whole ? covered : whole), ORIGIN_LIVE);
	enqueue(c, iv);
	for (size_t i = 0; i < c->n_workers; i++)
		bank_clear(c->bank[set][i]);
}

/* An interval that passed without a cut: the clock jumped, or this thread did not run. What was counted
 * meanwhile is in the one before; this one was not covered, and says so. */
static void take_nothing(struct cutter *c)
{
	const struct meter *m = c->meter;
	struct interval *iv = snapshot_take(m->snapshot, NULL, 0, NULL);

	meter_stamp(m, iv, c->start, 0, ORIGIN_LIVE);
	enqueue(c, iv);
}

static void cut(struct cutter *c, int64_t now_ns)
{
	int64_t next = start_of(c, now_ns), length = c->meter->config->interval, closed_ns;
	int old = c->set;

	c->set = !old;
	for (size_t i = 0; i < c->n_workers; i++)
		worker_ask(&c->worker[i], &c->shift[c->set][i]);
	closed_ns = monotonic_ns();
	for (size_t i = 0; i < c->n_workers; i++)
		worker_wait(&c->worker[i]);
	take(c, old, closed_ns);
	c->opened_ns = closed_ns;
	c->start += length;
	for (int n = 0; c->start < next && n < MAX_CATCH_UP; n++, c->start += length)
		take_nothing(c);
	c->start = next;
}

static void set_timer(const struct cutter *c)
{
	struct itimerspec at = { .it_value.tv_sec = c->start + c->meter->config->interval };

	/* CANCEL_ON_SET: a step of the clock wakes us, and the time is looked at anew. */
	timerfd_settime(c->timer, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &at, NULL);
}

static void *run(void *self)
{
	struct cutter *c = self;
	struct pollfd fds[] = { { .fd = c->timer, .events = POLLIN }, { .fd = c->stop, .events = POLLIN } };

	for (;;) {
		uint64_t expirations;
		int64_t now_ns;

		set_timer(c);
		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			log_error("cutter: poll: %s", strerror(errno));
		if (fds[1].revents)
			return NULL;
		if (read(c->timer, &expirations, sizeof(expirations)) < 0 && errno == ECANCELED)
			log_warn("the clock was set: intervals follow it");
		now_ns = clock_now_ns();
		if (start_of(c, now_ns) > c->start)
			cut(c, now_ns);
	}
}

static bool make_banks(struct cutter *c)
{
	for (int s = 0; s < 2; s++) {
		c->shift[s] = mem_array(c->n_workers, sizeof(*c->shift[s]));
		c->bank[s] = mem_array(c->n_workers, sizeof(*c->bank[s]));
		for (size_t i = 0; i < c->n_workers; i++) {
			c->bank[s][i] = bank_new(&c->meter->view->layout);
			if (!c->bank[s][i])
				return false;
			c->shift[s][i] =
				(struct shift){ .view = c->meter->view, .bank = c->bank[s][i] };
		}
	}
	return true;
}

static void close_fd(int fd)
{
	if (fd >= 0)
		close(fd);
}

void cutter_free(struct cutter *c)
{
	if (!c)
		return;
	for (struct waiting *w = c->first, *next; w; w = next) {
		next = w->next;
		interval_free(w->iv);
		free(w);
	}
	for (int s = 0; s < 2; s++) {
		for (size_t i = 0; c->bank[s] && i < c->n_workers; i++)
			bank_free(c->bank[s][i]);
		free(c->bank[s]);
		free(c->shift[s]);
	}
	close_fd(c->timer);
	close_fd(c->stop);
	close_fd(c->ready);
	pthread_mutex_destroy(&c->lock);
	free(c);
}

static int start_workers(struct cutter *c)
{
	for (size_t i = 0; i < c->n_workers; i++) {
		int error = worker_start(&c->worker[i], &c->shift[0][i]);

		if (!error)
			continue;
		log_error("worker %zu on CPU %d: %s", i, c->worker[i].cpu, strerror(-error));
		while (i--)
			worker_stop(&c->worker[i]);
		return error;
	}
	return 0;
}

struct cutter *cutter_start(const struct meter *m, struct worker *worker, size_t n_workers,
	cutter_missed_fn *missed, void *context)
{
	struct cutter *c = mem_alloc(sizeof(*c));

	c->meter = m;
	c->worker = worker;
	c->n_workers = n_workers;
	c->missed = missed;
	c->context = context;
	c->last = &c->first;
	pthread_mutex_init(&c->lock, NULL);
	c->timer = timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC);
	c->stop = eventfd(0, EFD_CLOEXEC);
	c->ready = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (!make_banks(c)) {
		log_error("no memory for two banks of %u cells for each of %zu workers",
			m->view->layout.n_slots, n_workers);
		cutter_free(c);
		return NULL;
	}
	for (uint32_t tap = 0; tap < m->view->layout.n_taps; tap++)
		missed(context, tap); /* from here on */
	c->opened_ns = monotonic_ns();
	c->start = start_of(c, clock_now_ns());
	if (start_workers(c)) {
		cutter_free(c);
		return NULL;
	}
	if (pthread_create(&c->thread, NULL, run, c)) {
		log_error("cutter: no thread");
		for (size_t i = 0; i < n_workers; i++)
			worker_stop(&worker[i]);
		cutter_free(c);
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
	for (size_t i = 0; i < c->n_workers; i++)
		worker_stop(&c->worker[i]);
	take(c, c->set, monotonic_ns());
}

int cutter_fd(const struct cutter *c)
{
	return c->ready;
}

void cutter_acknowledge(const struct cutter *c, int fd)
{
	uint64_t count;

	(void)c;
	while (read(fd, &count, sizeof(count)) > 0)
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
