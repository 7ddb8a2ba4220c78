/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A command of transitctl: a function of sources and options that prints to `out`. The table of
 * them is in transitctl.c, which also opens the sources.
 */
#ifndef READ_COMMAND_H
#define READ_COMMAND_H

#include <stdint.h>
#include <stdio.h>

#include "exit.h"
#include "options.h"
#include "source.h"

struct config;

struct ask {
	const struct options *options;
	const struct config *config; /* NULL: not given, and then there is no source */
	struct source *source; /* one a meter, sorted by its name */
	size_t n_sources;
	FILE *out;
};

struct command {
	const char *name;
	enum exit_status (*run)(const struct ask *ask);
	uint64_t accepts; /* options besides OPTIONS_COMMON */
	const char *help;
	bool config_optional; /* it may run on files alone; it says itself what is missing */
};

/* Prints with `each` what every source has in the options' time, and ends the table. The errors of
 * reading are logged where they happen, those of writing here. */
typedef int command_print_fn(struct table *t, const struct ask *ask, const struct interval *iv);
enum exit_status command_walk(
	const struct ask *ask, struct table *t, command_print_fn *print, bool taps_only);
/* The status of what came of table_end(); logs its error. */
enum exit_status command_written(int error);

enum exit_status records_run(const struct ask *ask);
enum exit_status intervals_run(const struct ask *ask);
enum exit_status verify_run(const struct ask *ask);

#endif
