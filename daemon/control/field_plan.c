/* SPDX-License-Identifier: BSD-3-Clause */
/* Values of plans: dates, shares and directions. */
#include <errno.h>
#include <string.h>

#include "clock.h"
#include "config.h"
#include "field.h"

#define DATE_LENGTH 10 /* "2027-04-01" */

int field_date(const char *text, size_t size, void *at)
{
	char midnight[RFC3339_SIZE];

	if (size != DATE_LENGTH)
		return -EINVAL;
	memcpy(midnight, text, DATE_LENGTH);
	memcpy(midnight + DATE_LENGTH, "T00:00:00Z", sizeof("T00:00:00Z"));
	return clock_parse(midnight, at);
}

/* "60%", "33.3%", "33.33%": the digits around the point are those of hundredths of a per cent. */
int field_share(const char *text, size_t size, void *at)
{
	const char *point;
	size_t whole, decimals;
	uint64_t n, part = 0;

	if (size < 2 || text[size - 1] != '%')
		return -EINVAL;
	size--;
	point = memchr(text, '.', size);
	whole = point ? (size_t)(point - text) : size;
	decimals = point ? size - whole - 1 : 0;
	if (!field_number(text, whole, 0, 100, &n) || (point && (decimals < 1 || decimals > 2)))
		return -EINVAL;
	for (size_t i = 0; i < decimals; i++) {
		if (!field_is_digit(point[1 + i]))
			return -EINVAL;
		part = part * 10 + (uint64_t)(point[1 + i] - '0');
	}
	n = n * 100 + (decimals == 1 ? part * 10 : part);
	if (!n || n > 10000)
		return -EINVAL;
	*(uint32_t *)at = (uint32_t)n;
	return 0;
}

int field_sides(const char *text, size_t size, void *at)
{
	static const char *const words[] = {
		[SIDES_BOTH] = "both", [SIDES_INGRESS] = "ingress", [SIDES_EGRESS] = "egress"
	};
	int i = field_one_of(words, sizeof(words) / sizeof(*words), text, size);

	if (i < 0)
		return -EINVAL;
	*(enum config_sides *)at = (enum config_sides)i;
	return 0;
}
