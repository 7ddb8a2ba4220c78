/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * `transitctl verify`: recomputes what the meters have written. A row for everything that does not
 * fit, or one for a meter of which all fits, with the hash that its chain has come to, and where it
 * begins if retention has deleted what was before.
 */
#include <errno.h>

#include "command.h"
#include "digest.h"
#include "log.h"

struct row {
	const char *meter, *status, *chain_head, *detail;
	uint64_t intervals;
};

static const struct column columns[] = {
	{ "meter", COLUMN_WORD, offsetof(struct row, meter) },
	{ "status", COLUMN_WORD, offsetof(struct row, status) },
	{ "intervals", COLUMN_COUNT, offsetof(struct row, intervals) },
	{ "chain_head", COLUMN_WORD, offsetof(struct row, chain_head) },
	{ "detail", COLUMN_WORD, offsetof(struct row, detail) },
};

struct verification {
	const struct ask *ask;
	struct table *table; /* NULL: text */
	char from[60 + DIGEST_HEX_SIZE]; /* "from seq 91, anchored at HASH"; "": from the first one */
	struct row row;	     /* of the source at hand */
};

static void print(struct verification *v, const char *status, const char *detail)
{
	v->row.status = status;
	v->row.detail = detail;
	if (v->table) {
		table_row(v->table, &v->row); /* its error comes again at the end */
		return;
	}
	if (*detail && detail != v->from)
		fprintf(v->ask->out, "%s: %s: %s\n", v->row.meter, status, detail);
	else
		fprintf(v->ask->out, "%s: %s: %llu intervals%s%s, chain head %s\n", v->row.meter,
			status, (unsigned long long)v->row.intervals, *detail ? " " : "", detail,
			v->row.chain_head);
}

static void complain(void *context, const char *what)
{
	print(context, "damaged", what);
}

/* 0: all fits. */
static int verify_source(struct verification *v, const struct source *s)
{
	struct journal_span span = { 0 };
	struct journal_anchor anchor = { 0 };
	char hex[DIGEST_HEX_SIZE];
	int err, no_span = s->ops->span(s->self, 0, 0, &span); /* damaged: verification names it */

	no_span = no_span ? no_span : s->ops->anchor(s->self, &anchor);
	*v->from = 0;
	if (anchor.seq)
		snprintf(v->from, sizeof(v->from), "from seq %llu, anchored at %s",
			(unsigned long long)anchor.seq + 1, digest_hex(hex, &anchor.chain));
	v->row = (struct row){ .meter = s->meter,
		.intervals = span.last_seq > anchor.seq ? span.last_seq - anchor.seq : 0,
		.chain_head = digest_hex(hex, &span.chain) };
	err = s->ops->verify(s->self, complain, v);
	err = err ? err : no_span;
	if (!err)
		print(v, "ok", v->from);
	else
		log_error("%s of meter %s: %s", s->ops->name, s->meter,
			err == -EBADMSG ? "what it holds does not fit together" :
					  "it cannot be verified");
	return err;
}

enum exit_status verify_run(const struct ask *ask)
{
	enum format format = ask->options->format;
	struct verification v = { .ask = ask };
	enum exit_status status;
	int bad = 0;

	if (format != FORMAT_TEXT)
		v.table = table_new(ask->out, format, columns, sizeof(columns) / sizeof(*columns));
	for (size_t i = 0; i < ask->n_sources; i++)
		bad |= verify_source(&v, &ask->source[i]);
	status = command_written(v.table ? table_end(v.table) : format_flush(ask->out));
	return bad ? EXIT_NOT_DONE : status;
}
