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
#include "billing.h"
#include "clock.h"
#include "close.h"
#include "closing.h"
#include "file.h"
#include "form.h"
#include "journal_closed.h"
#include "log.h"
#include "sign.h"
#include "text.h"

#define MOST_BYTES (16u << 20) /* of a statement file */

struct checking {
	const char *what; /* the file or record, for messages */
	unsigned wrong;
};

static void complain(void *context, const char *path, const char *said, const char *computed)
{
	struct checking *c = context;

	c->wrong++;
	log_error("%s: %s: the statement says %s, recomputed it is %s", c->what, path, said, computed);
}

/* The hash over the record, and the signature by the key that the caller trusts, or else its own. */
static void check_seal(struct checking *c, const struct closing_parts *p, const struct sign_key *trusted)
{
	struct digest sum = digest_of(&(struct digest_piece){ p->record_text, p->record_size }, 1);
	char hex[DIGEST_HEX_SIZE], own_hex[SIGN_KEY_HEX_SIZE];
	struct sign_key *own = NULL;

	if (strcmp(digest_hex(hex, &sum), p->sha256)) {
		c->wrong++;
		log_error("%s: sha256: the record was changed; its hash is %s, not %s", c->what, hex, p->sha256);
	}
	if (!*p->signature && !*p->public_key && !trusted)
		return;
	if (trusted && strcmp(sign_public_hex(own_hex, trusted), p->public_key)) {
		c->wrong++;
		log_error("%s: public_key: signed with another key than the one given, or not at all", c->what);
	}
	if (!trusted && sign_public_from_hex(p->public_key, &own)) {
		c->wrong++;
		log_error("%s: public_key: not an Ed25519 key", c->what);
		return;
	}
	if (!sign_fits(trusted ? trusted : own, p->record_text, p->record_size, p->signature)) {
		c->wrong++;
		log_error("%s: signature: it does not fit the record and the key", c->what);
	}
	sign_free(own);
}

/* What the rows alone cannot tell is taken over: the file's name, and where in their chains meters were. */
static void adopt(struct statement *st, const struct yaml_node *said)
{
	const struct yaml_item *e = yaml_find(said, "evidence"), *m = yaml_find(said, "meters");

	if (e) {
		free(st->evidence.file);
		st->evidence.file = mem_dup(closing_text(e->value, "file"));
	}
	for (const struct yaml_item *i = m ? m->value->first : NULL; i; i = i->next) {
		for (size_t k = 0; k < st->n_meters; k++) {
			struct statement_meter *meter = &st->meters[k];
			struct digest head;

			if (meter->chained || strcmp(meter->name, closing_text(i->value, "meter")) ||
				digest_parse(closing_text(i->value, "chain_head"), &head))
				continue;
			meter->chained = true;
			meter->first_seq = strtoull(closing_text(i->value, "first_seq"), NULL, 10);
			meter->last_seq = strtoull(closing_text(i->value, "last_seq"), NULL, 10);
			meter->chain_head = head;
		}
	}
}

/* The period that a statement is of, from where it begins in the contract's zone. */
static int period_of_statement(const struct billing *b, const struct closing_parts *p, struct period *out)
{
	const struct yaml_item *period = yaml_find(p->statement, "period");
	const struct contract *c;
	int64_t from;

	if (!period || clock_parse(closing_text(period->value, "from"), &from) ||
		!contracts_find(b->all, closing_text(p->statement, "contract"), &c))
		return -EINVAL;
	*out = period_of(c->period, zone_date(c->zone, from));
	return 0;
}

/* The capacities that the statement's bounds rest on, as it states them: those of its day. */
static struct world *stated_world(const struct yaml_node *statement)
{
	const struct yaml_item *links = yaml_find(statement, "links");
	struct world *w = mem_alloc(sizeof(*w));

	for (const struct yaml_item *i = links ? links->value->first : NULL; i; i = i->next) {
		struct world_peering p = {
			.capacity = strtoull(closing_text(i->value, "capacity"), NULL, 10) };

		snprintf(p.name, NAME_SIZE, "%s", closing_text(i->value, "peering"));
		snprintf(p.link, NAME_SIZE, "%s", closing_text(i->value, "link"));
		world_add_peering(w, &p);
	}
	return w;
}

/* Recomputes the statement from rows and contracts, and names what differs. */
static int recompute(struct billing *b, struct checking *c, const struct closing_parts *p)
{
	const char *id = closing_text(p->statement, "contract");
	struct statement *st = NULL;
	struct text again = { 0 };
	struct yaml *yaml = NULL;
	struct period period;
	struct world *own = b->world;
	unsigned before = c->wrong;
	int rc = period_of_statement(b, p, &period);

	if (rc) {
		log_error("%s: the contract \"%s\" or its period is not in %s", c->what, id, b->all->file);
		return rc;
	}
	b->world = stated_world(p->statement);
	b->names_late = false;
	rc = billing_statements(b, &id, 1, &period, &st);
	world_free(b->world);
	b->world = own;
	if (rc)
		return rc;
	st->seal.closed = p->sealed;
	adopt(st, p->statement);
	form_json(st, &again);
	if (again.size != p->statement_size || memcmp(again.data, p->statement_text, again.size)) {
		rc = yaml_parse(c->what, again.data, again.size, &b->d, &yaml);
		if (!rc)
			closing_compare(p->statement, yaml_root(yaml), complain, c);
		if (c->wrong == before)
			complain(c, "spelling", "the same in other bytes", "canonical JSON");
		yaml_free(yaml);
	}
	statement_free(st);
	text_free(&again);
	return rc;
}

static int read_trusted(const char *path, struct sign_key **out)
{
	int rc = path ? sign_read_public(path, out) : 0;

	if (rc)
		log_error("%s: %s", path, rc == -EINVAL ? "not an Ed25519 public key (PEM)" : strerror(-rc));
	return rc;
}

static int read_statement(const char *path, struct text *line, struct diag *d, struct closing_parts *out)
{
	int rc = file_read(path, MOST_BYTES, line);

	if (rc) {
		log_error("%s: %s", path, strerror(-rc));
		return rc;
	}
	if (!line->size || line->data[line->size - 1] != '\n') {
		diag_at(d, path, 0, "not a statement; one line of JSON and its end");
		return -EBADMSG;
	}
	line->data[--line->size] = 0;
	rc = closing_read(path, line->data, line->size, d, out);
	return rc ? -EBADMSG : 0;
}

static enum exit_status told(const struct checking *c, int rc, const char *good)
{
	if (rc)
		return billing_status(rc);
	if (c->wrong)
		return EXIT_NOT_DONE;
	puts(good);
	return command_written(format_flush(stdout));
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
		rc = read_trusted(o->key, &trusted);
	if (!rc)
		rc = read_statement(o->statement, &line, &b.d, &parts);
	if (!rc && (parts.sealed || trusted))
		check_seal(&c, &parts, trusted);
	if (!rc)
		rc = recompute(&b, &c, &parts);
	text_printf(&good, "{\"statement\":\"%s\",\"total\":\"%s\",\"signed\":%s,\"fits\":true}",
		parts.yaml ? closing_text(parts.statement, "contract") : "",
		parts.yaml ? closing_text(parts.statement, "total") : "",
		parts.yaml && *parts.signature ? "true" : "false");
	yaml_free(parts.yaml);
	sign_free(trusted);
	text_free(&line);
	billing_close(&b);
	rc = told(&c, rc, good.data);
	text_free(&good);
	return (enum exit_status)rc;
}

/* The newest revision of each contract and period: it alone must follow from today's usage. */
struct newest {
	char contract[NAME_SIZE], period[PERIOD_SIZE];
	uint64_t number;
};

/* Walking the file of closed statements. */
struct walking {
	struct newest *newest;
	size_t n_newest;
	struct billing *b; /* NULL: chain and signatures alone */
	const struct sign_key *trusted;
	struct checking c;
	uint64_t last;
	char previous[DIGEST_HEX_SIZE];
};

static void check_link(struct walking *w, const struct closed_record *r, const struct closing_parts *p)
{
	struct text number = { 0 }, revision = { 0 };

	text_u64(&number, r->number);
	text_u64(&revision, r->revision);
	if (r->number != w->last + 1)
		complain(&w->c, "number", number.data, "another: there is a gap before it");
	if (strcmp(closing_text(p->record, "previous"), w->previous))
		complain(&w->c, "previous", closing_text(p->record, "previous"), w->previous);
	if (strcmp(closing_text(p->record, "number"), number.data))
		complain(&w->c, "number", closing_text(p->record, "number"), number.data);
	if (strcmp(closing_text(p->record, "revision"), revision.data))
		complain(&w->c, "revision", closing_text(p->record, "revision"), revision.data);
	if (strcmp(closing_text(p->record, "contract"), r->contract))
		complain(&w->c, "contract", closing_text(p->record, "contract"), r->contract);
	if (strcmp(closing_text(p->record, "period"), r->period))
		complain(&w->c, "period", closing_text(p->record, "period"), r->period);
	text_free(&number);
	text_free(&revision);
}

static int note_newest(void *context, const struct closed_record *r)
{
	struct walking *w = context;
	size_t i = 0;

	while (i < w->n_newest && (strcmp(w->newest[i].contract, r->contract) || strcmp(w->newest[i].period, r->period)))
		i++;
	if (i == w->n_newest) {
		w->newest = mem_grow(w->newest, ++w->n_newest, sizeof(*w->newest));
		snprintf(w->newest[i].contract, sizeof(w->newest[i].contract), "%s", r->contract);
		snprintf(w->newest[i].period, sizeof(w->newest[i].period), "%s", r->period);
	}
	w->newest[i].number = r->number;
	return 0;
}

static bool is_newest(const struct walking *w, const struct closed_record *r)
{
	for (size_t i = 0; i < w->n_newest; i++)
		if (w->newest[i].number == r->number)
			return true;
	return false;
}

static int walk_record(void *context, const struct closed_record *r)
{
	struct walking *w = context;
	struct diag d = { .out = stderr };
	struct text line = { 0 }, what = { 0 };
	struct closing_parts p;
	int rc;

	text_printf(&what, "statement number %llu (%s %s revision %u)", (unsigned long long)r->number, r->contract,
		r->period, r->revision);
	w->c.what = what.data;
	closing_envelope(r->text, r->sha256, r->public_key, r->signature, &line);
	rc = closing_read(what.data, line.data, line.size, &d, &p);
	if (rc) {
		w->c.wrong++;
		rc = 0; /* told; the others are checked as well */
	} else {
		check_seal(&w->c, &p, w->trusted);
		check_link(w, r, &p);
		if (w->b && is_newest(w, r))
			rc = recompute(w->b, &w->c, &p);
		yaml_free(p.yaml);
	}
	w->last = r->number;
	snprintf(w->previous, sizeof(w->previous), "%s", r->sha256);
	text_free(&line);
	text_free(&what);
	return rc;
}

static int walk_closed(const char *path, struct walking *w)
{
	struct closed *store = NULL;
	int rc = closed_open(path, false, &store);

	if (rc == -ENOENT)
		log_error("%s: no closed statements", path);
	memset(w->previous, '0', sizeof(w->previous) - 1);
	if (!rc)
		rc = closed_walk(store, NULL, note_newest, w);
	if (!rc)
		rc = closed_walk(store, NULL, walk_record, w);
	closed_close(store);
	free(w->newest);
	return rc;
}

static enum exit_status verify_closed(const struct ask *ask)
{
	struct walking w = { .b = NULL };
	struct sign_key *trusted = NULL;
	struct text good = { 0 };
	struct billing b;
	char *path = NULL;
	int rc = read_trusted(ask->options->key, &trusted);

	if (rc)
		return billing_status(rc);
	w.trusted = trusted;
	if (ask->options->contracts) {
		rc = billing_open(&b, ask);
		w.b = ask->n_sources || ask->options->usage ? &b : NULL;
		path = rc ? NULL : close_path(&b);
	} else {
		path = mem_dup(ask->options->statements);
	}
	if (!rc)
		rc = walk_closed(path, &w);
	if (ask->options->contracts)
		billing_close(&b);
	text_printf(&good, "{\"statements\":\"%s\",\"records\":%llu,\"recomputed\":%s,\"fits\":true}",
		path ? path : "", (unsigned long long)w.last, w.b ? "true" : "false");
	sign_free(trusted);
	free(path);
	rc = told(&w.c, rc, good.data);
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
