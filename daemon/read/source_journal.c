/* SPDX-License-Identifier: BSD-3-Clause */
/* A journal as a source: the functions of journal.h behind the table, on a snapshot held while it
 * is open. */
#include <string.h>

#include "source.h"

static int walk(void *self, const struct journal_range *range, journal_each_fn *each, void *context)
{
	return journal_walk(self, range, each, context);
}

static int usage(void *self, int64_t from, int64_t to, journal_usage_fn *each, void *context)
{
	return journal_usage(self, from, to, each, context);
}

static int bins(void *self, int64_t from, int64_t to, journal_bin_fn *each, void *context)
{
	return journal_bins(self, from, to, each, context);
}

static char *config(void *self, const struct digest *digest)
{
	return journal_config(self, digest);
}

static int span(void *self, int64_t from, int64_t to, struct journal_span *out)
{
	return journal_span(self, from, to, out);
}

static int anchor(void *self, struct journal_anchor *out)
{
	return journal_anchor(self, out);
}

static int verify(void *self, journal_complain_fn *complain, void *context)
{
	return journal_verify(self, complain, context);
}

static int head(void *self, struct journal_head *out)
{
	return journal_head(self, out);
}

static int refresh(void *self)
{
	journal_release(self);
	return journal_hold(self);
}

static void rest(void *self)
{
	journal_release(self);
}

static void close_journal(void *self)
{
	journal_release(self);
	journal_close(self);
}

static const struct source_ops ops = { "journal", walk, usage, bins, config, span, anchor, verify, head,
	refresh, rest, close_journal };

int source_journal_open(const char *path, const char *meter, unsigned interval,
	struct cellbook *book, struct source *out)
{
	struct journal *j = NULL;
	int err = journal_open(path, JOURNAL_READ, meter, interval, book, &j);

	err = err ? err : journal_hold(j);
	if (err) {
		journal_close(j);
		return err;
	}
	*out = (struct source){ .ops = &ops, .self = j, .interval = interval };
	strncpy(out->meter, meter, NAME_SIZE - 1);
	return 0;
}
