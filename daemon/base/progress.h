/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How far long work has come, for whoever waits before a terminal: one line on standard error that is drawn anew
 * ten times a second at most, not in the first half second, and is erased at the end. Nothing at all where standard
 * error is no terminal. Diagnostics (log.h, diag.h) that come meanwhile erase the line first. One thread.
 *
 *	progress_begin(&p);
 *	for (...)
 *		if (progress_due(&p))
 *			progress_show(&p, "reading usage: %llu rows", rows);
 *	progress_end(&p);
 */
#ifndef BASE_PROGRESS_H
#define BASE_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
	bool on;
	unsigned calls;
	int64_t next; /* ms of the monotonic clock: when it may be drawn again */
};

void progress_begin(struct progress *p);
/* Whether to draw now. Cheap enough for every row: looks at the clock at every 64th call. */
bool progress_due(struct progress *p);
/* One line, cut at the terminal's width. */
void progress_show(struct progress *p, const char *format, ...) __attribute__((format(printf, 2, 3)));
void progress_end(struct progress *p);

#endif
