/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A reply is a JSON object, which is YAML as well: it is read as such. As JSON it is printed as it came;
 * as text, for people: a status as one screen (status_screen.c).
 */
#include "control_commands.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "control_client.h"
#include "log.h"
#include "reply.h"
#include "status_screen.h"
#include "top.h"
#include "yaml.h"

static void print_status(FILE *out, const struct yaml_node *r)
{
	status_screen(out, r, clock_now_ns() / 1000000000);
}

static void print_reload(FILE *out, const struct yaml_node *r)
{
	if (!strcmp(reply_word(r, "status"), "ok"))
		fprintf(out, "configuration %s begins with the next interval\n", reply_word(r, "config"));
}

#define PATIENCE_S 120 /* a reload reads and builds a table of the whole Internet */

struct conversation {
	const char *command;
	void (*print)(FILE *out, const struct yaml_node *reply);
	enum exit_status other; /* when the reply's status is not "ok" */
};

static void log_lines(const char *text)
{
	while (*text) {
		size_t n = strcspn(text, "\n");

		log_error("%.*s", (int)n, text);
		text += n + (text[n] == '\n');
	}
}

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
	status = strcmp(reply_word(root, "status"), "ok") ? c->other : EXIT_DONE;
	if (!reply_member(root, "reason")->null)
		log_lines(reply_member(root, "reason")->text);
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
	error = control_ask(ask->config, c->command, PATIENCE_S, &reply);
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

enum exit_status top_run(const struct ask *ask)
{
	return top_watch(ask, ask->options->redis ? NULL : control_ask);
}
