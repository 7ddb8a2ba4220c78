/* SPDX-License-Identifier: BSD-3-Clause */
#include "live_drift.h"

#include <pthread.h>
#include <stdlib.h>

#include "text.h"

struct live_drift {
	pthread_mutex_t lock;
	struct drift tap[];
};

struct live_drift *live_drift_new(size_t n_taps)
{
	struct live_drift *d = mem_alloc(sizeof(*d) + n_taps * sizeof(d->tap[0]));

	pthread_mutex_init(&d->lock, NULL);
	return d;
}

void live_drift_free(struct live_drift *d)
{
	if (!d)
		return;
	pthread_mutex_destroy(&d->lock);
	free(d);
}

void live_drift_port(struct live_drift *d, size_t tap, uint64_t packets, uint64_t octets)
{
	struct drift *t = &d->tap[tap];

	pthread_mutex_lock(&d->lock);
	t->port_packets = packets;
	t->port_bytes = octets;
	t->known = true;
	pthread_mutex_unlock(&d->lock);
}

void live_drift_counted(struct live_drift *d, size_t tap, const struct tap_count *count)
{
	struct drift *t = &d->tap[tap];

	pthread_mutex_lock(&d->lock);
	t->counted_packets += count->packets;
	t->counted_bytes += count->l2_bytes;
	pthread_mutex_unlock(&d->lock);
}

struct drift live_drift_get(struct live_drift *d, size_t tap)
{
	struct drift t;

	pthread_mutex_lock(&d->lock);
	t = d->tap[tap];
	pthread_mutex_unlock(&d->lock);
	return t;
}
