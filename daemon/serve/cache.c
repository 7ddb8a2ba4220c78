/* SPDX-License-Identifier: BSD-3-Clause */
#include "cache.h"

#include <stdlib.h>
#include <string.h>

struct api_cache {
	struct cached *all;
	size_t n;
};

/* What everything is computed from; never 0. */
static uint64_t stamp_now(const struct api *a)
{
	return follow_version(a->follow) + 1;
}

static const struct {
	void (*compute)(struct api *a, struct cached *c);
	int64_t rest; /* seconds until it may be computed again */
} kinds[CACHED_KINDS] = {
	[CACHED_MONTH] = { cache_month, 5 },
	[CACHED_FORECAST] = { cache_forecast, 30 },
	[CACHED_CONTRACT] = { cache_contract, 15 },
	[CACHED_LOSS] = { cache_loss, 15 },
	[CACHED_MATRIX] = { cache_matrix, 15 },
};

void api_cache_free(struct api_cache *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->n; i++)
		text_free(&c->all[i].json);
	free(c->all);
	free(c);
}

static struct cached *find(struct api *a, enum cached_kind kind, const char *partner, uint32_t number)
{
	struct api_cache *c = a->cache;

	if (!c)
		c = a->cache = mem_alloc(sizeof(*c));
	for (size_t i = 0; i < c->n; i++)
		if (c->all[i].kind == kind && c->all[i].number == number && !strcmp(c->all[i].partner, partner))
			return &c->all[i];
	c->all = mem_grow(c->all, c->n + 1, sizeof(*c->all));
	c->all[c->n] = (struct cached){ .kind = kind, .number = number };
	strncpy(c->all[c->n].partner, partner, NAME_SIZE - 1);
	return &c->all[c->n++];
}

static void compute(struct api *a, struct cached *c, int64_t now)
{
	text_clear(&c->json);
	c->stamp = stamp_now(a);
	c->at = now;
	kinds[c->kind].compute(a, c);
}

const struct cached *cache_get(struct api *a, enum cached_kind kind, const char *partner, uint32_t number,
	int64_t now)
{
	struct cached *c = find(a, kind, partner ? partner : "", number);

	if (!c->stamp)
		compute(a, c, now);
	return c;
}

/* Before anybody asks: what the operator's page shows. */
static void expect(struct api *a)
{
	find(a, CACHED_MATRIX, "", 0);
	for (uint32_t i = 0; i < a->topology->n_links; i++) {
		find(a, CACHED_MONTH, "", i);
		if (follow_complete(a->follow))
			find(a, CACHED_FORECAST, "", i);
	}
	for (uint32_t i = 0; a->contracts && follow_complete(a->follow) && i < a->contracts->n; i++)
		find(a, CACHED_CONTRACT, "", i);
}

bool api_refresh(struct api *a, int64_t now)
{
	expect(a);
	for (size_t i = 0; i < a->cache->n; i++) {
		struct cached *c = &a->cache->all[i];

		if (c->stamp == stamp_now(a) || (c->stamp && now - c->at < kinds[c->kind].rest))
			continue;
		compute(a, c, now);
		return true;
	}
	return false;
}
