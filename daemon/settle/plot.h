/* SPDX-License-Identifier: BSD-3-Clause */
/* The plot of a statement's period: both directions over time, the percentile and commit lines, missing bins
 * shaded. One drawing for the PDF and, as SVG, for the HTML. Drawing alone uses floating point. */
#ifndef SETTLE_PLOT_H
#define SETTLE_PLOT_H

#include <cairo.h>

#include "statement.h"
#include "text.h"

void plot_draw(cairo_t *c, const struct statement *s, double x, double y, double width, double height);

/* Appends an <svg> element. 0, or -EIO. */
int plot_svg(const struct statement *s, struct text *out);

#endif
