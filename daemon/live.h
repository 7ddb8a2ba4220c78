/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Meters live taps. Three kinds of threads: workers count; the cutter cuts at UTC multiples of the interval
 * and does nothing else, so that nothing delays it; the main thread writes the journal, feeds Redis, and
 * answers the control socket.
 */
#ifndef LIVE_H
#define LIVE_H

#include "meter.h"

struct live;

/* How the configuration is read again on a reload. */
struct live_source {
	const char *file;
	const struct config_override *taps;
	size_t n_taps;
};

/* Opens the taps, or logs why one cannot be metered and returns NULL. Borrows both. */
struct live *live_open(struct meter *m, const struct live_source *source);
void live_close(struct live *l); /* accepts NULL */

/* Until SIGTERM or SIGINT; then the last interval is closed and written. */
enum exit_status live_run(struct live *l);

#endif
