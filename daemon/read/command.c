/* SPDX-License-Identifier: BSD-3-Clause */
#include "command.h"

#include <string.h>

#include "log.h"

struct walk {
	const struct ask *ask;
	struct table *table;
	command_print_fn *print;
	int written; /* what printing returned last: tells its errors from those of reading */
};

static int print_interval(void *context, const struct interval *iv)
{
	struct walk *w = context;

	return w->written = w->print(w->table, w->ask, iv);
}

enum exit_status command_written(int error)
{
	if (!error)
		return EXIT_DONE;
	log_error("standard output: %s", strerror(-error));
	return EXIT_NOT_DONE;
}

enum exit_status command_walk(
	const struct ask *ask, struct table *t, command_print_fn *print, bool taps_only)
{
	struct journal_range range = options_range(ask->options);
	struct walk w = { ask, t, print, 0 };
	enum exit_status status;
	int err = 0;

	range.taps_only = taps_only;
	for (size_t i = 0; i < ask->n_sources && !err; i++) {
		const struct source *s = &ask->source[i];

		err = s->ops->walk(s->self, &range, print_interval, &w);
	}
	status = command_written(table_end(t));
	return err && !w.written ? EXIT_NOT_DONE : status;
}
