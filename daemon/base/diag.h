/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What is wrong with somebody's input: lines "FILE:LINE: what is wrong; what is allowed". A reader of
 * input takes a struct diag, goes on after a mistake where it can, and returns -EINVAL at the end.
 * Main turns a non-zero count into exit status 2. Tests give a memory stream.
 */
#ifndef BASE_DIAG_H
#define BASE_DIAG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct diag {
	FILE *out;	   /* borrowed; where the lines go */
	unsigned count;	   /* mistakes found, printed or not */
	unsigned most;	   /* lines printed at the most (0: DIAG_MOST); the rest is counted */
};

#define DIAG_MOST 20

/* Reports one mistake. `line` 0: the whole file ("FILE: what"). */
void diag_at(struct diag *d, const char *file, unsigned line, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* Somebody's text, fit for a message: in double quotes, control characters as \xNN, cut to about 60
 * bytes. Returns `buf`. */
#define DIAG_QUOTE_SIZE 320
char *diag_quote(char buf[static DIAG_QUOTE_SIZE], const char *s, size_t size);

/* Whether the text can stand in a message, or in a table for people, as it is: no control characters. */
bool diag_is_plain(const char *s, size_t size);

/* Prints how many lines were left out, if any. */
void diag_end(const struct diag *d);

#endif
