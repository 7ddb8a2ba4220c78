/* SPDX-License-Identifier: BSD-3-Clause */
#include "billing.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "close.h"
#include "log.h"
#include "text.h"
#include "world_config.h"

static int take_config(void *context, const struct usage_bin *bin)
{
	*(struct digest *)context = bin->config;
	return 0;
}

char *billing_meter_config(const struct source *s)
{
	struct digest config = { { 0 } };

	return s->ops->bins(s->self, 0, 0, take_config, &config) ? NULL : s->ops->config(s->self, &config);
}

/* Several meters: what each knew last is known, besides the configuration at hand. */
static void add_meters(struct world *w, const struct ask *ask)
{
	for (size_t i = 0; ask->n_sources > 1 && i < ask->n_sources; i++) {
		char *text = billing_meter_config(&ask->source[i]);

		if (text)
			world_canonical(w, text);
		free(text);
	}
}

int billing_open(struct billing *b, const struct ask *ask)
{
	int rc = 0;

	*b = (struct billing){ .d = { .out = stderr }, .ask = ask, .now = clock_now_ns() / 1000000000 };
	b->pool = exact_pool_new();
	if (ask->config) {
		b->world = mem_alloc(sizeof(*b->world));
		world_config(b->world, ask->config);
		add_meters(b->world, ask);
	}
	if (ask->options->contracts)
		rc = contracts_load(ask->options->contracts, ZONE_FOLDER, b->pool, &b->d, &b->all);
	b->names_late = b->world && ask->options->usage;
	if (!rc && b->world && b->all && !b->names_late) {
		world_check(b->world, b->all, NULL, "the meter's configuration", &b->d);
		rc = b->d.count ? -EINVAL : 0;
	}
	diag_end(&b->d);
	return rc;
}

void billing_close(struct billing *b)
{
	contracts_free(b->all);
	world_free(b->world);
	exact_pool_free(b->pool);
}

/* Several settlements that see the same rows. */
struct feed {
	struct settle **settle;
	size_t n;
};

static int feed_row(void *context, const struct row *row)
{
	struct feed *f = context;
	int rc = 0;

	for (size_t i = 0; i < f->n && !rc; i++)
		rc = settle_row(f->settle[i], row);
	return rc;
}

/* The time and the partner that the settlements need rows of. */
static struct rows_wanted wanted(const struct feed *f, const struct contract *const *first)
{
	struct rows_wanted w = { .from = INT64_MAX, .partner = f->n ? first[0]->partner : NULL };

	for (size_t i = 0; i < f->n; i++) {
		int64_t from, to;

		settle_range(f->settle[i], &from, &to);
		w.from = from < w.from ? from : w.from;
		w.to = to > w.to ? to : w.to;
		if (w.partner && strcmp(w.partner, first[i]->partner))
			w.partner = NULL;
	}
	return w;
}

/* Evidence may be of more meters than the one whose configuration is at hand: what either knows exists. */
static int check_names(struct billing *b, const char *const *ids, size_t n, const struct cells *cells)
{
	unsigned before = b->d.count;

	for (uint32_t i = 0; i < cells_count(cells); i++) {
		const struct row_cell *c = cells_at(cells, i);
		struct world_peering p = { .capacity = 0 };

		memcpy(p.name, c->peering, NAME_SIZE);
		memcpy(p.partner, c->partner, NAME_SIZE);
		if (!world_find(b->world, p.name))
			world_add_peering(b->world, &p);
		if (c->class[0])
			world_add_class(b->world, c->class);
	}
	for (size_t i = 0; i < n; i++)
		world_check(b->world, b->all, ids[i], "the meter's configuration or in the usage file", &b->d);
	return b->d.count == before ? 0 : -EINVAL;
}

static bool is_metered(const struct contract *c)
{
	for (size_t i = 0; i < c->n_lines; i++)
		if (contract_line_metered(&c->lines[i]))
			return true;
	return false;
}

/* Things that only the rows as a whole can tell. */
static int check_rows(struct billing *b, const struct settle *s, const struct contract *c,
	const struct evidence *e)
{
	int64_t from, to;

	settle_period(s, &from, &to);
	if (!settle_saw_period(s) && from > b->now) {
		log_error("contract %s: the period has not begun yet", c->id);
		return -EINVAL;
	}
	if (e->rows && is_metered(c) && !settle_saw_partner(s)) {
		log_error("%s: none of its %llu rows is of partner %s (contract %s)",
			e->file ? e->file : "usage", (unsigned long long)e->rows, c->partner, c->id);
		return -EINVAL;
	}
	return 0;
}

static int open_all(struct billing *b, const char *const *ids, size_t n, const struct period *period,
	struct feed *f, const struct contract **first)
{
	for (size_t i = 0; i < n; i++) {
		int rc = settle_open(b->pool, b->all, ids[i], period, b->world, &b->d, &f->settle[i]);

		if (rc)
			return rc;
		f->n = i + 1;
		if (b->until)
			settle_until(f->settle[i], b->until);
		contracts_find(b->all, ids[i], &first[i]);
		rc = close_taken(b, ids[i], f->settle[i]);
		if (rc)
			return rc;
	}
	return 0;
}

/* Evidence that came from meters has the name of the file that would hold it. */
static void copy_evidence(const struct billing *b, struct statement *st, const struct evidence *e)
{
	const char *name = b->ask->options->evidence;
	char period[PERIOD_SIZE];
	struct text t = { 0 };

	st->evidence = *e;
	if (e->file)
		text_str(&t, e->file);
	else if (name)
		text_str(&t, strrchr(name, '/') ? strrchr(name, '/') + 1 : name);
	else
		text_printf(&t, "%s-%s.csv", st->contract->id, period_format(period, &st->parts[0].period));
	st->evidence.file = t.data;
}

/* The stretch of each meter's chain that the statement was made from. */
static int add_chains(const struct billing *b, struct statement *st)
{
	const struct part *p = &st->parts[0];

	for (size_t i = 0; i < st->n_meters; i++) {
		struct statement_meter *m = &st->meters[i];

		for (size_t k = 0; k < b->ask->n_sources; k++) {
			const struct source *s = &b->ask->source[k];
			struct journal_span span;
			int rc;

			if (strcmp(s->meter, m->name))
				continue;
			rc = s->ops->span(s->self, p->period_from, p->period_to, &span);
			if (rc)
				return rc;
			m->chained = span.last_seq != 0;
			m->first_seq = span.first_seq;
			m->last_seq = span.last_seq;
			m->chain_head = span.chain;
		}
	}
	return 0;
}

int billing_statements(struct billing *b, const char *const *ids, size_t n, const struct period *period,
	struct statement **out)
{
	struct feed f = { mem_array(n, sizeof(*f.settle)), 0 };
	const struct contract **first = mem_array(n, sizeof(*first));
	struct cells *cells = cells_new();
	struct evidence e = { 0 };
	int rc = open_all(b, ids, n, period, &f, first);

	if (!rc) {
		struct rows_wanted w = wanted(&f, first);

		rc = b->rows ? b->rows->read(b->rows->self, w.from, w.to, feed_row, &f) :
			       rows_read(b->ask, &w, cells, &b->d, feed_row, &f, b->keep, &e);
		if (!rc && b->names_late)
			rc = check_names(b, ids, n, cells);
	}
	diag_end(&b->d);
	for (size_t i = 0; i < n && !rc; i++)
		rc = check_rows(b, f.settle[i], first[i], &e);
	for (size_t i = 0; i < n && !rc; i++) {
		out[i] = settle_close(f.settle[i]);
		copy_evidence(b, out[i], &e);
		rc = add_chains(b, out[i]);
	}
	for (size_t i = 0; i < f.n; i++)
		settle_free(f.settle[i]);
	evidence_clear(&e);
	cells_free(cells);
	free(f.settle);
	free(first);
	return rc;
}

enum exit_status billing_status(int rc)
{
	return !rc ? EXIT_DONE : rc == -EINVAL ? EXIT_BAD_INPUT : EXIT_NOT_DONE;
}

int billing_needs(const struct options *o, const char *option, const char *value)
{
	if (value)
		return 0;
	log_error("%s needs --%s; --help lists the options", o->command, option);
	return -EINVAL;
}

int billing_period(const struct options *o, struct period *out)
{
	if (!period_parse(o->period, out))
		return 0;
	log_error("--period \"%s\" is not a period; YYYY-MM or YYYY-Qn, as 2026-11 or 2026-Q4", o->period);
	return -EINVAL;
}

static int write_all(FILE *f, const struct text *t)
{
	if (t->size && fwrite(t->data, 1, t->size, f) != t->size)
		return -EIO;
	return fflush(f) ? -errno : 0;
}

/* A file is written beside its place and moved there: never half a statement. */
static int write_file(const char *path, const struct text *t)
{
	struct text temporary = { 0 };
	FILE *f;
	int rc;

	text_printf(&temporary, "%s.new", path);
	f = fopen(temporary.data, "we");
	rc = f ? write_all(f, t) : -errno;
	if (f && !rc && fsync(fileno(f)))
		rc = -errno;
	if (f && fclose(f) && !rc)
		rc = -errno;
	if (!rc && rename(temporary.data, path))
		rc = -errno;
	if (f && rc)
		unlink(temporary.data);
	text_free(&temporary);
	return rc;
}

int billing_write(const char *path, const struct text *t)
{
	int rc = path ? write_file(path, t) : write_all(stdout, t);

	if (rc)
		log_error("%s: %s", path ? path : "standard output", strerror(-rc));
	return rc;
}
