/* SPDX-License-Identifier: BSD-3-Clause */
#include "xdp_lost.h"

#include <stdlib.h>

#include "text.h"

#define PATIENCE_NS 100000000 /* far more than an answer takes, little enough for the shortest interval */
#define NS_PER_S    1000000000

/* What a port lost since it was last looked at, and, if it is over, no more. */
static void look(struct xdp_lost *l, size_t port, bool is_over)
{
	uint64_t since;

	pthread_mutex_lock(&l->reading);
	since = xdp_missed_since(&l->port[port]);
	if (is_over)
		xdp_missed_close(&l->port[port]);
	pthread_mutex_unlock(&l->reading);
	pthread_mutex_lock(&l->lock);
	l->missed[port] += since;
	pthread_mutex_unlock(&l->lock);
}

static void *run(void *self)
{
	struct xdp_lost *l = self;

	pthread_mutex_lock(&l->lock);
	while (!l->is_over) {
		uint64_t asked = l->asked;

		if (asked == l->answered) {
			pthread_cond_wait(&l->changed, &l->lock);
			continue;
		}
		pthread_mutex_unlock(&l->lock);
		for (size_t i = 0; i < l->n; i++)
			look(l, i, false);
		pthread_mutex_lock(&l->lock);
		l->answered = asked;
		pthread_cond_broadcast(&l->changed);
	}
	pthread_mutex_unlock(&l->lock);
	return NULL;
}

int xdp_lost_init(struct xdp_lost *l, size_t n)
{
	pthread_condattr_t clock;
	int error;

	*l = (struct xdp_lost){ .n = n };
	l->port = mem_array(n, sizeof(*l->port));
	l->missed = mem_array(n, sizeof(*l->missed));
	pthread_mutex_init(&l->reading, NULL);
	pthread_mutex_init(&l->lock, NULL);
	pthread_condattr_init(&clock);
	pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
	pthread_cond_init(&l->changed, &clock);
	pthread_condattr_destroy(&clock);
	error = -pthread_create(&l->thread, NULL, run, l);
	l->runs = !error;
	return error;
}

void xdp_lost_free(struct xdp_lost *l)
{
	pthread_mutex_lock(&l->lock);
	l->is_over = true;
	pthread_cond_broadcast(&l->changed);
	pthread_mutex_unlock(&l->lock);
	if (l->runs)
		pthread_join(l->thread, NULL);
	for (size_t i = 0; i < l->n; i++)
		xdp_missed_close(&l->port[i]);
	pthread_cond_destroy(&l->changed);
	pthread_mutex_destroy(&l->lock);
	pthread_mutex_destroy(&l->reading);
	free(l->missed);
	free(l->port);
}

void xdp_lost_begin(struct xdp_lost *l, size_t port, const char *tap, const char *interface, int index, bool takes)
{
	pthread_mutex_lock(&l->reading);
	xdp_missed_open(&l->port[port], tap, interface, index, takes);
	pthread_mutex_unlock(&l->reading);
}

void xdp_lost_end(struct xdp_lost *l, size_t port)
{
	look(l, port, true);
}

void xdp_lost_ask(struct xdp_lost *l)
{
	pthread_mutex_lock(&l->lock);
	l->asked++;
	clock_gettime(CLOCK_MONOTONIC, &l->until);
	l->until.tv_nsec += PATIENCE_NS;
	if (l->until.tv_nsec >= NS_PER_S) {
		l->until.tv_nsec -= NS_PER_S;
		l->until.tv_sec++;
	}
	pthread_cond_broadcast(&l->changed);
	pthread_mutex_unlock(&l->lock);
}

uint64_t xdp_lost_take(struct xdp_lost *l, size_t port)
{
	uint64_t missed;
	int error = 0;

	pthread_mutex_lock(&l->lock);
	while (l->answered != l->asked && !error)
		error = pthread_cond_timedwait(&l->changed, &l->lock, &l->until);
	missed = l->missed[port];
	l->missed[port] = 0;
	pthread_mutex_unlock(&l->lock);
	return missed;
}
