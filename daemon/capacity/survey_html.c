/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>

#include "html.h"
#include "survey_plot.h"
#include "survey_words.h"

static int link_section(const struct survey *r, const struct survey_link *l, struct text *out)
{
	const struct topology_link *link = &r->topology->links[l->link];
	int rc;

	html_element(out, "<h2>", link->name, "</h2>\n");
	if (*link->description)
		html_element(out, "<p>", link->description, "</p>\n");
	if (!l->figures.present && !l->n_months) {
		text_str(out, "<p>Nothing is known of its load.</p>\n");
		return 0;
	}
	rc = survey_plot_trend(r, l, out);
	return rc ? rc : survey_plot_day(l, out);
}

static void put_grids(struct grids *g, struct text *out)
{
	for (size_t i = 0; i < g->n; i++)
		grid_html(&g->grid[i], out);
	grids_free(g);
}

int survey_html(const struct survey *r, struct text *out)
{
	struct grids grids = { 0 };
	char *title = survey_title(r), *lead = survey_lead(r);
	int rc = 0;

	html_open(out, title);
	html_element(out, "<p>", lead, "</p>\n");
	for (size_t i = 0; i < r->n_notes; i++)
		html_element(out, "<p class=\"note\">", r->note[i], ".</p>\n");
	survey_grids_links(r, &grids);
	put_grids(&grids, out);
	survey_grids_without(r, &grids);
	survey_grids_contracts(r, &grids);
	put_grids(&grids, out);
	for (size_t i = 0; i < r->n_links && !rc; i++)
		rc = link_section(r, &r->link[i], out);
	html_close(out);
	free(title);
	free(lead);
	return rc;
}
