/* SPDX-License-Identifier: BSD-3-Clause */
#include "chart.h"

#include <cairo-svg.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "civil.h"
#include "row.h"

#define FACE  "DejaVu Sans"
#define TICKS 4

const struct chart_colour chart_blue = { 0.0, 0.27, 0.53 }, chart_orange = { 0.90, 0.55, 0.0 },
			  chart_red = { 0.80, 0.10, 0.20 }, chart_dark = { 0.30, 0.30, 0.30 },
			  chart_grey = { 0.88, 0.88, 0.88 }, chart_pink = { 0.97, 0.75, 0.72 };

double chart_bits(u128 bytes)
{
	return (double)bytes * 8 / BIN_SECONDS;
}

static void paint(const struct chart *ch, const struct chart_colour *k)
{
	cairo_set_source_rgb(ch->c, k->r, k->g, k->b);
}

static double width_of(const struct chart *ch, const char *words)
{
	cairo_text_extents_t e;

	cairo_text_extents(ch->c, words, &e);
	return e.x_advance;
}

/* `anchor`: 0 the text begins at x, 1 it ends there. */
static void label(const struct chart *ch, double x, double y, double anchor, const char *words)
{
	cairo_move_to(ch->c, x - anchor * width_of(ch, words), y);
	cairo_show_text(ch->c, words);
}

static void draw_mark(const struct chart *ch, double x, double y, const struct chart_key *k)
{
	double font = ch->box.font, dash = 0.5 * font;

	paint(ch, k->colour);
	if (k->mark == MARK_BOX) {
		cairo_rectangle(ch->c, x, y - 0.9 * font, 2 * font, font);
		cairo_fill(ch->c);
		return;
	}
	cairo_set_line_width(ch->c, 0.25 * font);
	cairo_set_dash(ch->c, &dash, k->mark == MARK_DASHES, 0);
	cairo_move_to(ch->c, x, y - 0.35 * font);
	cairo_line_to(ch->c, x + 2 * font, y - 0.35 * font);
	cairo_stroke(ch->c);
	cairo_set_dash(ch->c, NULL, 0, 0);
}

/* Draws the legend in as many rows as it needs; what is below it begins at the returned height. */
static double legend(const struct chart *ch, const struct chart_key *keys, size_t n)
{
	double font = ch->box.font, x = ch->x, y = ch->box.y + 1.2 * font;

	for (size_t i = 0; i < n; i++) {
		double width = 2.5 * font + width_of(ch, keys[i].words);

		if (x > ch->x && x + width > ch->box.x + ch->box.width) {
			x = ch->x;
			y += 1.6 * font;
		}
		draw_mark(ch, x, y, &keys[i]);
		paint(ch, &chart_dark);
		label(ch, x + 2.5 * font, y, 0, keys[i].words);
		x += width + 2 * font;
	}
	return y;
}

/* A round figure at or above `top` for the axis, and its unit. */
static void set_scale(struct chart *ch, double top)
{
	static const char *const names[] = { "bit/s", "kbit/s", "Mbit/s", "Gbit/s", "Tbit/s" };
	static const double rounds[] = { 1, 2, 4, 5, 8, 10 };
	size_t unit = 0, r = 0;
	double power = 1;

	ch->unit_size = 1;
	for (; unit < 4 && top / ch->unit_size >= 1000; unit++)
		ch->unit_size *= 1000;
	ch->unit = names[unit];
	while (power * 10 < top)
		power *= 10;
	while (r < 5 && rounds[r] * power < top)
		r++;
	ch->top = rounds[r] * power;
}

void chart_begin(struct chart *ch, cairo_t *c, const struct chart_box *box, int64_t from, int64_t to, double top,
	const struct chart_key *keys, size_t n_keys)
{
	double below;

	*ch = (struct chart){ .c = c, .box = *box, .from = from, .to = to, .x = box->x + 5 * box->font };
	ch->width = box->width - 6 * box->font;
	cairo_save(c);
	cairo_select_font_face(c, FACE, CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_NORMAL);
	cairo_set_font_size(c, box->font);
	set_scale(ch, top);
	below = legend(ch, keys, n_keys);
	ch->y = below + 3 * box->font; /* the unit stands above the axis */
	ch->height = box->y + box->height - 2.2 * box->font - ch->y;
}

void chart_end(struct chart *ch)
{
	cairo_restore(ch->c);
}

static double at_time(const struct chart *ch, int64_t t)
{
	return ch->x + ch->width * (double)(t - ch->from) / (double)(ch->to - ch->from);
}

static double at_bits(const struct chart *ch, double bits)
{
	return ch->y + ch->height * (1 - bits / ch->top);
}

static void draw_figures(const struct chart *ch)
{
	double font = ch->box.font;
	char words[32];

	cairo_set_line_width(ch->c, 0.07 * font);
	for (int i = 0; i <= TICKS; i++) {
		double y = at_bits(ch, ch->top * i / TICKS);
		int tenths = (int)(ch->top * i / TICKS / ch->unit_size * 10 + 0.5);

		paint(ch, &chart_grey);
		cairo_move_to(ch->c, ch->x, y);
		cairo_line_to(ch->c, ch->x + ch->width, y);
		cairo_stroke(ch->c);
		paint(ch, &chart_dark);
		if (tenths % 10)
			snprintf(words, sizeof(words), "%d.%d", tenths / 10, tenths % 10);
		else
			snprintf(words, sizeof(words), "%d", tenths / 10);
		label(ch, ch->x - 0.5 * font, y + 0.4 * font, 1, words);
	}
	label(ch, ch->x - 0.5 * font, ch->y - font, 1, ch->unit);
}

void chart_axes(struct chart *ch, const struct zone *zone, int32_t first_day, int32_t days)
{
	double font = ch->box.font, below = ch->y + ch->height;
	int32_t step = days > 31 ? 14 : days > 6 ? 5 : 1;
	char date[DATE_SIZE];

	draw_figures(ch);
	for (int32_t day = 0; day < days; day += step) {
		double x = at_time(ch, zone_midnight(zone, first_day + day));

		civil_format(date, first_day + day);
		cairo_move_to(ch->c, x, below);
		cairo_line_to(ch->c, x, below + 0.4 * font);
		cairo_stroke(ch->c);
		label(ch, x, below + 1.6 * font, day ? 0.5 : 0, date + 5);
	}
}

void chart_ticks(struct chart *ch, const struct chart_tick *tick, size_t n)
{
	double font = ch->box.font, below = ch->y + ch->height, end = 0;

	draw_figures(ch);
	for (size_t i = 0; i < n; i++) {
		double x = at_time(ch, tick[i].at), half = width_of(ch, tick[i].words) / 2;

		cairo_move_to(ch->c, x, below);
		cairo_line_to(ch->c, x, below + 0.4 * font);
		cairo_stroke(ch->c);
		if (i && x - half < end + 0.5 * font)
			continue;
		label(ch, x, below + 1.6 * font, 0.5, tick[i].words);
		end = x + half;
	}
}

static void clip(struct chart *ch)
{
	cairo_save(ch->c);
	cairo_rectangle(ch->c, ch->x, ch->y, ch->width, ch->height);
	cairo_clip(ch->c);
}

void chart_line(struct chart *ch, const int64_t *at, const double *bits, size_t n, const struct chart_colour *colour,
	enum chart_mark mark)
{
	double dash = 0.5 * ch->box.font, dot = 0.2 * ch->box.font;

	clip(ch);
	paint(ch, colour);
	for (size_t i = 0; i < n && mark != MARK_DASHES; i++)
		if (!isnan(bits[i])) {
			cairo_arc(ch->c, at_time(ch, at[i]), at_bits(ch, bits[i]), dot, 0, 2 * M_PI);
			cairo_fill(ch->c);
		}
	for (size_t i = 0; i < n; i++) {
		if (isnan(bits[i]))
			cairo_new_sub_path(ch->c);
		else
			cairo_line_to(ch->c, at_time(ch, at[i]), at_bits(ch, bits[i]));
	}
	cairo_set_line_width(ch->c, 1.1);
	cairo_set_dash(ch->c, &dash, mark == MARK_DASHES, 0);
	cairo_stroke(ch->c);
	cairo_restore(ch->c);
}

void chart_area(struct chart *ch, const int64_t *at, const double *low, const double *high, size_t n,
	const struct chart_colour *colour)
{
	clip(ch);
	paint(ch, colour);
	for (size_t i = 0; i < n; i++)
		cairo_line_to(ch->c, at_time(ch, at[i]), at_bits(ch, low[i]));
	for (size_t i = n; i-- > 0;)
		cairo_line_to(ch->c, at_time(ch, at[i]), at_bits(ch, high[i]));
	cairo_close_path(ch->c);
	cairo_fill(ch->c);
	cairo_restore(ch->c);
}

void chart_shade(struct chart *ch, int64_t from, int64_t to, const struct chart_colour *colour)
{
	double x = at_time(ch, from), width = at_time(ch, to) - x;

	paint(ch, colour);
	cairo_rectangle(ch->c, x, ch->y, width < 0.7 ? 0.7 : width, ch->height); /* one bin must still be seen */
	cairo_fill(ch->c);
}

/* Walks the columns of a curve: the greatest of the bins that share one. */
struct column {
	size_t next; /* bin */
	double x, peak;
};

/* False: no bins are left, or the next one is not there. */
static bool next_column(const struct chart *ch, int64_t from, const double *bits, size_t n, struct column *k)
{
	if (k->next >= n || isnan(bits[k->next]))
		return false;
	k->x = at_time(ch, from + (int64_t)k->next * BIN_SECONDS);
	k->peak = bits[k->next++];
	while (k->next < n && !isnan(bits[k->next]) && at_time(ch, from + (int64_t)k->next * BIN_SECONDS) - k->x < 0.5) {
		k->peak = fmax(k->peak, bits[k->next]);
		k->next++;
	}
	return true;
}

void chart_curve(struct chart *ch, int64_t from, const double *bits, size_t n, const struct chart_colour *colour)
{
	for (struct column k = { 0 }; k.next < n; k.next++) {
		bool pen = false;

		for (; next_column(ch, from, bits, n, &k); pen = true) {
			if (!pen)
				cairo_move_to(ch->c, k.x, at_bits(ch, k.peak));
			cairo_line_to(ch->c, k.x + (pen ? 0 : 0.5), at_bits(ch, k.peak));
		}
	}
	paint(ch, colour);
	cairo_set_line_width(ch->c, 0.7);
	cairo_stroke(ch->c);
}

void chart_between(struct chart *ch, int64_t from, const double *a, const double *b, size_t n,
	const struct chart_colour *colour)
{
	struct column top = { 0 }, bottom = { 0 };

	paint(ch, colour);
	for (; top.next < n; top.next++, bottom.next = top.next)
		while (next_column(ch, from, a, n, &top) && next_column(ch, from, b, n, &bottom)) {
			double y = at_bits(ch, top.peak), other = at_bits(ch, bottom.peak);
			double next = at_time(ch, from + (int64_t)top.next * BIN_SECONDS);

			cairo_rectangle(ch->c, top.x, fmin(y, other), next - top.x, fabs(y - other));
		}
	cairo_fill(ch->c);
}

void chart_level(struct chart *ch, int64_t from, int64_t to, double bits, const struct chart_colour *colour,
	enum chart_mark mark)
{
	double dash = 4;

	if (bits <= 0 || bits > ch->top)
		return;
	paint(ch, colour);
	cairo_set_line_width(ch->c, 1.1);
	cairo_set_dash(ch->c, &dash, mark == MARK_DASHES, 0);
	cairo_move_to(ch->c, at_time(ch, from), at_bits(ch, bits));
	cairo_line_to(ch->c, at_time(ch, to), at_bits(ch, bits));
	cairo_stroke(ch->c);
	cairo_set_dash(ch->c, NULL, 0, 0);
}

static cairo_status_t append(void *closure, const unsigned char *data, unsigned length)
{
	text_add(closure, (const char *)data, length);
	return CAIRO_STATUS_SUCCESS;
}

/* Names inside of an <svg> are the whole page's: each drawing's begin with its own prefix. */
static void add_prefixed(struct text *out, const char *svg, const char *prefix)
{
	static const char *const before[] = { " id=\"", "href=\"#", "url(#" };

	while (*svg) {
		size_t n = 0;

		for (size_t i = 0; i < sizeof(before) / sizeof(*before); i++)
			if (!strncmp(svg, before[i], strlen(before[i])))
				n = strlen(before[i]);
		text_add(out, svg, n ? n : 1);
		text_str(out, n ? prefix : "");
		svg += n ? n : 1;
	}
}

static int one_svg(
	chart_draw_fn *draw, const void *what, const struct chart_box *box, const char *prefix, struct text *out)
{
	struct text file = { 0 };
	cairo_surface_t *surface = cairo_svg_surface_create_for_stream(append, &file, box->width, box->height);
	cairo_t *c = cairo_create(surface);
	const char *svg;
	int rc;

	draw(c, what, box);
	cairo_destroy(c);
	cairo_surface_finish(surface);
	rc = cairo_surface_status(surface) == CAIRO_STATUS_SUCCESS ? 0 : -EIO;
	cairo_surface_destroy(surface);
	svg = file.data ? strstr(file.data, "<svg") : NULL; /* what stands before is for files of their own */
	if (!svg)
		rc = -EIO;
	if (!rc)
		add_prefixed(out, svg, prefix);
	text_free(&file);
	return rc;
}

int chart_svg(chart_draw_fn *draw, const void *what, const char *name, double stretch, struct text *out)
{
	static const struct {
		const char *class;
		struct chart_box box;
	} size[] = { { "wide", { 0, 0, 760, 260, 9 } }, { "narrow", { 0, 0, 340, 260, 9.5 } } };
	int rc = 0;

	for (size_t i = 0; i < sizeof(size) / sizeof(*size) && !rc; i++) {
		struct chart_box box = size[i].box;
		struct text prefix = { 0 };

		box.height *= stretch;
		text_printf(&prefix, "%s-%s-", name, size[i].class);
		text_printf(out, "<div class=\"%s\">", size[i].class);
		rc = one_svg(draw, what, &box, prefix.data, out);
		text_str(out, "</div>\n");
		text_free(&prefix);
	}
	return rc;
}
