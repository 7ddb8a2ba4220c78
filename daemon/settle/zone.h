/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Time zones from the tz database's compiled files (RFC 8536, versions 2 to 4), read by ourselves: the
 * C library's zone is one per process, and a settlement needs one per contract. Instants after a file's
 * last transition follow its footer, a POSIX TZ rule.
 */
#ifndef SETTLE_ZONE_H
#define SETTLE_ZONE_H

#include <stddef.h>
#include <stdint.h>

#define ZONE_FOLDER "/usr/share/zoneinfo"

struct zone;

/* Reads `name` ("Asia/Almaty") below `folder`. -EINVAL: not a name of the tz database, or not a zone file
 * that we can read; -ENOENT: no such zone; or another -errno. */
int zone_load(const char *folder, const char *name, struct zone **out);
void zone_free(struct zone *z); /* accepts NULL */
const char *zone_name(const struct zone *z);

/* Reads the bytes of a zone file: what zone_load() does after opening. */
int zone_parse(const char *name, const uint8_t *data, size_t size, struct zone **out);

/* Seconds east of UTC at an instant. */
int32_t zone_offset(const struct zone *z, int64_t utc);

/* The first instant whose local time is midnight of the date, or later where that day begins later (a
 * change of offset that jumps over midnight). */
int64_t zone_midnight(const struct zone *z, int32_t days);

/* The date that the zone's calendars show at an instant. */
int32_t zone_date(const struct zone *z, int64_t utc);

#endif
