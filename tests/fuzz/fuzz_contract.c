/* SPDX-License-Identifier: BSD-3-Clause */
/* Any bytes as contracts: refused with messages that can be shown, or contracts that can be settled, whatever they
 * say: the bounds hold the total, and the forms can be made. */
#include <errno.h>

#include "form.h"
#include "memory_file.h"
#include "said.h"
#include "settle.h"

/* Two peerings, three classes, both directions; a bin in five is missing. */
static void feed(struct settle *s, const char *partner)
{
	static const char *const class[] = { "europe", "asia", "" };
	struct row_cell cell[12] = { 0 };
	int64_t from, to;

	settle_range(s, &from, &to);
	for (uint32_t i = 0; i < 12; i++) {
		cell[i] = (struct row_cell){ .id = i, .direction = (enum direction)(i & 1), .meter = "m",
			.family = i / 4 == 2 ? FAMILIES : FAMILY_IPV4 };
		strncpy(cell[i].partner, partner, NAME_SIZE - 1);
		strcpy(cell[i].peering, i & 2 ? "b" : "a");
		strcpy(cell[i].class, class[i / 4]);
	}
	for (unsigned k = 0; k < 40; k++) {
		struct row row = { .start = (to / BIN_SECONDS - 1 - k) * BIN_SECONDS, .cell = &cell[k % 12],
			.status = k % 5 ? BIN_OK : BIN_MISSING, .covered = BIN_SECONDS,
			.count = { UINT64_MAX >> k, UINT64_MAX >> (k / 2), UINT64_MAX >> k } };

		FUZZ_CHECK(!settle_row(s, &row));
	}
}

static void settle_it(struct exact_pool *pool, const struct contracts *all, const struct contract *c)
{
	struct period p = period_of(c->period, c->to - 1);
	struct statement *st;
	struct text out = { 0 };
	struct settle *s;
	struct said said;

	/* A bank lives through all its periods: not thousands of them here. */
	if (c->to - c->from > 4000)
		return;
	said_open(&said);
	if (settle_open(pool, all, c->id, &p, NULL, &said.d, &s)) {
		FUZZ_CHECK(said.d.count);
		said_lines(&said, "", false);
		return;
	}
	said_lines(&said, "", false);
	feed(s, c->partner);
	st = settle_close(s);
	FUZZ_CHECK(exact_cmp(st->low, st->total) <= 0 && (!st->high || exact_cmp(st->total, st->high) <= 0));
	form_json(st, &out);
	form_text(st, &out);
	form_csv(st, &out);
	text_free(&out);
	statement_free(st);
	settle_free(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *path = memory_file(0, data, size);
	struct exact_pool *pool = exact_pool_new();
	struct contracts *all = NULL;
	struct said said;
	int err;

	said_open(&said);
	err = contracts_load(path, ZONE_FOLDER, pool, &said.d, &all);
	FUZZ_CHECK(err == (said.d.count ? -EINVAL : 0) && !err == !!all);
	said_lines(&said, path, false);
	for (size_t i = 0; all && i < all->n && i < 4; i++)
		settle_it(pool, all, &all->contract[i]);
	contracts_free(all);
	exact_pool_free(pool);
	return 0;
}
