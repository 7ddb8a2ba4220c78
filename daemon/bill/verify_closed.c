/* SPDX-License-Identifier: BSD-3-Clause */
/* The file of closed statements: numbers without gaps, each record chained to the one before and signed, and the
 * newest revisions recomputed where there is usage to do it from. */
#include "verify_closed.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "checking.h"
#include "close.h"
#include "journal_closed.h"
#include "log.h"
#include "text.h"

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
		checking_differs(&w->c, "number", number.data, "another: there is a gap before it");
	if (strcmp(closing_text(p->record, "previous"), w->previous))
		checking_differs(&w->c, "previous", closing_text(p->record, "previous"), w->previous);
	if (strcmp(closing_text(p->record, "number"), number.data))
		checking_differs(&w->c, "number", closing_text(p->record, "number"), number.data);
	if (strcmp(closing_text(p->record, "revision"), revision.data))
		checking_differs(&w->c, "revision", closing_text(p->record, "revision"), revision.data);
	if (strcmp(closing_text(p->record, "contract"), r->contract))
		checking_differs(&w->c, "contract", closing_text(p->record, "contract"), r->contract);
	if (strcmp(closing_text(p->record, "period"), r->period))
		checking_differs(&w->c, "period", closing_text(p->record, "period"), r->period);
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
		checking_seal(&w->c, &p, w->trusted);
		check_link(w, r, &p);
		if (w->b && is_newest(w, r))
			rc = checking_recompute(w->b, &w->c, &p);
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

enum exit_status verify_closed(const struct ask *ask)
{
	struct walking w = { .b = NULL };
	struct sign_key *trusted = NULL;
	struct text good = { 0 };
	struct billing b;
	char *path = NULL;
	int rc = checking_key(ask->options->key, &trusted);

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
	rc = checking_told(&w.c, rc, good.data);
	text_free(&good);
	return (enum exit_status)rc;
}
