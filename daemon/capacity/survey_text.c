/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>

#include "survey_words.h"

static void owned(struct text *out, char *line)
{
	text_printf(out, "%s\n", line);
	free(line);
}

void survey_text(const struct survey *r, struct text *out)
{
	struct grids grids = { 0 };

	owned(out, survey_title(r));
	owned(out, survey_lead(r));
	for (size_t i = 0; i < r->n_notes; i++)
		text_printf(out, "Note: %s.\n", r->note[i]);
	survey_grids_links(r, &grids);
	survey_grids_without(r, &grids);
	survey_grids_contracts(r, &grids);
	for (size_t i = 0; i < grids.n; i++)
		grid_text(&grids.grid[i], out);
	grids_free(&grids);
}
