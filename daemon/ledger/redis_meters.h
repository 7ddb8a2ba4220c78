/* SPDX-License-Identifier: BSD-3-Clause */
/* Which meters a Redis, or all masters of a Redis Cluster, hold. Waits for the answers. */
#ifndef LEDGER_REDIS_METERS_H
#define LEDGER_REDIS_METERS_H

#include <stddef.h>

#include "sink_redis.h"
#include "transitd/words.h"

struct redis_meters {
	char (*name)[NAME_SIZE]; /* sorted */
	size_t n;
};

/* `o` as for the reader; its meter is not looked at. The servers are seeds: in a cluster every master that
 * owns slots is asked, and one that cannot be asked, or slots without a master, are an error, never
 * fewer meters. 0, or -errno after a line in the log. Walks the key space with SCAN, which holds nobody
 * up but takes its time where there are many keys. */
int redis_meters_find(const struct sink_options *o, struct redis_meters *out);
void redis_meters_free(struct redis_meters *m);

#endif
