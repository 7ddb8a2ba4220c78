/* SPDX-License-Identifier: BSD-3-Clause */
#include "meter.h"

#include <errno.h>
#include <string.h>

#include "log.h"
#include "sink_redis.h"

void meter_stamp(const struct meter *m, struct interval *iv, int64_t start, uint32_t covered_ms,
	enum origin origin)
{
	memcpy(iv->meter, m->config->meter, NAME_SIZE);
	iv->start = start;
	iv->end = start + m->config->interval;
	iv->covered_ms = covered_ms;
	iv->origin = origin;
	iv->config = m->config->digest;
}

int meter_append(struct meter *m, struct interval *iv)
{
	int error = journal_append(m->journal, iv);

	if (error == -EBADMSG)
		log_error("interval does not conserve frames: this is a defect of transitd, please report it");
	if (!error && m->sink)
		sink_redis_wake(m->sink);
	return error;
}
