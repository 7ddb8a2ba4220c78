/* SPDX-License-Identifier: BSD-3-Clause */
#include "html.h"

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
	"figure{margin:0}.scroll{overflow-x:auto;font-size:.85em}.scroll td{white-space:nowrap}.scroll .n,.n+td:not(.n),.n+th:not(.n)"
	"{padding-left:1.2rem}svg{width:100%;height:auto;background:#fff}.narrow{display:none}\n"
	"@media(max-width:32rem){body{font-size:12px;padding:0 .6rem}.wide{display:none}.narrow{display:block}}\n"
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

void html_element(struct text *out, const char *open, const char *value, const char *close)
{
	text_str(out, open);
	escaped(out, value);
	text_str(out, close);
}

void html_pairs(struct text *out, const struct sheet_pair *p, size_t n, const char *first)
{
	text_str(out, "<table>\n");
	for (size_t i = 0; i < n; i++) {
		text_str(out, i ? "<tr>" : first);
		html_element(out, "<th scope=\"row\">", p[i].label, "</th>");
		html_element(out, "<td>", p[i].value, "</td></tr>\n");
	}
	text_str(out, "</table>\n");
}

void html_open(struct text *out, const char *title)
{
	text_str(out, head);
	html_element(out, "<title>", title, "</title></head><body>\n");
	html_element(out, "<h1>", title, "</h1>\n");
}

void html_close(struct text *out)
{
	text_str(out, "</body></html>\n");
}
