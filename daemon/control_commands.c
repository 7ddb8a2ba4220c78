/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A reply is a JSON object, which is YAML as well: it is read as such. As JSON it is printed as it came;
 * as text, one screen for people.
 */
#include "control_commands.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "control_client.h"
#include "log.h"
#include "yaml.h"

static const struct yaml_node nothing = { .text = "", .null = true };

/* A member of an object; of none, or if there is none, an empty text. */
static const struct yaml_node *member(const struct yaml_node *map, const char *key)
{
	const struct yaml_item *item = map->kind == YAML_MAP ? yaml_find(map, key) : NULL;

	return item ? item->value : &nothing;
}

static const char *word(const struct yaml_node *map, const char *key)
{
	const struct yaml_node *n = member(map, key);

	return n->null || !*n->text ? "-" : n->text;
}

static void print_taps(FILE *out, const struct yaml_node *taps)
{
	static const char *const key[] = { "packets", "l2_bytes", "unknown_packets", "malformed", "missed",
		"drift" };

	fprintf(out, "\n%-20s %16s %20s %14s %12s %12s %8s\n", "tap", "packets", "bytes", "unknown",
		"malformed", "missed", "drift");
	for (const struct yaml_item *i = taps->first; i; i = i->next) {
		static const int width[] = { 16, 20, 14, 12, 12, 8 };

		fprintf(out, "%-20s", word(i->value, "name"));
		for (size_t k = 0; k < sizeof(key) / sizeof(*key); k++)
			fprintf(out, " %*s", width[k], word(i->value, key[k]));
		fputc('\n', out);
	}
}

static void print_workers(FILE *out, const struct yaml_node *workers)
{
	fprintf(out, "\n%-8s %6s %8s %16s\n", "worker", "cpu", "busy %", "packets");
	for (const struct yaml_item *i = workers->first; i; i = i->next) {
		double busy = strtod(word(i->value, "busy_cycles"), NULL);
		double all = strtod(word(i->value, "cycles"), NULL);
		const char *cpu = word(i->value, "cpu");

		fprintf(out, "%-8s %6s %8.1f %16s\n", "", *cpu == '-' ? "any" : cpu, all > 0 ? 100 * busy / all : 0,
			word(i->value, "packets"));
	}
}

static void print_status(FILE *out, const struct yaml_node *r)
{
	const struct yaml_node *journal = member(r, "journal"), *redis = member(r, "redis");
	const struct yaml_node *prefixes = member(r, "prefixes");

	fprintf(out, "meter %s: %s (transitd %s)\n", word(r, "meter"), word(r, "status"), word(r, "version"));
	for (const struct yaml_item *i = member(r, "reasons")->first; i; i = i->next)
		fprintf(out, "  ! %s\n", i->value->text);
	fprintf(out, "  configuration %.16s, intervals of %s s, %s cells\n", word(r, "config"),
		word(r, "interval"), word(r, "cells"));
	fprintf(out, "  prefixes      %s IPv4, %s IPv6\n", word(prefixes, "ipv4"), word(prefixes, "ipv6"));
	fprintf(out, "  journal       %s intervals, to %s\n", word(journal, "seq"), word(journal, "end"));
	if (redis->kind == YAML_MAP)
		fprintf(out, "  redis         %s at %s, %s behind\n", word(redis, "state"), word(redis, "cursor"),
			word(redis, "lag"));
	print_taps(out, member(r, "taps"));
	print_workers(out, member(r, "workers"));
}

static void print_reload(FILE *out, const struct yaml_node *r)
{
	if (!strcmp(word(r, "status"), "ok"))
		fprintf(out, "configuration %s begins with the next interval\n", word(r, "config"));
}

struct conversation {
	const char *command;
	void (*print)(FILE *out, const struct yaml_node *reply);
	enum exit_status other; /* when the reply's status is not "ok" */
};

/* The reply's own status decides; "reason" is the line on standard error. */
static enum exit_status judge(
	const struct ask *ask, const struct conversation *c, const struct text *reply)
{
	struct diag diag = { .out = stderr };
	struct yaml *y = NULL;
	const struct yaml_node *root;
	enum exit_status status = EXIT_NOT_DONE, written;

	if (yaml_parse("the meter's reply", reply->data, reply->size, &diag, &y)) {
		diag_end(&diag);
		return EXIT_NOT_DONE;
	}
	root = yaml_root(y);
	status = strcmp(word(root, "status"), "ok") ? c->other : EXIT_DONE;
	if (!member(root, "reason")->null)
		log_error("%s", member(root, "reason")->text);
	if (ask->options->format == FORMAT_JSON)
		fprintf(ask->out, "%s\n", reply->data);
	else
		c->print(ask->out, root);
	yaml_free(y);
	written = command_written(format_flush(ask->out));
	return written ? written : status;
}

static enum exit_status talk(const struct ask *ask, const struct conversation *c)
{
	struct text reply = { 0 };
	enum exit_status status = EXIT_NOT_DONE;
	int error;

	if (ask->options->format == FORMAT_CSV) {
		log_error("%s takes no --format csv; allowed: text, json", c->command);
		return EXIT_BAD_INPUT;
	}
	error = control_ask(ask->config, c->command, &reply);
	if (error == -ENOENT)
		log_error("no meter \"%s\" runs on %s", ask->config->meter, ask->config->file);
	else if (!error)
		status = judge(ask, c, &reply);
	text_free(&reply);
	return status;
}

enum exit_status status_run(const struct ask *ask)
{
	return talk(ask, &(struct conversation){ "status", print_status, EXIT_NOT_DONE });
}

enum exit_status reload_run(const struct ask *ask)
{
	return talk(ask, &(struct conversation){ "reload", print_reload, EXIT_BAD_INPUT });
}
