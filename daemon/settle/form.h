/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The forms of a statement. All are made from the same struct and nothing else: no clock, no locale, so
 * that the same statement gives the same bytes. JSON is the canonical one: key order and spelling are
 * fixed (docs/settlement.md), and closing signs it.
 */
#ifndef SETTLE_FORM_H
#define SETTLE_FORM_H

#include "statement.h"
#include "text.h"

void form_json(const struct statement *s, struct text *out); /* one line, without its end */
void form_csv(const struct statement *s, struct text *out);
void form_text(const struct statement *s, struct text *out);
void form_html(const struct statement *s, struct text *out);
int form_pdf(const struct statement *s, struct text *out); /* 0, or -errno */

/* Shared by the forms. */

/* "1", or "1+2" for a period that is split. Allocated. */
char *form_version(const struct statement *s);
/* Per cent of the bins that are not missing, two decimals, rounded down. Allocated. */
char *form_completeness(const struct quality *q);
const char *form_status(const struct statement *s); /* "draft", "final", or "provisional" */
/* The period as it was asked for: "2026-11". */
char *form_period(char buf[static PERIOD_SIZE], const struct statement *s);
/* A line's ranking for print: of one peering, or of all together when each was ranked. */
struct ranking form_ranking(const struct statement_line *l, bool *one_bin);

#endif
