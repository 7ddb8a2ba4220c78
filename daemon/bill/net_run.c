/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * `transitctl net`: what remains to be paid between us and each partner for a period, a currency apart:
 * undisputed payable less undisputed receivable. Disputed lines (--dispute CONTRACT/LINE,...) are listed
 * and left out.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bill.h"
#include "billing.h"
#include "log.h"
#include "text.h"

struct net_row {
	const char *partner, *currency;
	unsigned digits;
	const struct exact *payable, *receivable;
	struct text contracts, disputed; /* JSON items */
};

struct net {
	struct net_row *row;
	size_t n;
};

/* Is "CONTRACT/LINE" in the list? */
static bool disputed(const char *list, const char *contract, const char *line)
{
	struct text want = { 0 };
	bool found = false;

	text_printf(&want, "%s/%s", contract, line);
	while (list && *list && !found) {
		size_t n = strcspn(list, ",");

		found = n == want.size && !memcmp(list, want.data, n);
		list += n + (list[n] == ',');
	}
	text_free(&want);
	return found;
}

static struct net_row *row_for(struct net *n, struct exact_pool *pool, const struct contract *c)
{
	for (size_t i = 0; i < n->n; i++)
		if (!strcmp(n->row[i].partner, c->partner) && !strcmp(n->row[i].currency, c->currency))
			return &n->row[i];
	n->row = mem_grow(n->row, n->n + 1, sizeof(*n->row));
	n->row[n->n] = (struct net_row){ c->partner, c->currency, c->digits, exact_int(pool, 0),
		exact_int(pool, 0), { 0 }, { 0 } };
	return &n->row[n->n++];
}

static void add_statement(struct net *n, struct exact_pool *pool, const char *list, const struct statement *st)
{
	const struct contract *c = st->contract;
	struct net_row *r = row_for(n, pool, c);
	const struct exact *sum = exact_int(pool, 0);

	for (size_t i = 0; i < st->n_lines; i++) {
		const struct statement_line *l = &st->lines[i];

		if (!disputed(list, c->id, l->line->name)) {
			sum = exact_add(pool, sum, l->amount);
			continue;
		}
		text_printf(&r->disputed, "%s{\"contract\":\"%s\",\"line\":\"%s\",\"amount\":\"",
			r->disputed.size ? "," : "", c->id, l->line->name);
		exact_fixed(&r->disputed, l->amount, c->digits);
		text_str(&r->disputed, "\"}");
	}
	if (c->payer == PAYER_US)
		r->payable = exact_add(pool, r->payable, sum);
	else
		r->receivable = exact_add(pool, r->receivable, sum);
	text_printf(&r->contracts, "%s{\"contract\":\"%s\",\"payer\":\"%s\",\"undisputed\":\"",
		r->contracts.size ? "," : "", c->id, payer_name[c->payer]);
	exact_fixed(&r->contracts, sum, c->digits);
	text_printf(&r->contracts, "\",\"status\":\"%s\"}", st->provisional ? "provisional" : "draft");
}

static void money(struct text *out, const char *before, const struct exact *x, unsigned digits)
{
	text_str(out, before);
	exact_fixed(out, x, digits);
}

static void print(struct text *out, const struct options *o, struct exact_pool *pool, const struct net_row *r)
{
	const struct exact *left = exact_sub(pool, r->payable, r->receivable);

	if (o->format == FORMAT_JSON) {
		text_printf(out, "{\"partner\":\"%s\",\"period\":\"%s\",\"currency\":\"%s\"", r->partner, o->period,
			r->currency);
		money(out, ",\"payable\":\"", r->payable, r->digits);
		money(out, "\",\"receivable\":\"", r->receivable, r->digits);
		money(out, "\",\"net\":\"", left, r->digits);
		text_printf(out, "\",\"contracts\":[%s],\"disputed\":[%s]}\n", r->contracts.data,
			r->disputed.data ? r->disputed.data : "");
		return;
	}
	text_printf(out, o->format == FORMAT_CSV ? "%s,%s,%s" : "%-24s %-8s %s", r->partner, o->period, r->currency);
	money(out, o->format == FORMAT_CSV ? "," : "  payable ", r->payable, r->digits);
	money(out, o->format == FORMAT_CSV ? "," : "  receivable ", r->receivable, r->digits);
	money(out, o->format == FORMAT_CSV ? "," : "  net ", left, r->digits);
	text_str(out, o->format == FORMAT_CSV ? "\r\n" : "\n");
	if (o->format == FORMAT_TEXT && r->disputed.data)
		text_printf(out, "    disputed, left out: %s\n", r->disputed.data);
}

/* The contracts that are in force in the period and settled by its kind. */
static size_t in_force(const struct billing *b, const struct period *p, const char **ids)
{
	const struct options *o = b->ask->options;
	struct period next = period_next(p);
	size_t n = 0;

	for (size_t i = 0; i < b->all->n; i++) {
		const struct contract *c = &b->all->contract[i];

		if (c->period != p->kind || c->to <= period_first_day(p) || c->from >= period_first_day(&next))
			continue;
		if ((o->partner && strcmp(o->partner, c->partner)) || (n && !strcmp(ids[n - 1], c->id)))
			continue;
		ids[n++] = c->id;
	}
	return n;
}

static int check_disputes(const struct billing *b, const char *list)
{
	while (list && *list) {
		size_t n = strcspn(list, ",");
		bool known = false;
		struct text one = { 0 };

		text_add(&one, list, n);
		for (size_t i = 0; i < b->all->n && !known; i++)
			for (size_t k = 0; k < b->all->contract[i].n_lines && !known; k++)
				known = disputed(one.data, b->all->contract[i].id, b->all->contract[i].lines[k].name);
		if (!known)
			log_error("--dispute %s: no such line; CONTRACT/LINE of %s", one.data, b->all->file);
		text_free(&one);
		if (!known)
			return -EINVAL;
		list += n + (list[n] == ',');
	}
	return 0;
}

static int net_print(struct billing *b, const struct period *p)
{
	const struct options *o = b->ask->options;
	const char **ids = mem_array(b->all->n, sizeof(*ids));
	size_t n = in_force(b, p, ids);
	struct statement **st = mem_array(n, sizeof(struct statement *));
	struct net net = { 0 };
	struct text out = { 0 };
	int rc = check_disputes(b, o->dispute);

	if (!rc && !n) {
		log_error("no contract is in force in %s%s%s", o->period, o->partner ? " with " : "",
			o->partner ? o->partner : "");
		rc = -EINVAL;
	}
	if (!rc)
		rc = billing_statements(b, ids, n, p, st);
	for (size_t i = 0; i < n && !rc; i++)
		add_statement(&net, b->pool, o->dispute, st[i]);
	if (o->format == FORMAT_CSV)
		text_str(&out, "partner,period,currency,payable,receivable,net\r\n");
	for (size_t i = 0; i < net.n && !rc; i++)
		print(&out, o, b->pool, &net.row[i]);
	if (!rc)
		rc = billing_write(o->output, &out);
	for (size_t i = 0; i < net.n; i++) {
		text_free(&net.row[i].contracts);
		text_free(&net.row[i].disputed);
	}
	for (size_t i = 0; i < n; i++)
		statement_free(st[i]);
	free(net.row);
	free(st);
	free(ids);
	text_free(&out);
	return rc;
}

enum exit_status net_run(const struct ask *ask)
{
	const struct options *o = ask->options;
	struct billing b;
	struct period period;
	int rc;

	if (billing_needs(o, "contracts", o->contracts) || billing_needs(o, "period", o->period) ||
		billing_period(o, &period))
		return EXIT_BAD_INPUT;
	rc = billing_open(&b, ask);
	if (!rc)
		rc = net_print(&b, &period);
	billing_close(&b);
	return billing_status(rc);
}
