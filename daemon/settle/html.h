/* SPDX-License-Identifier: BSD-3-Clause */
/* Pages for people: one file that needs nothing else, for screens wide and narrow, light and dark, and for paper. */
#ifndef SETTLE_HTML_H
#define SETTLE_HTML_H

#include <stddef.h>

#include "sheet.h"
#include "text.h"

/* The page up to and with its heading; and its end. */
void html_open(struct text *out, const char *title);
void html_close(struct text *out);

/* `open`, the value with what HTML would read as markup escaped, `close`. */
void html_element(struct text *out, const char *open, const char *value, const char *close);

/* A table of labels and values; `first` opens the first row. */
void html_pairs(struct text *out, const struct sheet_pair *p, size_t n, const char *first);

#endif
