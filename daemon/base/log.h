/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Diagnostics to standard error, one line each: "transitd: journal aktau-1.db: disk full".
 * Any thread may log except a worker inside its burst. Lines are written with one write(2), so that
 * two threads never share a line. Under systemd (JOURNAL_STREAM set) the syslog level is prefixed.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

enum log_level { LOG_NONE = 0, LOG_ERROR = 3, LOG_WARN = 4, LOG_INFO = 6, LOG_DEBUG = 7 };

/* Sets the program's name and the most detailed level that is printed. Call once, before threads. */
void log_init(const char *program, enum log_level most);

void log_print(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

#define log_error(...) log_print(LOG_ERROR, __VA_ARGS__)
#define log_warn(...)  log_print(LOG_WARN, __VA_ARGS__)
#define log_info(...)  log_print(LOG_INFO, __VA_ARGS__)
#define log_debug(...) log_print(LOG_DEBUG, __VA_ARGS__)

/* A line on standard error that is not for good (progress.h): what is told meanwhile erases it first. */
void log_line_show(const char *line);
void log_line_erase(void);

#endif
