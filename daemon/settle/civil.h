/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Calendar dates and settlement periods, without a zone and without a clock. A date is a number of days
 * since 1970-01-01 in the proleptic Gregorian calendar, so that differences of dates are day counts.
 */
#ifndef SETTLE_CIVIL_H
#define SETTLE_CIVIL_H

#include <stdbool.h>
#include <stdint.h>

#define DATE_SIZE   11 /* "2026-11-22" and the terminator */
#define PERIOD_SIZE 8  /* "2026-11", "2026-Q4" */

int32_t civil_days(int year, int month, int day);
void civil_date(int32_t days, int *year, int *month, int *day);

/* "YYYY-MM-DD", years 1970..9998. 0, or -EINVAL. */
int civil_parse(const char *text, int32_t *days);
char *civil_format(char buf[static DATE_SIZE], int32_t days);

enum period_kind { PERIOD_MONTH, PERIOD_QUARTER };

/* Months since January of year 0, the first of the period; a quarter is three of them. */
struct period {
	enum period_kind kind;
	int32_t month;
};

/* "2026-11" or "2026-Q4". 0, or -EINVAL. */
int period_parse(const char *text, struct period *p);
char *period_format(char buf[static PERIOD_SIZE], const struct period *p);

/* The period of this kind that holds the date. */
struct period period_of(enum period_kind kind, int32_t days);
struct period period_next(const struct period *p);
int32_t period_first_day(const struct period *p);
int32_t period_days(const struct period *p);
/* How many periods lie between (b - a); the kinds are equal. */
int32_t period_distance(const struct period *a, const struct period *b);

#endif
