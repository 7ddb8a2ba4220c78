/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * `transitctl verify` for statements: with --statement the one in a file, recomputed from its evidence
 * on any machine; else, beside the interval chain, the closed statements that --contracts or --statements
 * name. Everything that does not fit is named.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bill.h"
#include "checking.h"
#include "file.h"
#include "log.h"
#include "text.h"
#include "verify_closed.h"

#define MOST_BYTES (16u << 20) /* of a statement file */

static int read_statement(const char *path, struct text *line, struct diag *d, struct closing_parts *out)
{
	int rc = file_read(path, MOST_BYTES, line);

	if (rc) {
		log_error("%s: %s", path, strerror(-rc));
		return -EINVAL;
	}
	if (!line->size || line->data[line->size - 1] != '\n') {
		diag_at(d, path, 0, "not a statement; one line of JSON and its end");
		return -EBADMSG;
	}
	line->data[--line->size] = 0;
	rc = closing_read(path, line->data, line->size, d, out);
	return rc ? -EBADMSG : 0;
}

static enum exit_status verify_file(const struct ask *ask)
{
	const struct options *o = ask->options;
	struct options files = *o;
	struct ask with = { .options = &files, .config = ask->config, .out = ask->out };
	struct checking c = { o->statement, 0 };
	struct sign_key *trusted = NULL;
	struct closing_parts parts = { 0 };
	struct text line = { 0 }, good = { 0 };
	struct billing b;
	int rc;

	if (billing_needs(o, "evidence", o->evidence) || billing_needs(o, "contracts", o->contracts))
		return EXIT_BAD_INPUT;
	files.usage = o->evidence;
	files.evidence = NULL;
	rc = billing_open(&b, &with);
	if (!rc)
		rc = checking_key(o->key, &trusted);
	if (!rc)
		rc = read_statement(o->statement, &line, &b.d, &parts);
	if (!rc && (parts.sealed || trusted))
		checking_seal(&c, &parts, trusted);
	if (!rc)
		rc = checking_recompute(&b, &c, &parts);
	text_printf(&good, "{\"statement\":\"%s\",\"total\":\"%s\",\"signed\":%s,\"fits\":true}",
		parts.yaml ? closing_text(parts.statement, "contract") : "",
		parts.yaml ? closing_text(parts.statement, "total") : "",
		parts.yaml && *parts.signature ? "true" : "false");
	yaml_free(parts.yaml);
	sign_free(trusted);
	text_free(&line);
	billing_close(&b);
	rc = checking_told(&c, rc, good.data);
	text_free(&good);
	return (enum exit_status)rc;
}

enum exit_status verify_all_run(const struct ask *ask)
{
	const struct options *o = ask->options;
	enum exit_status status = EXIT_DONE, closed;

	if (o->statement)
		return verify_file(ask);
	if (!ask->n_sources && !o->contracts && !o->statements) {
		log_error("verify needs --config FILE, --statement FILE or --statements FILE");
		return EXIT_BAD_INPUT;
	}
	if (ask->n_sources)
		status = verify_run(ask);
	if (!o->contracts && !o->statements)
		return status;
	closed = verify_closed(ask);
	return status > closed ? status : closed;
}
