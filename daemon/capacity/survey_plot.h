/* SPDX-License-Identifier: BSD-3-Clause */
/* The plots of a link, as SVG: its monthly p95 with the forecast and the levels, and its day. */
#ifndef CAPACITY_SURVEY_PLOT_H
#define CAPACITY_SURVEY_PLOT_H

#include "survey.h"

/* Append <figure> elements; nothing where there is nothing to draw. 0, or -EIO. */
int survey_plot_trend(const struct survey *r, const struct survey_link *l, struct text *out);
int survey_plot_day(const struct survey_link *l, struct text *out);

#endif
