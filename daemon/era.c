/* SPDX-License-Identifier: BSD-3-Clause */
#include "era.h"

#include <stdlib.h>
#include <string.h>

#include "text.h"

struct era *era_new(const struct config *config, struct cellbook *book)
{
	struct era *e = mem_alloc(sizeof(*e));

	e->config = config;
	if (view_build(config, &e->view)) {
		era_free(e);
		return NULL;
	}
	e->snapshot = snapshot_new(&e->view->layout, book);
	return e;
}

void era_free(struct era *e)
{
	if (!e)
		return;
	for (int s = 0; s < BANKFILE_SETS; s++)
		free(e->shift[s]);
	bankfile_close(e->banks);
	snapshot_free(e->snapshot);
	view_free(e->view);
	config_free(e->config);
	free(e);
}

int era_make_banks(struct era *e, const char *path, size_t n_workers)
{
	const struct bankfile_options o = {
		.path = path,
		.layout = &e->view->layout,
		.config = &e->config->digest,
		.meter = e->config->meter,
		.interval = e->config->interval,
		.n_workers = n_workers,
	};
	int error = bankfile_create(&o, &e->banks);

	for (unsigned s = 0; s < BANKFILE_SETS && !error; s++) {
		e->shift[s] = mem_array(n_workers, sizeof(*e->shift[s]));
		for (size_t i = 0; i < n_workers; i++)
			e->shift[s][i] =
				(struct shift){ .view = e->view, .bank = bankfile_banks(e->banks, s)[i] };
	}
	return error;
}

void era_remove_banks(struct era *e)
{
	bankfile_remove(e->banks);
	e->banks = NULL;
}

void era_stamp(const struct era *e, struct interval *iv, int64_t start, uint32_t covered_ms,
	enum origin origin)
{
	memcpy(iv->meter, e->config->meter, NAME_SIZE);
	iv->start = start;
	iv->end = start + e->config->interval;
	iv->covered_ms = covered_ms;
	iv->origin = origin;
	iv->config = e->config->digest;
}
