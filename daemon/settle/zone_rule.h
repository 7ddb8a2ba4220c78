/* SPDX-License-Identifier: BSD-3-Clause */
/* A POSIX TZ rule ("CET-1CEST,M3.5.0,M10.5.0/3"), as the footer of a zone file holds it (RFC 8536 3.3.1). */
#ifndef SETTLE_ZONE_RULE_H
#define SETTLE_ZONE_RULE_H

#include <stdbool.h>
#include <stdint.h>

enum zone_day_kind { DAY_JULIAN /* 1..365, no leap day */, DAY_OF_YEAR /* 0..365 */, DAY_OF_WEEK };

struct zone_change {
	enum zone_day_kind kind;
	int month, week, day;
	int32_t second; /* of local time, may lie outside of the day */
};

struct zone_rule {
	bool daylight; /* else `standard` for ever */
	int32_t standard, summer; /* seconds east of UTC */
	struct zone_change begin, end;
};

/* 0, or -EINVAL. */
int zone_rule_parse(const char *text, struct zone_rule *out);

/* The two instants of a year at which the offset changes: to summer, and to standard time. */
void zone_rule_year(const struct zone_rule *r, int year, int64_t *begin, int64_t *end);

#endif
