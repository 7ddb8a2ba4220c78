/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Workers: threads that take frames from their queues to completion. A worker works in shifts; a shift is a
 * view to classify by and a bank to count in. Whoever cuts asks for the next shift and waits until each
 * worker has begun it, which it does between two bursts: every frame falls whole on one side, no worker
 * ever waits, and what the old shift pointed to is at rest from then on. A new configuration is a shift
 * with another view.
 */
#ifndef PATH_WORKER_H
#define PATH_WORKER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "bank.h"
#include "tap.h"
#include "view.h"

struct shift {
	const struct view *view;
	struct bank *bank;
};

struct worker {
	_Atomic(const struct shift *) asked; /* the cut stores, the worker loads */
	_Atomic(const struct shift *) begun; /* the worker stores, the cut loads */
	atomic_bool stop;		     /* control stores */
	/* The worker stores, anybody loads. Cycles of the time-stamp counter: all, and those of turns in which
	 * frames came. */
	_Atomic uint64_t packets, busy_cycles, cycles;
	struct tap_queue **queue;	     /* the worker alone */
	size_t n_queues;
	int cpu;	 /* -1: wherever the kernel puts it */
	bool idle_sleep; /* nap when nothing comes, else poll */
	void (*enter)(void); /* called first by the thread itself (DPDK registers it), or NULL */
	void (*leave)(void);
	pthread_t thread;
};

/* Starts the thread with its first shift. 0 or -errno. */
int worker_start(struct worker *w, const struct shift *first);

/* Asks for the next shift; worker_wait() returns when the worker has begun it. */
void worker_ask(struct worker *w, const struct shift *next);
void worker_wait(const struct worker *w);

/* Ends after the burst at hand; all that was received is counted when this returns. */
void worker_stop(struct worker *w);

#endif
