/* SPDX-License-Identifier: BSD-3-Clause */
/* `transitctl settle`: one contract and one period become a statement, printed or closed for good. */
#include <errno.h>

#include "bill.h"
#include "billing.h"
#include "close.h"
#include "form.h"

static int print(const struct statement *st, enum format format, const struct text *envelope, struct text *out)
{
	switch (format) {
	case FORMAT_TEXT:
		form_text(st, out);
		return 0;
	case FORMAT_CSV:
		form_csv(st, out);
		return 0;
	case FORMAT_HTML:
		form_html(st, out);
		return 0;
	case FORMAT_PDF:
		return form_pdf(st, out);
	default:
		if (envelope->size)
			text_add(out, envelope->data, envelope->size);
		else
			form_json(st, out);
		text_str(out, "\n");
		return 0;
	}
}

static int settle_print(struct billing *b, const struct options *o, const struct period *period)
{
	struct statement *st = NULL;
	struct text out = { 0 }, evidence = { 0 }, envelope = { 0 };
	int rc;

	b->keep = o->evidence ? &evidence : NULL;
	rc = billing_statements(b, &o->contract, 1, period, &st);

	/* The evidence first: a statement that is closed must have it. */
	if (!rc && evidence.size)
		rc = billing_write(o->evidence, &evidence);
	if (!rc && o->close)
		rc = close_statement(b, st, &envelope);
	if (!rc)
		rc = print(st, o->format, &envelope, &out);
	if (!rc)
		rc = billing_write(o->output, &out);
	text_free(&evidence);
	text_free(&envelope);
	statement_free(st);
	text_free(&out);
	return rc;
}

enum exit_status settle_run(const struct ask *ask)
{
	const struct options *o = ask->options;
	struct billing b;
	struct period period;
	int rc;

	if (billing_needs(o, "contracts", o->contracts) || billing_needs(o, "contract", o->contract) ||
		billing_needs(o, "period", o->period) || billing_period(o, &period))
		return EXIT_BAD_INPUT;
	rc = billing_open(&b, ask);
	if (!rc)
		rc = settle_print(&b, o, &period);
	billing_close(&b);
	return billing_status(rc);
}
