/* SPDX-License-Identifier: BSD-3-Clause */
#include "open_periods.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "contract.h"
#include "file.h"
#include "journal_closed.h"
#include "log.h"
#include "text.h"

/* The periods of one contract that have a closed statement. */
struct closed_periods {
	char (*period)[PERIOD_SIZE];
	size_t n;
};

static int take_closed(void *context, const struct closed_record *r)
{
	struct closed_periods *c = context;

	c->period = mem_grow(c->period, c->n + 1, sizeof(*c->period));
	snprintf(c->period[c->n++], PERIOD_SIZE, "%s", r->period);
	return 0;
}

static bool is_closed(const struct closed_periods *c, const char *period)
{
	for (size_t i = 0; i < c->n; i++)
		if (!strcmp(c->period[i], period))
			return true;
	return false;
}

/* The first open period of one version of a contract, if it begins before what was found so far. */
static void look_at(const struct contract *c, const struct closed_periods *closed, int64_t oldest,
	int64_t newest, struct open_period *out)
{
	int32_t first = zone_date(c->zone, oldest);
	struct period p = period_of(c->period, first > c->from ? first : c->from);

	for (;; p = period_next(&p)) {
		int32_t day = period_first_day(&p);
		int64_t from = zone_midnight(c->zone, day);
		char name[PERIOD_SIZE];

		if (day >= c->to || from > newest || from >= out->from)
			return;
		if (is_closed(closed, period_format(name, &p)))
			continue;
		out->from = from;
		snprintf(out->what, sizeof(out->what), "contract %s: %s is not closed", c->id, name);
		return;
	}
}

static int look_at_all(const struct contracts *all, struct closed *file, int64_t oldest, int64_t newest,
	struct open_period *out)
{
	int err = 0;

	for (size_t i = 0; i < all->n && !err; i++) {
		struct closed_periods closed = { 0 };

		if (file)
			err = closed_walk(file, all->contract[i].id, take_closed, &closed);
		if (!err)
			look_at(&all->contract[i], &closed, oldest, newest, out);
		free(closed.period);
	}
	return err;
}

/* The contracts; or why not, in out->what. */
static int load(const char *path, struct exact_pool *pool, struct contracts **all, struct open_period *out)
{
	char *said = NULL;
	size_t size;
	struct diag diag = { .out = open_memstream(&said, &size) };
	int err = diag.out ? contracts_load(path, ZONE_FOLDER, pool, &diag, all) : -ENOMEM;

	if (diag.out)
		fclose(diag.out);
	if (err)
		snprintf(out->what, sizeof(out->what), "%.*s", said ? (int)strcspn(said, "\n") : 0,
			said ? said : "");
	free(said);
	return err;
}

/* The file of closed statements that belongs to the contracts; *file NULL: nothing was closed yet. */
static int open_closed(const struct contracts *all, struct closed **file, struct open_period *out)
{
	char *path = all->statements ? mem_dup(all->statements) : file_beside(all->file, "statements.db");
	int err = closed_open(path, false, file);

	if (err == -ENOENT)
		err = 0;
	if (err)
		snprintf(out->what, sizeof(out->what), "%.100s: %s", path, strerror(-err));
	free(path);
	return err;
}

int open_periods_first(const char *contracts, int64_t oldest, int64_t newest, struct open_period *out)
{
	struct exact_pool *pool = exact_pool_new();
	struct contracts *all = NULL;
	struct closed *file = NULL;
	int err;

	*out = (struct open_period){ .from = INT64_MAX };
	err = load(contracts, pool, &all, out);
	err = err ? err : open_closed(all, &file, out);
	err = err ? err : look_at_all(all, file, oldest, newest, out);
	closed_close(file);
	contracts_free(all);
	exact_pool_free(pool);
	return err;
}
