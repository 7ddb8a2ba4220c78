/* SPDX-License-Identifier: BSD-3-Clause */
#include "log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* The one process-wide state of base/: where diagnostics go, and what stands there. */
static const char *log_program = "transitd";
static enum log_level log_most = LOG_INFO;
static bool log_syslog_prefix;
static atomic_bool log_line_stands;

void log_init(const char *program, enum log_level most)
{
	log_program = program;
	log_most = most;
	log_syslog_prefix = getenv("JOURNAL_STREAM") != NULL;
}

void log_line_show(const char *line)
{
	if (dprintf(STDERR_FILENO, "\r%s\x1b[K", line) > 0)
		log_line_stands = true;
}

void log_line_erase(void)
{
	if (atomic_exchange(&log_line_stands, false) && write(STDERR_FILENO, "\r\x1b[K", 4) < 0)
		return; /* nobody is left to see it */
}

/* What came from a file must not move the cursor of whoever reads it, nor make lines of its own. Controls are below
 * 0x20, DEL, and U+0080 to U+009F. */
static void make_plain(char *line, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		unsigned char c = (unsigned char)line[i], last = i ? (unsigned char)line[i - 1] : 0;

		if (c < 0x20 || c == 0x7f || (last == 0xc2 && c >= 0x80 && c <= 0x9f))
			line[i] = '?';
	}
}

void log_print(enum log_level level, const char *format, ...)
{
	char line[1024];
	size_t at = 0;
	va_list ap;
	int n;

	if (level > log_most)
		return;
	if (log_syslog_prefix)
		at += (size_t)snprintf(line, sizeof(line), "<%d>", (int)level);
	at += (size_t)snprintf(line + at, sizeof(line) - at, "%s: ", log_program);
	va_start(ap, format);
	n = vsnprintf(line + at, sizeof(line) - at - 1, format, ap);
	va_end(ap);
	if (n < 0)
		return;
	at += (size_t)n;
	if (at > sizeof(line) - 2)
		at = sizeof(line) - 2;
	make_plain(line, at);
	line[at++] = '\n';
	log_line_erase();
	if (write(STDERR_FILENO, line, at) < 0)
		return; /* nobody is left to tell */
}
