/* SPDX-License-Identifier: BSD-3-Clause */
#include "zone_rule.h"

#include <errno.h>
#include <string.h>

#include "civil.h"

#define DAY_SECONDS 86400

/* "CET" or "<+05>": skipped. */
static bool skip_name(const char **p)
{
	const char *s = *p;

	if (*s == '<') {
		s = strchr(s, '>');
		if (!s)
			return false;
		*p = s + 1;
		return true;
	}
	while ((*s >= 'A' && *s <= 'Z') || (*s >= 'a' && *s <= 'z'))
		s++;
	if (s - *p < 3)
		return false;
	*p = s;
	return true;
}

static bool number(const char **p, int least, int most, int *out)
{
	int n = 0, digits = 0;

	for (; **p >= '0' && **p <= '9' && digits < 4; (*p)++, digits++)
		n = n * 10 + (**p - '0');
	*out = n;
	return digits && n >= least && n <= most;
}

#define MOST_OFFSET 24	/* hours (POSIX); an offset further out is of no zone on Earth */
#define MOST_TIME   167 /* hours (RFC 8536, version 3) */

/* "[+-]hh[:mm[:ss]]" in seconds. */
static bool hms(const char **p, int most_hours, int32_t *out)
{
	int sign = **p == '-' ? -1 : 1, part[3] = { 0 };

	if (**p == '-' || **p == '+')
		(*p)++;
	if (!number(p, 0, most_hours, &part[0]))
		return false;
	for (int i = 1; i < 3 && **p == ':'; i++) {
		(*p)++;
		if (!number(p, 0, 59, &part[i]))
			return false;
	}
	*out = sign * (part[0] * 3600 + part[1] * 60 + part[2]);
	return true;
}

static bool week_day(const char **p, struct zone_change *c)
{
	c->kind = DAY_OF_WEEK;
	(*p)++;
	if (!number(p, 1, 12, &c->month) || *(*p)++ != '.')
		return false;
	if (!number(p, 1, 5, &c->week) || *(*p)++ != '.')
		return false;
	return number(p, 0, 6, &c->day);
}

static bool change(const char **p, struct zone_change *c)
{
	bool ok;

	if (*(*p)++ != ',')
		return false;
	if (**p == 'M') {
		ok = week_day(p, c);
	} else if (**p == 'J') {
		(*p)++;
		c->kind = DAY_JULIAN;
		ok = number(p, 1, 365, &c->day);
	} else {
		c->kind = DAY_OF_YEAR;
		ok = number(p, 0, 365, &c->day);
	}
	c->second = 2 * 3600;
	if (ok && **p == '/') {
		(*p)++;
		ok = hms(p, MOST_TIME, &c->second);
	}
	return ok;
}

int zone_rule_parse(const char *p, struct zone_rule *out)
{
	struct zone_rule r = { 0 };

	/* POSIX counts west of UTC, everybody else east. */
	if (!skip_name(&p) || !hms(&p, MOST_OFFSET, &r.standard))
		return -EINVAL;
	r.standard = -r.standard;
	if (*p) {
		r.daylight = true;
		r.summer = r.standard + 3600;
		if (!skip_name(&p))
			return -EINVAL;
		if (*p != ',') {
			if (!hms(&p, MOST_OFFSET, &r.summer))
				return -EINVAL;
			r.summer = -r.summer;
		}
		if (!change(&p, &r.begin) || !change(&p, &r.end) || *p)
			return -EINVAL;
	}
	*out = r;
	return 0;
}

static bool leap(int year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* The date of the change in a year. */
static int32_t change_day(const struct zone_change *c, int year)
{
	int32_t first, next, day;

	if (c->kind == DAY_OF_YEAR)
		return civil_days(year, 1, 1) + c->day;
	if (c->kind == DAY_JULIAN)
		return civil_days(year, 1, 1) + c->day - 1 + (leap(year) && c->day >= 60);
	first = civil_days(year, c->month, 1);
	next = c->month == 12 ? civil_days(year + 1, 1, 1) : civil_days(year, c->month + 1, 1);
	/* 1970-01-01 was a Thursday (4). */
	day = first + ((c->day - (first + 4) % 7) % 7 + 7) % 7 + (c->week - 1) * 7;
	return day < next ? day : day - 7; /* week 5: the last one */
}

void zone_rule_year(const struct zone_rule *r, int year, int64_t *begin, int64_t *end)
{
	*begin = (int64_t)change_day(&r->begin, year) * DAY_SECONDS + r->begin.second - r->standard;
	*end = (int64_t)change_day(&r->end, year) * DAY_SECONDS + r->end.second - r->summer;
}
