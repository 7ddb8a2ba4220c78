/* SPDX-License-Identifier: BSD-3-Clause */
#include "meter.h"

#include "sink_redis.h"

int meter_append(struct meter *m, struct interval *iv)
{
	int error;

	interval_adopt(iv, m->book);
	error = journal_append(m->journal, iv);
	if (!error && m->sink)
		sink_redis_wake(m->sink);
	return error;
}
