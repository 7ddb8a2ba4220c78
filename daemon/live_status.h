/* SPDX-License-Identifier: BSD-3-Clause */
/* What a live meter says of itself: the reply to `status`. Main thread. */
#ifndef LIVE_STATUS_H
#define LIVE_STATUS_H

#include <stdbool.h>

#include "meter.h"
#include "text.h"
#include "worker.h"

struct live_drift;
struct live_taps;
struct live_totals;

/* What there is to say; all borrowed. */
struct live_view {
	struct meter *meter;
	const struct live_totals *totals;
	const struct live_taps *taps;
	struct live_drift *drift;
	const struct worker *worker;
	size_t n_workers;
	bool is_waiting; /* an interval that the journal did not take */
	int64_t started; /* Unix seconds */
};

/* Appends a JSON object; docs/control.md. */
void live_status(const struct live_view *v, struct text *out);

/* Why it is not metering as it should: JSON strings, separated by commas; nothing when all is well. */
void live_status_reasons(const struct live_view *v, struct text *out);

/* The words for enum sink_state; ends with NULL. */
extern const char *const live_status_state[];

#endif
