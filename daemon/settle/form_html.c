/* SPDX-License-Identifier: BSD-3-Clause */
/* The HTML form. */
#include "form.h"
#include "html.h"
#include "plot.h"
#include "sheet.h"

static void lines(struct text *out, const struct sheet *s, const char *currency)
{
	text_str(out, "<h2>Lines</h2>\n<table><thead><tr><th>Line</th><th>Type</th><th class=\"n\">Quantity</th>");
	html_element(out, "<th class=\"n\">Amount, ", currency, "</th></tr></thead><tbody>\n");
	for (size_t i = 0; i < s->n_lines; i++) {
		const struct sheet_line *l = &s->line[i];

		html_element(out, *l->how ? "<tr class=\"line\"><td>" : "<tr><td>", l->name, "</td>");
		html_element(out, "<td>", l->what, "</td>");
		html_element(out, "<td class=\"n\">", l->quantity, "</td>");
		html_element(out, "<td class=\"n\">", l->amount, "</td></tr>\n");
		if (*l->how)
			html_element(out, "<tr><td class=\"how\" colspan=\"4\">", l->how, "</td></tr>\n");
	}
	text_str(out, "</tbody></table>\n");
}

void form_html(const struct statement *s, struct text *out)
{
	struct sheet *sh = sheet_new(s);

	html_open(out, sh->title);
	for (size_t i = 0; i < sh->n_notes; i++)
		html_element(out, "<p class=\"note\">", sh->note[i], "</p>\n");
	html_pairs(out, sh->fact, sh->n_facts, "<tr>");
	lines(out, sh, s->contract->currency);
	html_pairs(out, sh->sum, sh->n_sums, "<tr class=\"total\">");
	text_str(out, "<h2>The period</h2>\n<figure role=\"img\" aria-label=\"traffic in bit/s over the period\">\n");
	if (chart_svg(plot_draw, s, "period", 1, out))
		text_str(out, "(the plot could not be drawn)");
	text_str(out, "</figure>\n<h2>Quality of the data</h2>\n");
	html_pairs(out, sh->data, sh->n_data, "<tr>");
	html_close(out);
	sheet_free(sh);
}
