/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * transitctl: asks what the meter has written. Reads its arguments, opens the sources, runs one command
 * out of the table, and tells by its exit status what came of it (contract section 5).
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bill.h"
#include "command.h"
#include "config.h"
#include "control_commands.h"
#include "log.h"
#include "redis_meters.h"
#include "serve.h"
#include "sink_config.h"
#include "text.h"
#include "version.h"

#define TIMES	OPTION_BIT(OPTION_FROM) | OPTION_BIT(OPTION_TO)
#define FILTERS OPTION_BIT(OPTION_LINK) | OPTION_BIT(OPTION_PARTNER) | OPTION_BIT(OPTION_PEERING)
#define USAGE	OPTION_FLEET | TIMES | OPTION_BIT(OPTION_PARTNER) | OPTION_BIT(OPTION_PEERING) | OPTION_BIT(OPTION_USAGE)
#define CLOSED	OPTION_BIT(OPTION_KEY) | OPTION_BIT(OPTION_STATEMENTS)
#define BILLS	OPTION_BIT(OPTION_CONTRACTS) | OPTION_BIT(OPTION_PERIOD) | OPTION_BIT(OPTION_USAGE)
#define VERIFY	BILLS | CLOSED | OPTION_BIT(OPTION_EVIDENCE) | OPTION_BIT(OPTION_STATEMENT)
#define NET	OPTION_FLEET | BILLS | OPTION_BIT(OPTION_DISPUTE) | OPTION_BIT(OPTION_OUTPUT) | OPTION_BIT(OPTION_PARTNER)
#define RECONCILE \
	(BILLS | OPTION_FLEET | OPTION_BIT(OPTION_BASIS) | OPTION_BIT(OPTION_CONTRACT) | OPTION_BIT(OPTION_MIRRORED) | \
		OPTION_BIT(OPTION_OUTPUT) | OPTION_BIT(OPTION_PARTNER) | OPTION_BIT(OPTION_SHIFT) | \
		OPTION_BIT(OPTION_THEIRS) | OPTION_PAGES)
#define SERVE	OPTION_FLEET | OPTION_BIT(OPTION_CONTRACTS) | OPTION_BIT(OPTION_LISTEN) | OPTION_BIT(OPTION_TOKENS)
#define CAPACITY \
	(BILLS | OPTION_FLEET | TIMES | OPTION_BIT(OPTION_CONTRACT) | OPTION_BIT(OPTION_LINK) | \
		OPTION_BIT(OPTION_OUTPUT) | OPTION_BIT(OPTION_PARTNER) | OPTION_BIT(OPTION_WITHOUT) | OPTION_PAGES)
#define SETTLE	OPTION_FLEET | BILLS | CLOSED | OPTION_BIT(OPTION_CLOSE) | OPTION_BIT(OPTION_REASON) | OPTION_BIT(OPTION_EVIDENCE) | OPTION_BIT(OPTION_CONTRACT) | OPTION_BIT(OPTION_OUTPUT) | OPTION_PAGES

static const struct command commands[] = {
	{ "records", records_run, TIMES | FILTERS, "what each cell counted, interval by interval", false },
	{ "intervals", intervals_run, TIMES, "what each tap delivered, interval by interval", false },
	{ "verify", verify_all_run, VERIFY, "recompute chains, sums and statements; name what does not fit", true },
	{ "status", status_run, OPTION_LIVE, "how the running meter is", false },
	{ "top", top_run, OPTION_FLEET | OPTION_BIT(OPTION_ONCE), "links and peerings as they are now", false },
	{ "detach", detach_run, OPTION_LIVE, "take off what a killed meter left in the kernel", false },
	{ "reload", reload_run, OPTION_LIVE, "make the running meter read its configuration again", false },
	{ "usage", usage_run, USAGE, "five-minute bins of every peering: the evidence of statements", true },
	{ "capacity", capacity_run, CAPACITY, "what links carry, when they are full, and contracts to date", true },
	{ "net", net_run, NET, "what is left to pay between us and each partner", true },
	{ "reconcile", reconcile_run, RECONCILE, "our bins against the partner's, explained and rated", true },
	{ "keygen", keygen_run, OPTION_BIT(OPTION_KEY), "a key pair to sign closed statements with", true },
	{ "serve", serve_run, SERVE, "a page that shows all this, live, in a browser", false },
	{ "settle", settle_run, SETTLE, "what a partner owes for a period, as a statement", true },
};
#define COMMANDS (sizeof(commands) / sizeof(*commands))

static const struct command *find(const char *name)
{
	struct text names = { 0 };

	for (size_t i = 0; name && i < COMMANDS; i++)
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	for (size_t i = 0; i < COMMANDS; i++)
		text_printf(&names, "%s%s", i ? ", " : "", commands[i].name);
	if (name)
		log_error("unknown command \"%s\"; allowed: %s", name, names.data);
	else
		log_error("no command; allowed: %s", names.data);
	text_free(&names);
	return NULL;
}

/* A running meter is asked on its own socket, whatever Redis says. */
static uint64_t accepted_by(const struct command *c)
{
	uint64_t common = OPTIONS_COMMON;

	return c->accepts | (c->accepts & OPTION_LIVE ? common & ~OPTION_BIT(OPTION_REDIS) : common);
}

static void print_help(FILE *out)
{
	uint64_t set = OPTIONS_COMMON;

	fputs("usage: transitctl --config FILE COMMAND [OPTION]...\n\ncommands:\n", out);
	for (size_t i = 0; i < COMMANDS; i++) {
		fprintf(out, "  %-12s %s\n", commands[i].name, commands[i].help);
		set |= commands[i].accepts;
	}
	fputs("\noptions, before or after the command:\n", out);
	options_help(out, set);
}

static void print_help_of(FILE *out, const struct command *c)
{
	fprintf(out, "usage: transitctl %s %s [OPTION]...\n\n%s\n\noptions, before or after the command:\n",
		c->config_optional ? "[--config FILE]" : "--config FILE", c->name, c->help);
	options_help(out, accepted_by(c));
}

/* --help and --version. */
static enum exit_status tell(const struct options *o)
{
	const struct command *command = o->command ? find(o->command) : NULL;

	if (o->version)
		puts("transitctl " TRANSITD_VERSION);
	else if (command)
		print_help_of(stdout, command);
	else if (o->command)
		return EXIT_BAD_INPUT;
	else
		print_help(stdout);
	return command_written(format_flush(stdout));
}

/* Without the journal: an evidence file stands for it, or the running meter is asked. */
static enum exit_status run_with_files(
	const struct command *command, const struct options *o, const struct config *c)
{
	return command->run(&(struct ask){ .options = o, .config = c, .out = stdout });
}

/* Several meters share a cellbook. */
struct sources {
	struct cellbook *book;
	struct source *source;
	size_t n;
};

static void close_sources(struct sources *s)
{
	for (size_t i = 0; i < s->n; i++)
		source_close(&s->source[i]);
	free(s->source);
	cellbook_free(s->book);
}

static struct source *next_source(struct sources *s)
{
	s->source = mem_grow(s->source, s->n + 1, sizeof(*s->source));
	s->source[s->n] = (struct source){ 0 };
	return &s->source[s->n++];
}

static int open_every_meter(struct sources *s, const struct sink_options *o)
{
	struct sink_options one = *o;
	struct redis_meters meters;
	int err = redis_meters_find(o, &meters);

	if (err)
		return err;
	one.interval = 0; /* each has its own */
	for (size_t i = 0; i < meters.n && !err; i++) {
		one.meter = meters.name[i];
		err = source_redis_open(&one, s->book, next_source(s));
	}
	redis_meters_free(&meters);
	return err;
}

static int open_redis(struct sources *s, bool every_meter, const struct config *c)
{
	struct sink_config sink;
	int err = sink_config_from(c, &sink);

	if (err) {
		log_error("%s: no redis; --redis reads from the servers that are listed there", c->file);
		return -EINVAL;
	}
	if (every_meter)
		err = open_every_meter(s, &sink.options);
	else
		err = source_redis_open(&sink.options, s->book, next_source(s));
	sink_config_free(&sink);
	return err;
}

static int open_sources(
	struct sources *s, const struct command *command, const struct options *o, const struct config *c)
{
	s->book = cellbook_new();
	if (o->redis)
		return open_redis(s, o->all_meters || command->accepts & OPTION_FLEET, c);
	return source_journal_open(c->journal, c->meter, c->interval, s->book, next_source(s));
}

/* The sources are open while the command runs. */
static enum exit_status run_with_sources(
	const struct command *command, const struct options *o, const struct config *c)
{
	struct sources s = { 0 };
	int err = open_sources(&s, command, o, c);
	enum exit_status status = err == -EINVAL ? EXIT_BAD_INPUT : EXIT_NOT_DONE;

	if (!err)
		status = command->run(&(struct ask){
			.options = o, .config = c, .source = s.source, .n_sources = s.n, .out = stdout });
	close_sources(&s);
	return status;
}

static enum exit_status run(const struct options *o)
{
	const struct command *command = find(o->command);
	struct diag diag = { .out = stderr };
	const struct config *config = NULL;
	enum exit_status status;

	if (!command || options_accepted(o, accepted_by(command)))
		return EXIT_BAD_INPUT;
	if (o->all_meters && !o->redis) {
		log_error("--all-meters without --redis: a journal holds one meter");
		return EXIT_BAD_INPUT;
	}
	if (!o->config && command->config_optional)
		return run_with_files(command, o, NULL);
	if (!o->config) {
		log_error("no --config FILE");
		return EXIT_BAD_INPUT;
	}
	if (config_load_to_read(o->config, &diag, &config)) {
		diag_end(&diag);
		return EXIT_BAD_INPUT;
	}
	status = o->usage || o->statement || command->accepts & OPTION_LIVE ? run_with_files(command, o, config) :
					    run_with_sources(command, o, config);
	config_free(config);
	return status;
}

int main(int argc, char **argv)
{
	struct options o = { 0 };

	log_init("transitctl", LOG_INFO);
	signal(SIGPIPE, SIG_IGN); /* a reader that has gone is an error of writing, told as such */
	if (options_read(argc, argv, &o))
		return EXIT_BAD_INPUT;
	return (int)(o.help || o.version ? tell(&o) : run(&o));
}
