/* SPDX-License-Identifier: BSD-3-Clause */
#include "zone.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "civil.h"
#include "file.h"
#include "text.h"
#include "zone_rule.h"

#define HEADER_SIZE  44
#define DAY_SECONDS  86400
#define MOST_BYTES   (1u << 20) /* real ones have a few KiB */
#define FOOTER_SIZE  128
#define WIDEST	     (26 * 3600) /* no offset is wider (RFC 8536: -25:59:59 to +26:00:00) */
#define BEGINNING_OF_TIME INT64_MIN

struct segment {
	int64_t begin;	/* the first instant of this offset */
	int32_t offset; /* seconds east of UTC */
};

struct zone {
	char *name;
	struct segment *segment; /* ascending; the first begins with time itself */
	size_t n;
	struct zone_rule rule; /* from the last segment on */
	bool has_rule;
};

static uint32_t be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static int64_t be64(const uint8_t *p)
{
	return (int64_t)((uint64_t)be32(p) << 32 | be32(p + 4));
}

struct header {
	uint32_t isut, isstd, leap, time, type, abbreviation;
};

static bool read_header(const uint8_t *p, size_t size, struct header *h)
{
	static const uint8_t magic[] = { 'T', 'Z', 'i', 'f' };

	if (size < HEADER_SIZE || memcmp(p, magic, sizeof(magic)) || p[4] < '2' || p[4] > '4')
		return false;
	*h = (struct header){ be32(p + 20), be32(p + 24), be32(p + 28), be32(p + 32), be32(p + 36),
		be32(p + 40) };
	/* No leap seconds: bins are of UTC as computers count it. */
	return h->type && h->type <= 256 && h->time <= 100000 && h->leap == 0 && h->isut <= 256 &&
		h->isstd <= 256 && h->abbreviation <= 4096;
}

static size_t block_size(const struct header *h, size_t time_size)
{
	return h->time * (time_size + 1) + h->type * 6 + h->abbreviation + h->leap * (time_size + 4) +
		h->isstd + h->isut;
}

/* The transitions of the 64-bit block. */
static int read_block(struct zone *z, const uint8_t *p, const struct header *h)
{
	const uint8_t *index = p + (size_t)h->time * 8, *type = index + h->time;

	z->segment = mem_array(h->time + 1, sizeof(*z->segment));
	z->segment[z->n++] = (struct segment){ BEGINNING_OF_TIME, (int32_t)be32(type) };
	for (uint32_t i = 0; i < h->time; i++) {
		struct segment s = { .begin = be64(p + (size_t)i * 8) };

		if (index[i] >= h->type || s.begin <= z->segment[z->n - 1].begin)
			return -EINVAL;
		s.offset = (int32_t)be32(type + (size_t)index[i] * 6);
		if (s.offset > WIDEST || s.offset < -WIDEST)
			return -EINVAL;
		z->segment[z->n++] = s;
	}
	return 0;
}

/* The footer between its two newlines; an empty one says nothing about the time after the last transition. */
static int read_footer(struct zone *z, const uint8_t *p, size_t size)
{
	char text[FOOTER_SIZE];
	const uint8_t *end;

	if (size < 2 || p[0] != '\n')
		return -EINVAL;
	end = memchr(p + 1, '\n', size - 1);
	if (!end || (size_t)(end - p) > sizeof(text))
		return -EINVAL;
	if (end == p + 1)
		return 0;
	memcpy(text, p + 1, (size_t)(end - p - 1));
	text[end - p - 1] = 0;
	z->has_rule = true;
	return zone_rule_parse(text, &z->rule);
}

int zone_parse(const char *name, const uint8_t *data, size_t size, struct zone **out)
{
	struct header h;
	struct zone *z;
	size_t skip;
	int rc;

	/* The old 32-bit block comes first; what follows it is the same again with 64 bits. */
	if (!read_header(data, size, &h) || size - HEADER_SIZE < block_size(&h, 4))
		return -EINVAL;
	skip = HEADER_SIZE + block_size(&h, 4);
	data += skip;
	size -= skip;
	if (!read_header(data, size, &h) || size - HEADER_SIZE < block_size(&h, 8))
		return -EINVAL;
	z = mem_alloc(sizeof(*z));
	z->name = mem_dup(name);
	rc = read_block(z, data + HEADER_SIZE, &h);
	skip = HEADER_SIZE + block_size(&h, 8);
	if (!rc)
		rc = read_footer(z, data + skip, size - skip);
	if (rc) {
		zone_free(z);
		return rc;
	}
	*out = z;
	return 0;
}

/* A relative path of plain words: never outside the folder, never the variants with leap seconds. */
static bool name_ok(const char *name)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/";

	if (!*name || *name == '/' || strlen(name) > 64 || name[strspn(name, allowed)])
		return false;
	return strncmp(name, "right/", 6) && strncmp(name, "posix/", 6);
}

int zone_load(const char *folder, const char *name, struct zone **out)
{
	struct text path = { 0 }, data = { 0 };
	int rc;

	if (!name_ok(name))
		return -EINVAL;
	text_printf(&path, "%s/%s", folder, name);
	rc = file_read(path.data, MOST_BYTES, &data);
	if (!rc)
		rc = zone_parse(name, (const uint8_t *)data.data, data.size, out);
	text_free(&path);
	text_free(&data);
	return rc;
}

void zone_free(struct zone *z)
{
	if (!z)
		return;
	free(z->name);
	free(z->segment);
	free(z);
}

const char *zone_name(const struct zone *z)
{
	return z->name;
}

/* The segment in force at an instant: the last one that has begun. */
static size_t segment_at(const struct zone *z, int64_t utc)
{
	size_t low = 0, high = z->n;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (z->segment[middle].begin <= utc)
			low = middle;
		else
			high = middle;
	}
	return low;
}

static int32_t rule_offset(const struct zone_rule *r, int64_t utc)
{
	int64_t begin, end;
	int year, month, day;
	bool summer;

	if (!r->daylight)
		return r->standard;
	civil_date((int32_t)((utc + r->standard) / DAY_SECONDS), &year, &month, &day);
	zone_rule_year(r, year, &begin, &end);
	/* South of the equator summer spans the new year. */
	summer = begin < end ? utc >= begin && utc < end : utc < end || utc >= begin;
	return summer ? r->summer : r->standard;
}

int32_t zone_offset(const struct zone *z, int64_t utc)
{
	size_t i = segment_at(z, utc);

	if (i == z->n - 1 && z->has_rule)
		return rule_offset(&z->rule, utc);
	return z->segment[i].offset;
}

/* The next instant after `utc` at which another offset may begin, or `limit`. */
static int64_t next_change(const struct zone *z, int64_t utc, int64_t limit)
{
	size_t i = segment_at(z, utc);
	int64_t next = limit, at[2];
	int year, month, day;

	if (i + 1 < z->n)
		return z->segment[i + 1].begin < limit ? z->segment[i + 1].begin : limit;
	if (!z->has_rule || !z->rule.daylight)
		return limit;
	civil_date((int32_t)(utc / DAY_SECONDS), &year, &month, &day);
	for (int y = year - 1; y <= year + 1; y++) {
		zone_rule_year(&z->rule, y, &at[0], &at[1]);
		for (int k = 0; k < 2; k++)
			if (at[k] > utc && at[k] < next)
				next = at[k];
	}
	return next;
}

int64_t zone_midnight(const struct zone *z, int32_t days)
{
	int64_t local = (int64_t)days * DAY_SECONDS;
	int64_t at = local - WIDEST, limit = local + WIDEST;

	/* Segment by segment; in each one local time runs evenly. */
	while (at < limit) {
		int64_t next = next_change(z, at, limit), here = local - zone_offset(z, at);

		if (here < at)
			here = at;
		if (here < next)
			return here;
		at = next;
	}
	return limit;
}

int32_t zone_date(const struct zone *z, int64_t utc)
{
	int64_t local = utc + zone_offset(z, utc);
	int64_t days = local / DAY_SECONDS - (local % DAY_SECONDS < 0);

	return (int32_t)days;
}
