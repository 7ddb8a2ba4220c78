/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Meters live taps. Three kinds of threads: workers count; the cutter cuts at UTC multiples of the interval
 * and does nothing else, so that nothing delays it; the main thread writes the journal and feeds Redis.
 */
#ifndef LIVE_H
#define LIVE_H

#include "meter.h"

struct live;

/* Opens the taps, or logs why one cannot be metered and returns NULL. */
struct live *live_open(struct meter *m);
void live_close(struct live *l); /* accepts NULL */

/* Until SIGTERM or SIGINT; then the last interval is closed and written. */
enum exit_status live_run(struct live *l);

#endif
