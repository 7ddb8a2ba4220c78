/* SPDX-License-Identifier: BSD-3-Clause */
/* Reads the command line along the rows. The last of two equal options wins. */
#include "options.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "log.h"

struct row {
	const char *name, *argument; /* NULL: takes none */
	int (*take)(void *place, const char *value);
	size_t place; /* in struct options */
	const char *allowed, *help;
};

static int take_flag(void *place, const char *value)
{
	(void)value;
	*(bool *)place = true;
	return 0;
}

static int take_file(void *place, const char *value)
{
	*(const char **)place = value;
	return *value ? 0 : -EINVAL;
}

static int take_name(void *place, const char *value)
{
	size_t n = strspn(value, "abcdefghijklmnopqrstuvwxyz0123456789-");

	*(const char **)place = value;
	return n && !value[n] && n < NAME_SIZE && *value != '-' ? 0 : -EINVAL;
}

static int take_time(void *place, const char *value)
{
	return clock_parse(value, place);
}

static int take_format(void *place, const char *value)
{
	for (enum format f = 0; f < FORMATS_AND_PAGES; f++)
		if (!strcmp(value, format_name[f])) {
			*(enum format *)place = f;
			return 0;
		}
	return -EINVAL;
}

#define PLACE(field)  offsetof(struct options, field)
#define A_NAME	      "a name, [a-z0-9][a-z0-9-]{0,31}"
#define A_TIME	      "an RFC 3339 time of whole seconds, such as 2026-11-22T17:30:00Z"

static const struct row rows[OPTIONS] = {
	[OPTION_CONFIG] = { "config", "FILE", take_file, PLACE(config), "a file", "the meter's configuration" },
	[OPTION_REDIS] = { "redis", NULL, take_flag, PLACE(redis), NULL,
		"read from Redis instead of the journal" },
	[OPTION_ALL_METERS] = { "all-meters", NULL, take_flag, PLACE(all_meters), NULL,
		"with --redis: every meter that these servers hold" },
	[OPTION_FORMAT] = { "format", "FORMAT", take_format, PLACE(format), "text, json or csv; of capacity, settle and reconcile html, of settle pdf",
		"text (on a terminal), json (elsewhere) or csv" },
	[OPTION_FROM] = { "from", "TIME", take_time, PLACE(from), A_TIME,
		"what began at TIME or later (RFC 3339)" },
	[OPTION_TO] = { "to", "TIME", take_time, PLACE(to), A_TIME, "what began before TIME" },
	[OPTION_LINK] = { "link", "NAME", take_name, PLACE(link), A_NAME, "only this link" },
	[OPTION_PARTNER] = { "partner", "NAME", take_name, PLACE(partner), A_NAME, "only this partner" },
	[OPTION_PEERING] = { "peering", "NAME", take_name, PLACE(peering), A_NAME, "only this peering" },
	[OPTION_BASIS] = { "basis", "BASIS", take_file, PLACE(basis), "l3, l2, l2fcs or l1",
		"how the partner counts bytes" },
	[OPTION_CLOSE] = { "close", NULL, take_flag, PLACE(close), NULL, "close the period for good" },
	[OPTION_CONTRACT] = { "contract", "ID", take_name, PLACE(contract), A_NAME, "this contract" },
	[OPTION_CONTRACTS] = { "contracts", "FILE", take_file, PLACE(contracts), "a file", "the contracts" },
	[OPTION_DISPUTE] = { "dispute", "LIST", take_file, PLACE(dispute), "CONTRACT/LINE,CONTRACT/LINE...",
		"lines that are disputed" },
	[OPTION_EVIDENCE] = { "evidence", "FILE", take_file, PLACE(evidence), "a file",
		"usage as CSV: to check a statement against, or to write" },
	[OPTION_KEY] = { "key", "FILE", take_file, PLACE(key), "a file", "the key to sign or to check with" },
	[OPTION_LISTEN] = { "listen", "ADDR:PORT", take_file, PLACE(listen), "an address with a port",
		"where serve answers (default 127.0.0.1:9470)" },
	[OPTION_MIRRORED] = { "mirrored", NULL, take_flag, PLACE(mirrored), NULL,
		"the partner's ingress is our egress" },
	[OPTION_ONCE] = { "once", NULL, take_flag, PLACE(once), NULL, "one picture as text, then end" },
	[OPTION_OUTPUT] = { "output", "FILE", take_file, PLACE(output), "a file",
		"write there instead of to standard output" },
	[OPTION_PERIOD] = { "period", "PERIOD", take_file, PLACE(period), "2026-11 or 2026-Q4",
		"the period, YYYY-MM or YYYY-Qn" },
	[OPTION_REASON] = { "reason", "TEXT", take_file, PLACE(reason), "a text",
		"why a closed period is settled again" },
	[OPTION_SHIFT] = { "shift", "SECONDS", take_file, PLACE(shift), "whole seconds",
		"how far the partner's clock is ahead of ours" },
	[OPTION_STATEMENT] = { "statement", "FILE", take_file, PLACE(statement), "a file",
		"a statement as JSON" },
	[OPTION_STATEMENTS] = { "statements", "FILE", take_file, PLACE(statements), "a file",
		"the closed statements (default: beside the contracts)" },
	[OPTION_THEIRS] = { "theirs", "FILE", take_file, PLACE(theirs), "a file", "the partner's bins as CSV" },
	[OPTION_TOKENS] = { "tokens", "FILE", take_file, PLACE(tokens), "a file",
		"who may see what serve shows; needed beyond loopback" },
	[OPTION_USAGE] = { "usage", "FILE", take_file, PLACE(usage), "a file",
		"usage as CSV instead of the journal" },
	[OPTION_WITHOUT] = { "without", "LINK", take_name, PLACE(without), A_NAME,
		"what the loss of this link would do" },
	[OPTION_HELP] = { "help", NULL, take_flag, PLACE(help), NULL, "print this and end" },
	[OPTION_VERSION] = { "version", NULL, take_flag, PLACE(version), NULL, "print the version and end" },
};

/* The row whose name is the first `size` bytes of `name`, or OPTIONS. */
static enum option_id find(const char *name, size_t size)
{
	enum option_id id = 0;

	while (id < OPTIONS && (strlen(rows[id].name) != size || memcmp(rows[id].name, name, size)))
		id++;
	return id;
}

/* One option at argv[*at]; moves *at to its last word. */
static int take_option(struct options *o, char **argv, int *at)
{
	const char *name = argv[*at] + 2, *equals = strchrnul(name, '='), *value = NULL;
	enum option_id id = find(name, (size_t)(equals - name));

	if (id == OPTIONS) {
		log_error("unknown option %s; --help lists what is allowed", argv[*at]);
		return -EINVAL;
	}
	if (*equals)
		value = equals + 1;
	else if (rows[id].argument)
		value = argv[++*at];
	if (!value != !rows[id].argument) {
		log_error("option --%s takes %s%s", rows[id].name, value ? "no value" : "a value: ",
			value ? "" : rows[id].allowed);
		return -EINVAL;
	}
	if (rows[id].take((char *)o + rows[id].place, value)) {
		log_error("--%s %s: not allowed; allowed: %s", rows[id].name, value, rows[id].allowed);
		return -EINVAL;
	}
	o->given |= OPTION_BIT(id);
	return 0;
}

int options_read(int argc, char **argv, struct options *out)
{
	struct options o = { .format = isatty(STDOUT_FILENO) ? FORMAT_TEXT : FORMAT_JSON };

	for (int at = 1; at < argc; at++) {
		if (!strncmp(argv[at], "--", 2)) {
			if (take_option(&o, argv, &at))
				return -EINVAL;
		} else if (argv[at][0] == '-' || o.command) {
			log_error("unexpected \"%s\"; --help lists what is allowed", argv[at]);
			return -EINVAL;
		} else {
			o.command = argv[at];
		}
	}
	*out = o;
	return 0;
}

int options_accepted(const struct options *o, uint64_t accepts)
{
	for (enum option_id id = 0; id < OPTIONS; id++)
		if (o->given & OPTION_BIT(id) & ~accepts) {
			log_error("%s takes no --%s", o->command, rows[id].name);
			return -EINVAL;
		}
	if (o->format >= FORMATS && !(accepts & OPTION_PAGES)) {
		log_error("%s takes no --format %s; allowed: text, json, csv", o->command,
			format_name[o->format]);
		return -EINVAL;
	}
	return 0;
}

void options_help(FILE *out, uint64_t set)
{
	for (enum option_id id = 0; id < OPTIONS; id++)
		if (set & OPTION_BIT(id))
			fprintf(out, "  --%s %-*s %s\n", rows[id].name, 16 - (int)strlen(rows[id].name),
				rows[id].argument ? rows[id].argument : "", rows[id].help);
}

struct journal_range options_range(const struct options *o)
{
	struct journal_range range = { .from = o->from, .to = o->to };

	/* Nothing began before 1970; in a range, 0 would mean no bound. */
	if ((o->given & OPTION_BIT(OPTION_TO)) && !o->to)
		range.from = range.to = 1;
	return range;
}
