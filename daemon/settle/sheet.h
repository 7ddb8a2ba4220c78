/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A statement in words, for people: what the text, HTML and PDF forms lay out. Every figure in it is one
 * of the canonical form's.
 */
#ifndef SETTLE_SHEET_H
#define SETTLE_SHEET_H

#include "statement.h"

struct sheet_pair {
	char *label, *value;
};

struct sheet_line {
	char *name, *what, *quantity, *amount;
	char *how; /* how the amount comes about, one or two sentences */
};

struct sheet {
	char *title;
	struct sheet_pair *fact; /* parties, period, rule */
	struct sheet_line *line;
	struct sheet_pair *sum; /* total and bounds */
	struct sheet_pair *data; /* quality and evidence */
	char **note;
	size_t n_facts, n_lines, n_sums, n_data, n_notes;
};

struct sheet *sheet_new(const struct statement *s);
void sheet_free(struct sheet *s); /* accepts NULL */

/* "43,932.103 Mbps": thousands apart, at most `digits` decimals. Allocated. */
char *sheet_number(const struct exact *x, unsigned digits);
/* "1,500.00": with exactly these decimals. Allocated. */
char *sheet_money(const struct exact *x, unsigned digits);

#endif
