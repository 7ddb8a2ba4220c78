/* SPDX-License-Identifier: BSD-3-Clause */
#include "view.h"

#include <stdlib.h>
#include <string.h>

#include "forecast.h"
#include "json.h"

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
	return follow_end(a->follow);
}

struct strand view_strand(const struct api *a, const struct api_ask *q, uint32_t link, int64_t from, int64_t to)
{
	struct store_choice c = view_choice(q, link);

	return q->partner ? store_strand(follow_store(a->follow), &c, from, to) :
			    load_strand(follow_load(a->follow), link, from, to);
}

uint64_t view_capacity(const struct api *a, const struct api_ask *q, uint32_t link)
{
	return q->partner ? 0 : forecast_capacity(a->topology, link, follow_month(a->follow));
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
