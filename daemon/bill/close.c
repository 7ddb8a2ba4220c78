/* SPDX-License-Identifier: BSD-3-Clause */
#include "close.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "closing.h"
#include "file.h"
#include "form.h"
#include "journal_closed.h"
#include "log.h"
#include "sign.h"
#include "text.h"

char *close_path(const struct billing *b)
{
	const struct options *o = b->ask->options;

	if (o->statements)
		return mem_dup(o->statements);
	return b->all->statements ? mem_dup(b->all->statements) : file_beside(b->all->file, "statements.db");
}

/* A period is over by the clock, or by evidence that reaches its end. */
static int may_close(const struct billing *b, const struct statement *st)
{
	const struct part *last = &st->parts[st->n_parts - 1];
	const struct plot_series *p = &st->plot[st->n_parts - 1];
	char end[RFC3339_SIZE], name[PERIOD_SIZE];

	if (b->now < last->to && p->state[p->bins - 1] == BIN_MISSING) {
		log_error("contract %s: %s ends at %s; it can be closed then", st->contract->id,
			form_period(name, st), clock_format(end, last->to));
		return -EAGAIN;
	}
	if (!st->n_unknown)
		return 0;
	log_error("contract %s: the bank of take or pay follows from %s on, which is neither closed nor in the usage",
		st->contract->id, period_format(name, &st->unknown_from));
	return -ENODATA;
}

/* What closed_add() asks for, while it is asked. */
struct making {
	struct billing *b;
	struct statement *st;
	const struct sign_key *key;
	struct text record;
	char sha256[DIGEST_HEX_SIZE], public_key[SIGN_KEY_HEX_SIZE], signature[SIGN_HEX_SIZE];
};

/* The total of this statement less that of the revision before. */
static int add_difference(struct making *m, const struct closed_record *before)
{
	struct exact_pool *pool = m->b->pool;
	const struct exact *old;
	struct closing_parts parts;
	struct text line = { 0 };
	int rc;

	closing_envelope(before->text, before->sha256, before->public_key, before->signature, &line);
	rc = closing_read("closed statement", line.data, line.size, &m->b->d, &parts);
	text_free(&line);
	if (rc)
		return rc;
	old = exact_parse_signed(pool, closing_text(parts.statement, "total"));
	yaml_free(parts.yaml);
	if (!old)
		return -EBADMSG;
	m->st->seal.difference = exact_fixed_dup(exact_sub(pool, m->st->total, old), m->st->contract->digits);
	return 0;
}

static void write_record(struct making *m, const struct closed_record *out, const char *previous)
{
	struct text number = { 0 }, revision = { 0 }, statement = { 0 };
	char at[RFC3339_SIZE];
	struct closing c = { .previous = previous, .contract = out->contract, .period = out->period,
		.reason = m->st->seal.reason ? m->st->seal.reason : "", .difference = m->st->seal.difference,
		.closed_at = clock_format(at, m->b->now) };

	form_json(m->st, &statement);
	text_u64(&number, out->number);
	text_u64(&revision, out->revision);
	c.number = number.data;
	c.revision = revision.data;
	c.statement = statement.data;
	closing_record(&c, &m->record);
	text_free(&number);
	text_free(&revision);
	text_free(&statement);
}

static int make(void *context, uint64_t number, const char *previous, const struct closed_record *newest,
	struct closed_record *out)
{
	struct making *m = context;
	struct digest sum;
	int rc = 0;

	if (newest && !m->st->seal.reason) {
		log_error("contract %s: %s is closed already, as number %llu; --reason TEXT makes revision %u",
			newest->contract, newest->period, (unsigned long long)newest->number, newest->revision + 1);
		return -EEXIST;
	}
	if (newest)
		rc = add_difference(m, newest);
	if (rc)
		return rc;
	m->st->seal.number = number;
	m->st->seal.revision = out->revision;
	write_record(m, out, previous);
	sum = digest_of(&(struct digest_piece){ m->record.data, m->record.size }, 1);
	digest_hex(m->sha256, &sum);
	memcpy(m->st->seal.sha256, m->sha256, sizeof(m->sha256));
	if (m->key) {
		sign_public_hex(m->public_key, m->key);
		rc = sign_make(m->key, m->record.data, m->record.size, m->signature);
		m->st->seal.signed_ = !rc;
	}
	out->text = m->record.data;
	out->sha256 = m->sha256;
	out->public_key = m->public_key;
	out->signature = m->signature;
	return rc;
}

static int read_key(const struct billing *b, struct sign_key **out)
{
	const char *path = b->ask->options->key ? b->ask->options->key : b->all->signing_key;
	int rc = path ? sign_read_private(path, out) : 0;

	if (rc)
		log_error("%s: %s", path, rc == -EINVAL ? "not an Ed25519 private key (PEM, not encrypted)" :
							  strerror(-rc));
	return rc;
}

int close_statement(struct billing *b, struct statement *st, struct text *envelope)
{
	struct making m = { .b = b, .st = st };
	struct sign_key *key = NULL;
	struct closed *store = NULL;
	char period[PERIOD_SIZE], *path;
	int rc = may_close(b, st);

	if (!rc)
		rc = read_key(b, &key);
	if (rc)
		return rc;
	m.key = key;
	st->seal.closed = true;
	if (b->ask->options->reason)
		st->seal.reason = mem_dup(b->ask->options->reason);
	path = close_path(b);
	rc = closed_open(path, true, &store);
	if (!rc)
		rc = closed_add(store, st->contract->id, form_period(period, st), make, &m);
	if (!rc)
		closing_envelope(m.record.data, m.sha256, m.public_key, m.signature, envelope);
	closed_close(store);
	sign_free(key);
	text_free(&m.record);
	free(path);
	return rc;
}

/* Take-or-pay lines of one closed statement. */
struct taken_context {
	const struct billing *b;
	struct settle *settle;
};

static u128 number(const char *s)
{
	u128 n = 0;

	for (; *s >= '0' && *s <= '9'; s++)
		n = n * 10 + (unsigned)(*s - '0');
	return n;
}

static void take_line(struct taken_context *t, const struct period *p, const struct yaml_node *statement,
	const struct yaml_node *line)
{
	const char *version = closing_text(line, "version");

	if (strcmp(closing_text(line, "type"), line_type_name[LINE_TAKE_OR_PAY]))
		return;
	if (!*version)
		version = closing_text(statement, "version");
	settle_taken(t->settle, p, (unsigned)number(version), closing_text(line, "name"),
		number(closing_text(line, "bytes")));
}

static int take_record(void *context, const struct closed_record *r)
{
	struct taken_context *t = context;
	struct diag d = { .out = stderr };
	const struct yaml_item *lines;
	struct closing_parts parts;
	struct text line = { 0 };
	struct period period;
	int rc;

	closing_envelope(r->text, r->sha256, r->public_key, r->signature, &line);
	rc = closing_read("closed statement", line.data, line.size, &d, &parts);
	if (!rc && !period_parse(r->period, &period)) {
		lines = yaml_find(parts.statement, "lines");
		for (const struct yaml_item *i = lines ? lines->value->first : NULL; i; i = i->next)
			take_line(t, &period, parts.statement, i->value);
	}
	if (!rc)
		yaml_free(parts.yaml);
	text_free(&line);
	return rc ? -EBADMSG : 0;
}

int close_taken(const struct billing *b, const char *contract, struct settle *s)
{
	struct taken_context t = { b, s };
	char *path = close_path(b);
	struct closed *store = NULL;
	int rc = closed_open(path, false, &store);

	free(path);
	if (rc == -ENOENT)
		return 0; /* nothing was ever closed */
	if (!rc)
		rc = closed_walk(store, contract, take_record, &t);
	closed_close(store);
	return rc;
}
