/* SPDX-License-Identifier: BSD-3-Clause */
/* Instants as text: RFC 3339 in UTC, and nothing that depends on the locale or the zone of the host. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

#define RFC3339_SIZE 21		       /* "2026-11-22T17:30:00Z" and the terminator */
#define CLOCK_MAX_SEC INT64_C(253402300799) /* 9999-12-31T23:59:59Z, the last instant RFC 3339 can write */

/* Writes `sec` (Unix seconds, 0..CLOCK_MAX_SEC) as "YYYY-MM-DDTHH:MM:SSZ". Returns `buf`. */
char *clock_format(char buf[static RFC3339_SIZE], int64_t sec);

/* Reads RFC 3339 with 'Z' or a numeric offset, whole seconds (a zero fraction is accepted).
 * 0 and *sec set, or -EINVAL and *sec untouched. */
int clock_parse(const char *text, int64_t *sec);

#define CLOCK_AGE_SIZE 32
/* How long ago, for people: "3 s", "5 min", "2 h", "4 days", in the largest unit of which there are two. What lies
 * ahead is "0 s". Returns `buf`. */
char *clock_age(char buf[static CLOCK_AGE_SIZE], int64_t seconds);

/* CLOCK_REALTIME in nanoseconds. */
int64_t clock_now_ns(void);

#endif
