/* SPDX-License-Identifier: BSD-3-Clause */
#include "checking.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "form.h"
#include "log.h"
#include "text.h"

void checking_differs(void *context, const char *path, const char *said, const char *computed)
{
	struct checking *c = context;

	c->wrong++;
	log_error("%s: %s: the statement says %s, recomputed it is %s", c->what, path, said, computed);
}

void checking_seal(struct checking *c, const struct closing_parts *p, const struct sign_key *trusted)
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

int checking_recompute(struct billing *b, struct checking *c, const struct closing_parts *p)
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
			closing_compare(p->statement, yaml_root(yaml), checking_differs, c);
		if (c->wrong == before)
			checking_differs(c, "spelling", "the same in other bytes", "canonical JSON");
		yaml_free(yaml);
	}
	statement_free(st);
	text_free(&again);
	return rc;
}

int checking_key(const char *path, struct sign_key **out)
{
	int rc = path ? sign_read_public(path, out) : 0;

	if (rc)
		log_error("%s: %s", path, rc == -EINVAL ? "not an Ed25519 public key (PEM)" : strerror(-rc));
	return rc;
}

enum exit_status checking_told(const struct checking *c, int rc, const char *good)
{
	if (rc)
		return billing_status(rc);
	if (c->wrong)
		return EXIT_NOT_DONE;
	puts(good);
	return command_written(format_flush(stdout));
}
