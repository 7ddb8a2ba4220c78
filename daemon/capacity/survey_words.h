/* SPDX-License-Identifier: BSD-3-Clause */
/* What the text and the HTML form of a survey say. */
#ifndef CAPACITY_SURVEY_WORDS_H
#define CAPACITY_SURVEY_WORDS_H

#include "grid.h"
#include "survey.h"

/* "Capacity in 2026-11". Allocated. */
char *survey_title(const struct survey *r);
/* Which time the figures are of, and what rates and percentages mean. Allocated. */
char *survey_lead(const struct survey *r);

void survey_grids_links(const struct survey *r, struct grids *out);
void survey_grids_without(const struct survey *r, struct grids *out);
void survey_grids_contracts(const struct survey *r, struct grids *out);

#endif
