/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The eras of a live meter: the counters of the first one, and each further one by a reload, built aside
 * and handed to the cutter, which begins it with the next interval. A configuration that cannot be in
 * force changes nothing. Main thread.
 */
#ifndef LIVE_ERAS_H
#define LIVE_ERAS_H

#include "live.h"
#include "text.h"

struct cutter;
struct live_taps;

/* All borrowed; zero-initialise the rest. */
struct live_eras {
	struct meter *meter;
	const struct live_source *source;
	const char *folder; /* of the state */
	size_t n_workers;
	struct live_taps *taps;
	struct cutter *cutter; /* for reloads */
	uint64_t n_banks;      /* bank files made */
};

/* Makes the bank file of the meter's first era. 0 or -errno (logged). */
int live_eras_first(struct live_eras *e);

/* Reads the configuration again. Logs what came of it and appends it to `reply`: docs/control.md. */
void live_eras_reload(struct live_eras *e, struct text *reply);

#endif
