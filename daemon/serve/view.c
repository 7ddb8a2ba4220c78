/* SPDX-License-Identifier: BSD-3-Clause */
#include "view.h"

#include <stdlib.h>
#include <string.h>

#include "json.h"

/* By who asks and what for; few enough to look through. */
struct cached {
	char partner[NAME_SIZE]; /* "": the operator */
	uint32_t link;
	uint64_t version;
	struct figures figures;
};

struct api_cache {
	struct cached *all;
	size_t n;
};

void api_cache_free(struct api_cache *c)
{
	if (!c)
		return;
	free(c->all);
	free(c);
}

bool view_link(const struct api *a, const struct api_ask *q, uint32_t link)
{
	const struct topology_link *l = &a->topology->links[link];
	struct store_choice c = view_choice(q, link);

	if (l->made_up && !load_has(follow_load(a->follow), link))
		return false;
	return !q->partner || store_has(follow_store(a->follow), &c);
}

struct store_choice view_choice(const struct api_ask *q, uint32_t link)
{
	return (struct store_choice){ .partner = q->partner, .link = link };
}

const struct config_link *view_config(const struct api *a, uint32_t link)
{
	const char *name = a->topology->links[link].name;

	for (size_t i = 0; i < a->config->n_links; i++)
		if (!strcmp(a->config->links[i].name, name))
			return &a->config->links[i];
	return NULL;
}

int64_t view_end(const struct api *a)
{
	return load_end(follow_load(a->follow));
}

struct strand view_strand(const struct api *a, const struct api_ask *q, uint32_t link, int64_t from, int64_t to)
{
	struct store_choice c = view_choice(q, link);

	return q->partner ? store_strand(follow_store(a->follow), &c, from, to) :
			    load_strand(follow_load(a->follow), link, from, to);
}

static struct cached *find(struct api *a, const struct api_ask *q, uint32_t link)
{
	const char *partner = q->partner ? q->partner : "";
	struct api_cache *c = a->cache;

	if (!c)
		c = a->cache = mem_alloc(sizeof(*c));
	for (size_t i = 0; i < c->n; i++)
		if (c->all[i].link == link && !strcmp(c->all[i].partner, partner))
			return &c->all[i];
	c->all = mem_grow(c->all, c->n + 1, sizeof(*c->all));
	c->all[c->n] = (struct cached){ .link = link, .version = UINT64_MAX };
	strncpy(c->all[c->n].partner, partner, NAME_SIZE - 1);
	return &c->all[c->n++];
}

const struct figures *view_month(struct api *a, const struct api_ask *q, uint32_t link)
{
	struct cached *c = find(a, q, link);
	struct strand s;

	if (c->version == follow_version(a->follow))
		return &c->figures;
	s = view_strand(a, q, link, follow_month(a->follow), view_end(a));
	figures_of(&s, q->partner ? 0 : a->topology->links[link].capacity, &c->figures);
	c->version = follow_version(a->follow);
	strand_free(&s);
	return &c->figures;
}

void view_percent(struct text *t, const char *key, u128 part, u128 whole)
{
	uint64_t hundredths;
	char digits[24];

	if (!whole) {
		json_null(t, key);
		return;
	}
	hundredths = (uint64_t)((part * 20000 + whole) / (2 * whole));
	snprintf(digits, sizeof(digits), "%llu.%02u", (unsigned long long)(hundredths / 100),
		(unsigned)(hundredths % 100));
	json_word(t, key, digits);
}

int view_refuse(struct text *out, int status, const char *why)
{
	json_open(out, NULL, '{');
	json_word(out, "error", why);
	json_close(out, '}');
	return status;
}
