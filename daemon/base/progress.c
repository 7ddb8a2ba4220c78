/* SPDX-License-Identifier: BSD-3-Clause */
#include "progress.h"

#include <stdarg.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "log.h"

#define FIRST_MS 500
#define EVERY_MS 100
#define MOST	 120 /* characters */

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void progress_begin(struct progress *p)
{
	*p = (struct progress){ .on = isatty(STDERR_FILENO) == 1 };
	if (p->on)
		p->next = now_ms() + FIRST_MS;
}

bool progress_due(struct progress *p)
{
	return p->on && !(++p->calls & 63) && now_ms() >= p->next;
}

void progress_show(struct progress *p, const char *format, ...)
{
	struct winsize w = { .ws_col = 0 };
	char line[MOST + 1];
	va_list ap;

	if (!p->on)
		return;
	va_start(ap, format);
	vsnprintf(line, sizeof(line), format, ap);
	va_end(ap);
	ioctl(STDERR_FILENO, TIOCGWINSZ, &w);
	if (w.ws_col && w.ws_col <= MOST)
		line[w.ws_col - 1] = 0;
	log_line_show(line);
	p->next = now_ms() + EVERY_MS;
}

void progress_end(struct progress *p)
{
	if (p->on)
		log_line_erase();
	p->on = false;
}
