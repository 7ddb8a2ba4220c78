/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What several interfaces lost, read by a thread of its own: the kernel tells it under its network lock, which a
 * driver may hold for seconds, and a cut cannot wait for that. What is not there in time is told with the next cut.
 */
#ifndef PATH_XDP_LOST_H
#define PATH_XDP_LOST_H

#include <pthread.h>
#include <time.h>

#include "xdp_missed.h"

struct xdp_lost {
	struct xdp_missed *port; /* [n] */
	size_t n;
	pthread_mutex_t reading; /* of these */

	pthread_mutex_t lock; /* of the rest */
	pthread_cond_t changed;
	uint64_t *missed; /* [n]: that nobody has taken yet */
	uint64_t asked, answered;
	struct timespec until; /* a cut waits for the answer */
	bool is_over;
	pthread_t thread;
	bool runs;
};

/* 0 or -errno; xdp_lost_free() either way. */
int xdp_lost_init(struct xdp_lost *l, size_t n);
void xdp_lost_free(struct xdp_lost *l);

/* From here on, up to here: while a program on the interface counts what is not lost. Any thread; these may wait. */
void xdp_lost_begin(struct xdp_lost *l, size_t port, const char *tap, const char *interface, int index, bool takes);
void xdp_lost_end(struct xdp_lost *l, size_t port);

/* The cut's side, by its thread: asks for all ports, and takes what one of them lost since the last time. */
void xdp_lost_ask(struct xdp_lost *l);
uint64_t xdp_lost_take(struct xdp_lost *l, size_t port);

#endif
