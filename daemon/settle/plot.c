/* SPDX-License-Identifier: BSD-3-Clause */
#include "plot.h"

#include <cairo-svg.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "form.h"

#define FONT	    "DejaVu Sans"
#define MARGIN	    46 /* for the axis' figures */
#define LEGEND	    16
#define FOOT	    16
#define SVG_WIDTH   760
#define SVG_HEIGHT  250
#define TICKS	    4

struct plot {
	cairo_t *c;
	const struct statement *s;
	double x, y, width, height; /* of the area inside the axes */
	double top;		    /* bit/s at the upper edge */
	const char *unit;
	double unit_size;
};

struct colour {
	double r, g, b;
};

/* Told apart by the colour-blind, and by their lightness in print. */
static const struct colour side_colour[DIRECTIONS] = { { 0.0, 0.27, 0.53 }, { 0.90, 0.55, 0.0 } };
static const struct colour percentile_colour = { 0.80, 0.10, 0.20 }, commit_colour = { 0.30, 0.30, 0.30 };

static double bits(u128 bytes)
{
	return (double)bytes * 8 / BIN_SECONDS;
}

static double exact_double(const struct exact *x)
{
	char *s = exact_plain_dup(x, 3);
	double whole = 0;

	/* Not strtod(): its decimal point follows the locale. */
	for (const char *p = s; *p && *p != '.'; p++)
		whole = whole * 10 + (*p - '0');
	free(s);
	return whole;
}

static double unit_bits(const struct statement_line *l)
{
	return (double)l->line->unit->size;
}

static double top_of(const struct statement *s)
{
	double top = 1;

	for (size_t i = 0; i < s->n_parts; i++)
		for (size_t b = 0; b < s->plot[i].bins; b++)
			for (int d = 0; d < DIRECTIONS; d++)
				if (bits(s->plot[i].bytes[d][b]) > top)
					top = bits(s->plot[i].bytes[d][b]);
	for (size_t i = 0; i < s->n_lines; i++) {
		const struct statement_line *l = &s->lines[i];

		/* A commit far above the traffic would flatten it. */
		if (l->line->commit && exact_double(l->line->commit) * unit_bits(l) < 2 * top &&
			exact_double(l->line->commit) * unit_bits(l) > top && l->line->unit->kind == UNIT_RATE)
			top = exact_double(l->line->commit) * unit_bits(l);
	}
	return top;
}

/* A round figure at or above `top` for the axis, and its unit. */
static void set_scale(struct plot *p, double top)
{
	static const char *const names[] = { "bit/s", "kbit/s", "Mbit/s", "Gbit/s", "Tbit/s" };
	static const double rounds[] = { 1, 2, 4, 5, 8, 10 };
	size_t unit = 0, r = 0;
	double power = 1;

	p->unit_size = 1;
	for (; unit < 4 && top / p->unit_size >= 1000; unit++)
		p->unit_size *= 1000;
	p->unit = names[unit];
	while (power * 10 < top)
		power *= 10;
	while (r < 5 && rounds[r] * power < top)
		r++;
	p->top = rounds[r] * power;
}

static void colour(struct plot *p, struct colour k)
{
	cairo_set_source_rgb(p->c, k.r, k.g, k.b);
}

static double at_time(const struct plot *p, int64_t t)
{
	const struct part *first = &p->s->parts[0];

	return p->x + p->width * (double)(t - first->period_from) / (double)(first->period_to - first->period_from);
}

static double at_bits(const struct plot *p, double b)
{
	return p->y + p->height * (1 - b / p->top);
}

static void label(struct plot *p, double x, double y, double anchor, const char *text)
{
	cairo_text_extents_t e;

	cairo_text_extents(p->c, text, &e);
	cairo_move_to(p->c, x - anchor * e.x_advance, y);
	cairo_show_text(p->c, text);
}

static void draw_axes(struct plot *p)
{
	char text[RFC3339_SIZE];

	cairo_set_line_width(p->c, 0.5);
	for (int i = 0; i <= TICKS; i++) {
		double y = at_bits(p, p->top * i / TICKS);
		int tenths = (int)(p->top * i / TICKS / p->unit_size * 10 + 0.5);

		cairo_set_source_rgb(p->c, 0.85, 0.85, 0.85);
		cairo_move_to(p->c, p->x, y);
		cairo_line_to(p->c, p->x + p->width, y);
		cairo_stroke(p->c);
		cairo_set_source_rgb(p->c, 0.2, 0.2, 0.2);
		if (tenths % 10)
			snprintf(text, sizeof(text), "%d.%d", tenths / 10, tenths % 10);
		else
			snprintf(text, sizeof(text), "%d", tenths / 10);
		label(p, p->x - 4, y + 3, 1, text);
	}
	label(p, p->x - 4, p->y - 8, 1, p->unit);
	for (int32_t day = 0; day < p->s->parts[0].period_days; day += p->s->parts[0].period_days > 31 ? 14 : 5) {
		int64_t t = zone_midnight(p->s->contract->zone, period_first_day(&p->s->parts[0].period) + day);

		civil_format(text, period_first_day(&p->s->parts[0].period) + day);
		cairo_move_to(p->c, at_time(p, t), p->y + p->height);
		cairo_line_to(p->c, at_time(p, t), p->y + p->height + 3);
		cairo_stroke(p->c);
		label(p, at_time(p, t), p->y + p->height + 12, day ? 0.5 : 0, text + 5);
	}
}

static void draw_missing(struct plot *p)
{
	cairo_set_source_rgb(p->c, 0.90, 0.90, 0.90);
	for (size_t i = 0; i < p->s->n_parts; i++) {
		const struct plot_series *s = &p->s->plot[i];

		for (size_t b = 0; b < s->bins;) {
			size_t end = b;

			while (end < s->bins && s->state[end] == BIN_MISSING)
				end++;
			if (end > b) {
				double x = at_time(p, s->from + (int64_t)b * BIN_SECONDS);
				double w = at_time(p, s->from + (int64_t)end * BIN_SECONDS) - x;

				/* A single bin must still be seen. */
				cairo_rectangle(p->c, x, p->y, w < 0.7 ? 0.7 : w, p->height);
			}
			b = end > b ? end : b + 1;
		}
	}
	cairo_fill(p->c);
}

/* The line of one direction; of the bins that share a column the highest is drawn. */
static void draw_side(struct plot *p, const struct plot_series *s, int side)
{
	double column = -1, peak = 0;
	bool pen = false;

	for (size_t b = 0; b < s->bins; b++) {
		double x = at_time(p, s->from + (int64_t)b * BIN_SECONDS), v = bits(s->bytes[side][b]);

		if (s->state[b] == BIN_MISSING) {
			pen = false;
			column = -1;
			continue;
		}
		if (column >= 0 && x - column < 0.5) {
			peak = v > peak ? v : peak;
			continue;
		}
		if (column >= 0)
			cairo_line_to(p->c, column, at_bits(p, peak));
		if (!pen)
			cairo_move_to(p->c, x, at_bits(p, v));
		pen = true;
		column = x;
		peak = v;
	}
	if (column >= 0)
		cairo_line_to(p->c, column, at_bits(p, peak));
	colour(p, side_colour[side]);
	cairo_set_line_width(p->c, 0.7);
	cairo_stroke(p->c);
}

static void draw_level(struct plot *p, const struct part *part, double b, struct colour k, double dash)
{
	if (b <= 0 || b > p->top)
		return;
	colour(p, k);
	cairo_set_line_width(p->c, 1.1);
	cairo_set_dash(p->c, &dash, dash > 0, 0);
	cairo_move_to(p->c, at_time(p, part->from), at_bits(p, b));
	cairo_line_to(p->c, at_time(p, part->to), at_bits(p, b));
	cairo_stroke(p->c);
	cairo_set_dash(p->c, NULL, 0, 0);
}

static void draw_levels(struct plot *p)
{
	bool one_bin;

	for (size_t i = 0; i < p->s->n_lines; i++) {
		const struct statement_line *l = &p->s->lines[i];
		struct ranking r;

		if (l->line->type != LINE_PERCENTILE)
			continue;
		r = form_ranking(l, &one_bin);
		draw_level(p, l->part, bits(r.selected.bytes), percentile_colour, 0);
		if (l->line->commit)
			draw_level(p, l->part, exact_double(l->line->commit) * unit_bits(l), commit_colour, 4);
	}
}

static void draw_legend(struct plot *p, double y)
{
	static const struct {
		const char *text;
		const struct colour *colour;
		bool box;
	} entry[] = { { "from the partner", &side_colour[0], false }, { "to the partner", &side_colour[1], false },
		{ "percentile", &percentile_colour, false }, { "commitment (dashed)", &commit_colour, false },
		{ "not measured", NULL, true } };
	double x = p->x;

	for (size_t i = 0; i < sizeof(entry) / sizeof(*entry); i++) {
		cairo_text_extents_t e;

		if (entry[i].box)
			cairo_set_source_rgb(p->c, 0.88, 0.88, 0.88);
		else
			colour(p, *entry[i].colour);
		cairo_rectangle(p->c, x, y - (entry[i].box ? 7 : 4), 14, entry[i].box ? 8 : 2);
		cairo_fill(p->c);
		cairo_set_source_rgb(p->c, 0.2, 0.2, 0.2);
		label(p, x + 18, y, 0, entry[i].text);
		cairo_text_extents(p->c, entry[i].text, &e);
		x += 18 + e.x_advance + 16;
	}
}

void plot_draw(cairo_t *c, const struct statement *s, double x, double y, double width, double height)
{
	struct plot p = { c, s, x + MARGIN, y + LEGEND + 14, width - MARGIN - 8, height - LEGEND - 14 - FOOT, 1,
		"", 1 };

	cairo_save(c);
	cairo_select_font_face(c, FONT, CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_NORMAL);
	cairo_set_font_size(c, 7.5);
	set_scale(&p, top_of(s));
	draw_missing(&p);
	draw_axes(&p);
	for (size_t i = 0; i < s->n_parts; i++)
		for (int d = DIRECTIONS - 1; d >= 0; d--)
			draw_side(&p, &s->plot[i], d);
	draw_levels(&p);
	draw_legend(&p, y + 9);
	cairo_restore(c);
}

static cairo_status_t append(void *closure, const unsigned char *data, unsigned length)
{
	text_add(closure, (const char *)data, length);
	return CAIRO_STATUS_SUCCESS;
}

int plot_svg(const struct statement *s, struct text *out)
{
	struct text file = { 0 };
	cairo_surface_t *surface = cairo_svg_surface_create_for_stream(append, &file, SVG_WIDTH, SVG_HEIGHT);
	cairo_t *c = cairo_create(surface);
	const char *svg;
	int rc;

	plot_draw(c, s, 0, 0, SVG_WIDTH, SVG_HEIGHT);
	cairo_destroy(c);
	cairo_surface_finish(surface);
	rc = cairo_surface_status(surface) == CAIRO_STATUS_SUCCESS ? 0 : -EIO;
	cairo_surface_destroy(surface);
	svg = file.data ? strstr(file.data, "<svg") : NULL; /* what stands before is for files of their own */
	if (!svg)
		rc = -EIO;
	if (!rc)
		text_str(out, svg);
	text_free(&file);
	return rc;
}
