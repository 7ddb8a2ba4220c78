/* SPDX-License-Identifier: BSD-3-Clause */
/* The plain text form, 100 columns wide, and the CSV form, a row a line of the statement. */
#include <stdlib.h>
#include <string.h>

#include "form.h"
#include "sheet.h"

#define WIDTH 100

/* The text broken at spaces, each line after the first indented. */
static void wrap(struct text *out, const char *text, size_t indent)
{
	size_t at = indent;

	while (*text) {
		size_t word = strcspn(text, " ");

		if (at > indent && at + 1 + word > WIDTH) {
			text_printf(out, "\n%*s", (int)indent, "");
			at = indent;
		} else if (at > indent) {
			text_str(out, " ");
			at++;
		}
		text_add(out, text, word);
		at += word;
		text += word;
		text += strspn(text, " ");
	}
	text_str(out, "\n");
}

static void pairs(struct text *out, const struct sheet_pair *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		text_printf(out, "%-26s ", p[i].label);
		wrap(out, p[i].value, 27);
	}
}

void form_text(const struct statement *s, struct text *out)
{
	struct sheet *sh = sheet_new(s);

	text_printf(out, "%s\n\n", sh->title);
	pairs(out, sh->fact, sh->n_facts);
	text_printf(out, "\n%-20s %-24s %28s %20s %s\n", "LINE", "TYPE", "QUANTITY", "AMOUNT",
		s->contract->currency);
	for (size_t i = 0; i < sh->n_lines; i++) {
		const struct sheet_line *l = &sh->line[i];

		text_printf(out, "%-20s %-24s %28s %20s\n", l->name, l->what, l->quantity, l->amount);
		if (*l->how) {
			text_str(out, "    ");
			wrap(out, l->how, 4);
		}
	}
	text_str(out, "\n");
	pairs(out, sh->sum, sh->n_sums);
	text_str(out, "\n");
	pairs(out, sh->data, sh->n_data);
	for (size_t i = 0; i < sh->n_notes; i++) {
		text_str(out, i ? "" : "\n");
		wrap(out, sh->note[i], 0);
	}
	sheet_free(sh);
}

static void field(struct text *out, const char *value, bool last)
{
	if (!value[strcspn(value, ",\"\r\n")]) {
		text_str(out, value);
	} else {
		text_str(out, "\"");
		for (; *value; value++)
			text_add(out, *value == '"' ? "\"\"" : value, *value == '"' ? 2 : 1);
		text_str(out, "\"");
	}
	text_str(out, last ? "\r\n" : ",");
}

static void number(struct text *out, char *value, bool last)
{
	field(out, value, last);
	free(value);
}

static void csv_row(const struct statement *s, struct text *out, const char *name, const char *type,
	const struct exact *quantity, const char *unit, const struct exact *amount, const struct exact *low,
	const struct exact *high)
{
	char period[PERIOD_SIZE], *version = form_version(s);
	unsigned digits = s->contract->digits;

	field(out, s->contract->id, false);
	number(out, version, false);
	field(out, s->contract->partner, false);
	field(out, form_period(period, s), false);
	field(out, s->contract->currency, false);
	field(out, name, false);
	field(out, type, false);
	number(out, quantity ? exact_plain_dup(quantity, QUANTITY_DIGITS) : mem_dup(""), false);
	field(out, unit, false);
	number(out, exact_fixed_dup(amount, digits), false);
	number(out, exact_fixed_dup(low, digits), false);
	number(out, high ? exact_fixed_dup(high, digits) : mem_dup(""), false);
	field(out, form_status(s), true);
}

void form_csv(const struct statement *s, struct text *out)
{
	text_str(out, "contract,version,partner,period,currency,line,type,quantity,unit,amount,low,high,status\r\n");
	for (size_t i = 0; i < s->n_lines; i++) {
		const struct statement_line *l = &s->lines[i];

		csv_row(s, out, l->line->name, line_type_name[l->line->type], l->quantity, l->unit, l->amount, l->low,
			l->high);
	}
	csv_row(s, out, "", "total", NULL, "", s->total, s->low, s->high);
}
