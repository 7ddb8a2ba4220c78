/* SPDX-License-Identifier: BSD-3-Clause */
/* The HTML form: one file that needs nothing else, readable on screens light and dark, and printable. */
#include "form.h"
#include "plot.h"
#include "sheet.h"

static const char head[] =
	"<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
	"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<style>\n"
	"@page{size:A4;margin:18mm}\n"
	"body{font:15px/1.45 system-ui,\"DejaVu Sans\",sans-serif;max-width:52rem;margin:2rem auto;padding:0 1rem;"
	"color:#1a1a1a;background:#fff}\n"
	"h1{font-size:1.5rem;margin:0 0 1rem}h2{font-size:1.05rem;margin:1.6rem 0 .4rem}\n"
	"table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:.3rem .6rem .3rem 0;"
	"border-bottom:1px solid #ddd}\n"
	"th{font-weight:600;white-space:nowrap}td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;"
	"white-space:nowrap;padding-right:0}\n"
	"td.how{border-bottom:1px solid #ddd;color:#555;font-size:.87em;padding-left:1rem}tr.line td{border-bottom:0}\n"
	"tr.total th,tr.total td{font-size:1.15em;font-weight:700;border-top:2px solid #1a1a1a}\n"
	"td{overflow-wrap:anywhere}tr.line td{overflow-wrap:normal}\n"
	"p.note{background:#fff4d6;color:#1a1a1a;padding:.5rem .8rem;border-left:4px solid #c80}\n"
	"svg{width:100%;height:auto;background:#fff}\n"
	"@media(max-width:32rem){body{font-size:12px;padding:0 .6rem}}\n"
	"@media(prefers-color-scheme:dark){body{color:#eee;background:#181818}th,td,td.how{border-color:#444}td.how"
	"{color:#bbb}tr.total th,tr.total td{border-top-color:#eee}}\n"
	"@media print{body{margin:0;font-size:11px;color:#000;background:#fff}h2{break-after:avoid}"
	"svg,tr{break-inside:avoid}}\n</style>\n";

static void escaped(struct text *out, const char *s)
{
	for (; *s; s++) {
		if (*s == '<')
			text_str(out, "&lt;");
		else if (*s == '>')
			text_str(out, "&gt;");
		else if (*s == '&')
			text_str(out, "&amp;");
		else if (*s == '"')
			text_str(out, "&quot;");
		else
			text_add(out, s, 1);
	}
}

static void element(struct text *out, const char *open, const char *value, const char *close)
{
	text_str(out, open);
	escaped(out, value);
	text_str(out, close);
}

static void pairs(struct text *out, const struct sheet_pair *p, size_t n, const char *first)
{
	for (size_t i = 0; i < n; i++) {
		text_str(out, i ? "<tr>" : first);
		element(out, "<th scope=\"row\">", p[i].label, "</th>");
		element(out, "<td>", p[i].value, "</td></tr>\n");
	}
}

static void lines(struct text *out, const struct sheet *s, const char *currency)
{
	text_str(out, "<h2>Lines</h2>\n<table><thead><tr><th>Line</th><th>Type</th><th class=\"n\">Quantity</th>");
	element(out, "<th class=\"n\">Amount, ", currency, "</th></tr></thead><tbody>\n");
	for (size_t i = 0; i < s->n_lines; i++) {
		const struct sheet_line *l = &s->line[i];

		element(out, *l->how ? "<tr class=\"line\"><td>" : "<tr><td>", l->name, "</td>");
		element(out, "<td>", l->what, "</td>");
		element(out, "<td class=\"n\">", l->quantity, "</td>");
		element(out, "<td class=\"n\">", l->amount, "</td></tr>\n");
		if (*l->how)
			element(out, "<tr><td class=\"how\" colspan=\"4\">", l->how, "</td></tr>\n");
	}
	text_str(out, "</tbody></table>\n");
}

void form_html(const struct statement *s, struct text *out)
{
	struct sheet *sh = sheet_new(s);

	text_str(out, head);
	element(out, "<title>", sh->title, "</title></head><body>\n");
	element(out, "<h1>", sh->title, "</h1>\n");
	for (size_t i = 0; i < sh->n_notes; i++)
		element(out, "<p class=\"note\">", sh->note[i], "</p>\n");
	text_str(out, "<table>\n");
	pairs(out, sh->fact, sh->n_facts, "<tr>");
	text_str(out, "</table>\n");
	lines(out, sh, s->contract->currency);
	text_str(out, "<table>\n");
	pairs(out, sh->sum, sh->n_sums, "<tr class=\"total\">");
	text_str(out, "</table>\n<h2>The period</h2>\n<figure style=\"margin:0\">");
	if (plot_svg(s, out))
		text_str(out, "(the plot could not be drawn)");
	text_str(out, "</figure>\n<h2>Quality of the data</h2>\n<table>\n");
	pairs(out, sh->data, sh->n_data, "<tr>");
	text_str(out, "</table>\n</body></html>\n");
	sheet_free(sh);
}
