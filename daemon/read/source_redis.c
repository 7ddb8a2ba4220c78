/* SPDX-License-Identifier: BSD-3-Clause */
/* Redis as a source: the functions of redis_read.h behind the table. */
#include <string.h>

#include "redis_read.h"
#include "source.h"

static int walk(void *self, const struct journal_range *range, journal_each_fn *each, void *context)
{
	return redis_read_walk(self, range, each, context);
}

static int usage(void *self, int64_t from, int64_t to, journal_usage_fn *each, void *context)
{
	return redis_read_usage(self, from, to, each, context);
}

static int bins(void *self, int64_t from, int64_t to, journal_bin_fn *each, void *context)
{
	return redis_read_bins(self, from, to, each, context);
}

static char *config(void *self, const struct digest *digest)
{
	return redis_read_config(self, digest);
}

static int span(void *self, int64_t from, int64_t to, struct journal_span *out)
{
	return redis_read_span(self, from, to, out);
}

static int anchor(void *self, struct journal_anchor *out)
{
	redis_read_anchor(self, out);
	return 0;
}

static int verify(void *self, journal_complain_fn *complain, void *context)
{
	return redis_read_verify(self, complain, context);
}

static int head(void *self, struct journal_head *out)
{
	redis_read_head(self, out);
	return 0;
}

static int refresh(void *self)
{
	return redis_read_refresh(self);
}

static void rest(void *self)
{
	(void)self; /* Redis keeps no snapshot */
}

static void close_reader(void *self)
{
	redis_read_close(self);
}

static const struct source_ops ops = { "redis", walk, usage, bins, config, span, anchor, verify,
	head, refresh, rest, close_reader };

int source_redis_open(const struct sink_options *o, struct cellbook *book, struct source *out)
{
	struct redis_reader *r = NULL;
	int err = redis_read_open(o, book, &r);

	if (err)
		return err;
	*out = (struct source){ .ops = &ops, .self = r, .interval = redis_read_interval(r) };
	strncpy(out->meter, o->meter, NAME_SIZE - 1);
	return 0;
}
