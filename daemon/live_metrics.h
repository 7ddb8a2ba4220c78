/* SPDX-License-Identifier: BSD-3-Clause */
/* A live meter's figures as metrics; docs/metrics.md. Main thread: nothing here waits for a worker.
 */
#ifndef LIVE_METRICS_H
#define LIVE_METRICS_H

#include "exposition.h"
#include "live_status.h"

/* Appends all of them. */
void live_metrics(const struct live_view *v, bool is_open, struct text *out);

#endif
