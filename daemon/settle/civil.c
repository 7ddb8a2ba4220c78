/* SPDX-License-Identifier: BSD-3-Clause */
#include "civil.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Counted in 400-year cycles that begin on 1 March, so that the leap day is a year's last. */
#define CYCLE_DAYS   146097
#define EPOCH_OFFSET 719468 /* 0000-03-01 to 1970-01-01 */
#define FIRST_YEAR   1970
#define LAST_YEAR    9998

int32_t civil_days(int year, int month, int day)
{
	int y = month <= 2 ? year - 1 : year;
	int cycle = y / 400, of_cycle = y - cycle * 400;
	int of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return cycle * CYCLE_DAYS + of_cycle * 365 + of_cycle / 4 - of_cycle / 100 + of_year -
		EPOCH_OFFSET;
}

void civil_date(int32_t days, int *year, int *month, int *day)
{
	int z = days + EPOCH_OFFSET;
	int cycle = z / CYCLE_DAYS, doc = z - cycle * CYCLE_DAYS;
	int yoc = (doc - doc / 1460 + doc / 36524 - doc / 146096) / 365;
	int doy = doc - (365 * yoc + yoc / 4 - yoc / 100);
	int m = (5 * doy + 2) / 153;

	*day = doy - (153 * m + 2) / 5 + 1;
	*month = m < 10 ? m + 3 : m - 9;
	*year = yoc + cycle * 400 + (*month <= 2);
}

/* Exactly `n` digits at `s`, or -1. */
static int digits(const char *s, int n)
{
	int value = 0;

	for (int i = 0; i < n; i++) {
		if (s[i] < '0' || s[i] > '9')
			return -1;
		value = value * 10 + (s[i] - '0');
	}
	return value;
}

static bool year_ok(int year)
{
	return year >= FIRST_YEAR && year <= LAST_YEAR;
}

int civil_parse(const char *text, int32_t *days)
{
	int year, month, day, y, m, d;

	if (strlen(text) != DATE_SIZE - 1 || text[4] != '-' || text[7] != '-')
		return -EINVAL;
	year = digits(text, 4);
	month = digits(text + 5, 2);
	day = digits(text + 8, 2);
	if (!year_ok(year) || month < 1 || month > 12 || day < 1 || day > 31)
		return -EINVAL;
	/* 30 February becomes 1 or 2 March: not the same date again. */
	civil_date(civil_days(year, month, day), &y, &m, &d);
	if (m != month)
		return -EINVAL;
	*days = civil_days(year, month, day);
	return 0;
}

char *civil_format(char buf[static DATE_SIZE], int32_t days)
{
	int y, m, d;

	civil_date(days, &y, &m, &d);
	snprintf(buf, DATE_SIZE, "%04u-%02u-%02u", (unsigned)y % 10000, (unsigned)m % 100,
		(unsigned)d % 100);
	return buf;
}

int period_parse(const char *text, struct period *p)
{
	size_t n = strlen(text);
	int year, part;

	if (n != PERIOD_SIZE - 1 || text[4] != '-')
		return -EINVAL;
	year = digits(text, 4);
	if (!year_ok(year))
		return -EINVAL;
	if (text[5] == 'Q') {
		part = digits(text + 6, 1);
		if (part < 1 || part > 4)
			return -EINVAL;
		*p = (struct period){ PERIOD_QUARTER, year * 12 + (part - 1) * 3 };
		return 0;
	}
	part = digits(text + 5, 2);
	if (part < 1 || part > 12)
		return -EINVAL;
	*p = (struct period){ PERIOD_MONTH, year * 12 + part - 1 };
	return 0;
}

char *period_format(char buf[static PERIOD_SIZE], const struct period *p)
{
	unsigned year = (unsigned)(p->month / 12) % 10000, month = (unsigned)(p->month % 12);

	if (p->kind == PERIOD_QUARTER)
		snprintf(buf, PERIOD_SIZE, "%04u-Q%u", year, (month / 3 + 1) % 10);
	else
		snprintf(buf, PERIOD_SIZE, "%04u-%02u", year, (month + 1) % 100);
	return buf;
}

static int32_t months_of(enum period_kind kind)
{
	return kind == PERIOD_QUARTER ? 3 : 1;
}

struct period period_of(enum period_kind kind, int32_t days)
{
	int y, m, d;
	int32_t month;

	civil_date(days, &y, &m, &d);
	month = y * 12 + m - 1;
	return (struct period){ kind, month - month % months_of(kind) };
}

struct period period_next(const struct period *p)
{
	return (struct period){ p->kind, p->month + months_of(p->kind) };
}

int32_t period_first_day(const struct period *p)
{
	return civil_days(p->month / 12, p->month % 12 + 1, 1);
}

int32_t period_days(const struct period *p)
{
	struct period next = period_next(p);

	return period_first_day(&next) - period_first_day(p);
}

int32_t period_distance(const struct period *a, const struct period *b)
{
	return (b->month - a->month) / months_of(a->kind);
}
