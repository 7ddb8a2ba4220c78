/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Curves of bit/s over a period, drawn with cairo: axes, shades, levels and a legend that wraps. What is drawn
 * is the caller's (plot.c, reconcile_plot.c). Drawing alone uses floating point, and nothing of it is computed with.
 */
#ifndef SETTLE_CHART_H
#define SETTLE_CHART_H

#include <cairo.h>
#include <stddef.h>
#include <stdint.h>

#include "exact.h"
#include "text.h"
#include "zone.h"

struct chart_colour {
	double r, g, b;
};

/* Told apart by the colour-blind, and by their lightness in print. */
extern const struct chart_colour chart_blue, chart_orange, chart_red, chart_dark, chart_grey, chart_pink;

/* Where to draw, and how large the letters are, in the surface's units. */
struct chart_box {
	double x, y, width, height, font;
};

enum chart_mark { MARK_LINE, MARK_DASHES, MARK_BOX };

struct chart_key {
	const char *words;
	const struct chart_colour *colour;
	enum chart_mark mark;
};

struct chart {
	cairo_t *c;
	struct chart_box box;
	double x, y, width, height; /* inside of the axes */
	int64_t from, to;	    /* Unix seconds */
	double top;		    /* bit/s at the upper edge */
	const char *unit;
	double unit_size;
};

/* Lays the chart out and draws its legend; `top` is the greatest value in bit/s. */
void chart_begin(struct chart *ch, cairo_t *c, const struct chart_box *box, int64_t from, int64_t to, double top,
	const struct chart_key *keys, size_t n_keys);
void chart_end(struct chart *ch);

/* Figures at the left, and the dates of local midnights below. */
void chart_axes(struct chart *ch, const struct zone *zone, int32_t first_day, int32_t days);

/* The same with any words below, none where the one before it still stands. */
struct chart_tick {
	int64_t at;
	char words[16];
};
void chart_ticks(struct chart *ch, const struct chart_tick *tick, size_t n);

/* A line through points in time, with a dot at each if it is no dashed one; and the area between two. NAN ends a
 * line. What lies above or below the axes is cut off. */
void chart_line(struct chart *ch, const int64_t *at, const double *bits, size_t n, const struct chart_colour *colour,
	enum chart_mark mark);
void chart_area(struct chart *ch, const int64_t *at, const double *low, const double *high, size_t n,
	const struct chart_colour *colour);

/* A stretch of time over the whole height. */
void chart_shade(struct chart *ch, int64_t from, int64_t to, const struct chart_colour *colour);

/* Bins from `from` on, in bit/s; NAN: nothing is there. Of bins that share a column the greatest is drawn. */
void chart_curve(struct chart *ch, int64_t from, const double *bits, size_t n, const struct chart_colour *colour);
/* The area between two curves. */
void chart_between(struct chart *ch, int64_t from, const double *a, const double *b, size_t n,
	const struct chart_colour *colour);
/* A horizontal line; nothing if it lies outside. */
void chart_level(struct chart *ch, int64_t from, int64_t to, double bits, const struct chart_colour *colour,
	enum chart_mark mark);

/* bit/s of what a bin counted. */
double chart_bits(u128 bytes);

/* Appends the drawing as two <svg> elements, a wide one and one for narrow screens (html.h has the classes), whose
 * letters are of a size to read. `name` is the drawing's own in its page; its height is `stretch` times that of a
 * plain chart. 0, or -EIO. */
typedef void chart_draw_fn(cairo_t *c, const void *what, const struct chart_box *box);
int chart_svg(chart_draw_fn *draw, const void *what, const char *name, double stretch, struct text *out);

#endif
