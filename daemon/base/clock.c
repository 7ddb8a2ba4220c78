/* SPDX-License-Identifier: BSD-3-Clause */
#include "clock.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <time.h>

/* Days since 1970-01-01 in the proleptic Gregorian calendar and back: counted in 400-year cycles that
 * begin on 1 March, so that the leap day is a year's last. */
#define CYCLE_DAYS   146097
#define EPOCH_OFFSET 719468 /* 0000-03-01 to 1970-01-01 */

static int64_t days_from_civil(int year, int month, int day)
{
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t cycle = y / 400;
	int64_t of_cycle = y - cycle * 400;
	int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	int64_t day_of_cycle = of_cycle * 365 + of_cycle / 4 - of_cycle / 100 + of_year;

	return cycle * CYCLE_DAYS + day_of_cycle - EPOCH_OFFSET;
}

static void civil_from_days(int64_t days, int *year, int *month, int *day)
{
	int64_t z = days + EPOCH_OFFSET;
	int64_t cycle = z / CYCLE_DAYS;
	int64_t doc = z - cycle * CYCLE_DAYS;
	int64_t yoc = (doc - doc / 1460 + doc / 36524 - doc / 146096) / 365;
	int64_t doy = doc - (365 * yoc + yoc / 4 - yoc / 100);
	int64_t m = (5 * doy + 2) / 153;

	*day = (int)(doy - (153 * m + 2) / 5 + 1);
	*month = (int)(m < 10 ? m + 3 : m - 9);
	*year = (int)(yoc + cycle * 400 + (*month <= 2));
}

static void put(char *at, int digits, int value)
{
	for (int i = digits - 1; i >= 0; i--, value /= 10)
		at[i] = (char)('0' + value % 10);
}

char *clock_format(char buf[static RFC3339_SIZE], int64_t sec)
{
	static const char shape[RFC3339_SIZE] = "YYYY-MM-DDThh:mm:ssZ";
	int year, month, day;
	int64_t days, rest;

	if (sec < 0)
		sec = 0;
	if (sec > CLOCK_MAX_SEC)
		sec = CLOCK_MAX_SEC;
	days = sec / 86400;
	rest = sec % 86400;
	civil_from_days(days, &year, &month, &day);
	for (size_t i = 0; i < RFC3339_SIZE; i++)
		buf[i] = shape[i];
	put(buf, 4, year);
	put(buf + 5, 2, month);
	put(buf + 8, 2, day);
	put(buf + 11, 2, (int)(rest / 3600));
	put(buf + 14, 2, (int)(rest / 60 % 60));
	put(buf + 17, 2, (int)(rest % 60));
	return buf;
}

/* Reads exactly `digits` digits; -1 where there are none. */
static int number(const char **p, int digits)
{
	int n = 0;

	for (int i = 0; i < digits; i++, (*p)++) {
		if (**p < '0' || **p > '9')
			return -1;
		n = n * 10 + (**p - '0');
	}
	return n;
}

static bool literal(const char **p, char c)
{
	if (**p != c)
		return false;
	(*p)++;
	return true;
}

/* "Z", "+hh:mm" or "-hh:mm", in seconds; the end of the text must follow. */
static bool zone(const char *p, int64_t *offset)
{
	int sign = *p == '-' ? -1 : 1, hours, minutes;

	*offset = 0;
	if (*p == 'Z' || *p == 'z')
		return p[1] == 0;
	if (*p != '+' && *p != '-')
		return false;
	p++;
	hours = number(&p, 2);
	if (hours < 0 || hours > 23 || !literal(&p, ':'))
		return false;
	minutes = number(&p, 2);
	if (minutes < 0 || minutes > 59 || *p)
		return false;
	*offset = sign * (hours * 3600 + minutes * 60);
	return true;
}

int clock_parse(const char *p, int64_t *sec)
{
	static const int length[] = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	int year, month, day, hour, minute, second;
	int64_t offset, value;
	bool leap;

	if ((year = number(&p, 4)) < 1970 || !literal(&p, '-'))
		return -EINVAL;
	if ((month = number(&p, 2)) < 1 || month > 12 || !literal(&p, '-'))
		return -EINVAL;
	if ((day = number(&p, 2)) < 1 || day > length[month - 1])
		return -EINVAL;
	leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
	if (month == 2 && day == 29 && !leap)
		return -EINVAL;
	if (!literal(&p, 'T') && !literal(&p, 't') && !literal(&p, ' '))
		return -EINVAL;
	if ((hour = number(&p, 2)) < 0 || hour > 23 || !literal(&p, ':'))
		return -EINVAL;
	if ((minute = number(&p, 2)) < 0 || minute > 59 || !literal(&p, ':'))
		return -EINVAL;
	if ((second = number(&p, 2)) < 0 || second > 59)
		return -EINVAL;
	if (literal(&p, '.')) {
		if (*p != '0')
			return -EINVAL;
		while (*p == '0')
			p++;
	}
	if (!zone(p, &offset))
		return -EINVAL;
	value = days_from_civil(year, month, day) * 86400 + hour * 3600 + minute * 60 + second - offset;
	if (value < 0 || value > CLOCK_MAX_SEC)
		return -EINVAL;
	*sec = value;
	return 0;
}

char *clock_age(char buf[static CLOCK_AGE_SIZE], int64_t seconds)
{
	static const struct {
		int64_t size;
		const char *name;
	} unit[] = { { 86400, "days" }, { 3600, "h" }, { 60, "min" }, { 1, "s" } };
	size_t i = 0;

	seconds = seconds < 0 ? 0 : seconds;
	while (i < 3 && seconds < 2 * unit[i].size)
		i++;
	snprintf(buf, CLOCK_AGE_SIZE, "%" PRId64 " %s", seconds / unit[i].size, unit[i].name);
	return buf;
}

int64_t clock_now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}
