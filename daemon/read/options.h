/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * transitctl's options: a row each (options.c) with its name, its argument, where it goes and a line of
 * help. They may stand before or after the command. What a command takes is a set of bits in its row.
 */
#ifndef READ_OPTIONS_H
#define READ_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "format.h"
#include "journal.h"

enum option_id {
	OPTION_CONFIG,
	OPTION_REDIS,
	OPTION_ALL_METERS,
	OPTION_FORMAT,
	OPTION_FROM,
	OPTION_TO,
	OPTION_LINK,
	OPTION_PARTNER,
	OPTION_PEERING,
	OPTION_BASIS,
	OPTION_CLOSE,
	OPTION_CONTRACT,
	OPTION_CONTRACTS,
	OPTION_DISPUTE,
	OPTION_EVIDENCE,
	OPTION_KEY,
	OPTION_LISTEN,
	OPTION_MIRRORED,
	OPTION_ONCE,
	OPTION_OUTPUT,
	OPTION_PERIOD,
	OPTION_REASON,
	OPTION_SHIFT,
	OPTION_STATEMENT,
	OPTION_STATEMENTS,
	OPTION_THEIRS,
	OPTION_TOKENS,
	OPTION_USAGE,
	OPTION_WITHOUT,
	OPTION_HELP,
	OPTION_VERSION,
	OPTIONS,
};
#define OPTION_BIT(id) (UINT64_C(1) << (id))
/* Not an option: the command also prints --format html and pdf. */
#define OPTION_PAGES (UINT64_C(1) << 63)
/* Nor this: with --redis the command asks every meter, as a bill may come from many. */
#define OPTION_FLEET (UINT64_C(1) << 61)
/* Not an option: the command asks the running meter, and no source. */
#define OPTION_LIVE (UINT64_C(1) << 62)
/* What every command takes. */
#define OPTIONS_COMMON \
	(OPTION_BIT(OPTION_CONFIG) | OPTION_BIT(OPTION_REDIS) | OPTION_BIT(OPTION_ALL_METERS) | \
		OPTION_BIT(OPTION_FORMAT) | OPTION_BIT(OPTION_HELP) | OPTION_BIT(OPTION_VERSION))

struct options {
	const char *config;
	enum format format;
	int64_t from, to; /* Unix seconds; `to` 0: not given */
	const char *link, *partner, *peering; /* NULL: all of them */
	/* Of the commands about money; NULL: not given. */
	const char *basis, *contract, *contracts, *dispute, *evidence, *key, *output, *period, *reason;
	const char *shift, *statement, *statements, *theirs, *usage, *without;
	const char *listen, *tokens; /* of serve; NULL: not given */
	bool close, mirrored, once;
	bool redis, all_meters, help, version;
	uint64_t given;	     /* bits of the options that were */
	const char *command; /* NULL: none */
};

/* 0, or -EINVAL after a line that says what is wrong. Strings point into argv. */
int options_read(int argc, char **argv, struct options *out);
/* 0, or -EINVAL after a line, if an option was given that is not in `accepts`. */
int options_accepted(const struct options *o, uint64_t accepts);
/* Prints a line of help for each option in the set. */
void options_help(FILE *out, uint64_t set);
/* Intervals whose start lies in --from (inclusive) and --to (exclusive). */
struct journal_range options_range(const struct options *o);

#endif
