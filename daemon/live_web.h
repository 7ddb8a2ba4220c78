/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The meter over HTTP, for machines: /metrics, /health, /ready (docs/metrics.md). It listens from
 * the start of the program, and has something to say while live.c meters. Main thread.
 */
#ifndef LIVE_WEB_H
#define LIVE_WEB_H

#include "config.h"
#include "live_status.h"

struct event_base;
struct live_web;

/* 0, and *out NULL if the configuration asks for none; -EINVAL: bad tokens, or -errno (logged). */
int live_web_open(struct event_base *base, const struct config *c, struct live_web **out);
void live_web_close(struct live_web *w); /* accepts NULL */

/* How the meter is now. */
typedef struct live_view live_view_fn(const void *context);

/* From now on there is something to say; NULL: no longer. `w` may be NULL. */
void live_web_serve(struct live_web *w, live_view_fn *view, const void *context);

#endif
