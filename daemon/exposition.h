/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Figures as text for Prometheus and others: OpenMetrics 1.0, or the classic text format 0.0.4 that
 * came before it. A metric's head (HELP, TYPE, UNIT) is written with its first sample, so a metric
 * without samples leaves no trace.
 */
#ifndef EXPOSITION_H
#define EXPOSITION_H

#include <stdbool.h>
#include <stddef.h>

#include "text.h"

enum metric_type { METRIC_COUNTER, METRIC_GAUGE, METRIC_INFO };

struct metric {
	const char *name; /* without the suffix _total or _info of its samples */
	enum metric_type type;
	const char *unit; /* the end of the name, or NULL: none */
	const char *help; /* one line */
};

struct metric_label {
	const char *name, *value; /* any text */
};

/* Zero-initialise but for the first two. */
struct exposition {
	struct text *out;
	bool is_open;                /* OpenMetrics */
	const struct metric *metric; /* the one whose samples come */
};

/* One sample of `m`. All samples of a metric follow each other. */
void exposition_integer(struct exposition *e, const struct metric *m,
	const struct metric_label *label, size_t n, unsigned __int128 value);
void exposition_number(struct exposition *e, const struct metric *m,
	const struct metric_label *label, size_t n, double value);
void exposition_end(struct exposition *e);

/* "transitd_packets_total": what the samples are called. */
void exposition_name(struct text *out, const struct metric *m);

extern const char *const exposition_content[2]; /* the media type; [is_open] */

/* Whether what a client says it takes (the header Accept, or NULL) makes it OpenMetrics: if it names that, and
 * does not prefer text/plain. Others (curl, a browser, promtool behind them) know the classic format. */
bool exposition_is_open(const char *accept);

#endif
