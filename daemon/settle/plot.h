/* SPDX-License-Identifier: BSD-3-Clause */
/* The plot of a statement's period: both directions over time, the percentile and commit lines, missing bins
 * shaded. One drawing for the PDF and, as SVG, for the HTML. */
#ifndef SETTLE_PLOT_H
#define SETTLE_PLOT_H

#include "chart.h"
#include "statement.h"

/* A chart_draw_fn; `what` is a struct statement. */
void plot_draw(cairo_t *c, const void *what, const struct chart_box *box);

#endif
