/* SPDX-License-Identifier: BSD-3-Clause */
/* The configuration's `redis` as options of the sink and the reader: one place for both programs. */
#ifndef SINK_CONFIG_H
#define SINK_CONFIG_H

#include "config.h"
#include "sink_redis.h"

struct sink_config {
	struct sink_options options; /* borrows from the configuration */
	struct sink_server *servers;
};

/* -ENOENT: the configuration has no Redis. */
int sink_config_from(const struct config *c, struct sink_config *out);
void sink_config_free(struct sink_config *s);

#endif
