/* SPDX-License-Identifier: BSD-3-Clause */
/* What a live meter says of itself: the reply to `status`. Main thread. */
#ifndef LIVE_STATUS_H
#define LIVE_STATUS_H

#include <stdbool.h>

#include "meter.h"
#include "text.h"
#include "worker.h"

struct live_drift;

/* Sums over all intervals written since the start, per tap. Zero-initialise. */
struct live_totals {
	struct tap_count *tap;
	size_t n_taps;
	uint64_t intervals;
	int64_t end; /* of the newest, Unix seconds */
};

void live_totals_add(struct live_totals *t, const struct interval *iv);
void live_totals_free(struct live_totals *t);

/* What there is to say; all borrowed. */
struct live_view {
	struct meter *meter;
	const struct live_totals *totals;
	struct live_drift *drift;
	const struct worker *worker;
	size_t n_workers;
	bool is_waiting; /* an interval that the journal did not take */
};

/* Appends a JSON object; docs/control.md. */
void live_status(const struct live_view *v, struct text *out);

#endif
