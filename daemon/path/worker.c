/* SPDX-License-Identifier: BSD-3-Clause */
#include "worker.h"

#include <errno.h>
#include <sched.h>
#include <time.h>

#include "cycles.h"

#define IDLE_SPINS 256		 /* empty turns before the first nap */
#define NAP_NS	   INT64_C(50000) /* short beside any receive ring */
#define WAIT_NS	   INT64_C(20000)

static void nap(int64_t ns)
{
	nanosleep(&(struct timespec){ .tv_nsec = ns }, NULL);
}

/* One look at every queue. Returns how many frames came. */
static uint32_t turn(struct worker *w, const struct shift *shift)
{
	struct burst b;
	uint32_t frames = 0;

	for (size_t i = 0; i < w->n_queues; i++) {
		struct tap_queue *q = w->queue[i];

		q->ops->receive(q, &b);
		if (!b.n)
			continue;
		burst_classify(&b, shift->view, shift->bank, q->tap);
		burst_count(&b, shift->bank, q->tap);
		q->ops->release(q, &b);
		frames += b.n;
	}
	return frames;
}

static void add(_Atomic uint64_t *to, uint64_t n)
{
	/* One writer: no locked instruction is needed. */
	atomic_store_explicit(to, atomic_load_explicit(to, memory_order_relaxed) + n, memory_order_relaxed);
}

static void *work(void *self)
{
	struct worker *w = self;
	const struct shift *shift = atomic_load_explicit(&w->begun, memory_order_relaxed);
	uint64_t before = cycles_now();
	unsigned idle = 0;

	pthread_setname_np(pthread_self(), "worker");
	if (w->enter)
		w->enter();
	while (!atomic_load_explicit(&w->stop, memory_order_relaxed)) {
		const struct shift *asked =
			atomic_load_explicit(&w->asked, memory_order_acquire);

		if (asked != shift) {
			shift = asked;
			atomic_store_explicit(&w->begun, shift, memory_order_release);
		}
		uint32_t frames = turn(w, shift);
		uint64_t now = cycles_now();

		add(&w->cycles, now - before);
		if (frames) {
			add(&w->packets, frames);
			add(&w->busy_cycles, now - before);
			idle = 0;
		}
		before = now;
		if (!frames && w->idle_sleep && ++idle > IDLE_SPINS)
			nap(NAP_NS);
	}
	if (w->leave)
		w->leave();
	return NULL;
}

int worker_start(struct worker *w, const struct shift *first)
{
	pthread_attr_t attr;
	cpu_set_t cpus;
	int error;

	atomic_store(&w->asked, first);
	atomic_store(&w->begun, first);
	atomic_store(&w->stop, false);
	pthread_attr_init(&attr);
	if (w->cpu >= 0) {
		CPU_ZERO(&cpus);
		CPU_SET((size_t)w->cpu, &cpus);
		pthread_attr_setaffinity_np(&attr, sizeof(cpus), &cpus);
	}
	error = pthread_create(&w->thread, &attr, work, w);
	pthread_attr_destroy(&attr);
	return -error;
}

void worker_ask(struct worker *w, const struct shift *next)
{
	atomic_store_explicit(&w->asked, next, memory_order_release);
}

void worker_wait(const struct worker *w)
{
	const struct shift *asked = atomic_load_explicit(&w->asked, memory_order_relaxed);

	while (atomic_load_explicit(&w->begun, memory_order_acquire) != asked)
		nap(WAIT_NS);
}

void worker_stop(struct worker *w)
{
	atomic_store(&w->stop, true);
	pthread_join(w->thread, NULL);
}
