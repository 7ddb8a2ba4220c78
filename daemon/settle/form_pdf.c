/* SPDX-License-Identifier: BSD-3-Clause */
/* The PDF form, A4. Dates inside the file are those of the period, so that the same statement gives the
 * same bytes. */
#include <cairo-pdf.h>
#include <cairo.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "form.h"
#include "plot.h"
#include "sheet.h"

#define PAGE_WIDTH  595.28 /* points */
#define PAGE_HEIGHT 841.89
#define LEFT	    50
#define RIGHT	    (PAGE_WIDTH - 50)
#define TOP	    56
#define BOTTOM	    (PAGE_HEIGHT - 56)
#define LABEL	    118 /* width of the labels' column */
#define PLOT_HEIGHT 190

struct page {
	cairo_t *c;
	double y;
	int number;
	const char *title;
};

static void font(struct page *p, double size, bool bold)
{
	cairo_select_font_face(p->c, "DejaVu Sans", CAIRO_FONT_SLANT_NORMAL,
		bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
	cairo_set_font_size(p->c, size);
}

static double width(struct page *p, const char *s)
{
	cairo_text_extents_t e;

	cairo_text_extents(p->c, s, &e);
	return e.x_advance;
}

static void put(struct page *p, double x, const char *s)
{
	cairo_move_to(p->c, x, p->y);
	cairo_show_text(p->c, s);
}

static void put_right(struct page *p, double x, const char *s)
{
	put(p, x - width(p, s), s);
}

static void foot(struct page *p)
{
	char text[64];
	double y = p->y;

	font(p, 7, false);
	cairo_set_source_rgb(p->c, 0.4, 0.4, 0.4);
	p->y = PAGE_HEIGHT - 32;
	put(p, LEFT, p->title);
	snprintf(text, sizeof(text), "page %d", p->number);
	put_right(p, RIGHT, text);
	cairo_set_source_rgb(p->c, 0, 0, 0);
	p->y = y;
}

/* Begins a new page if `height` does not fit any more. */
static void need(struct page *p, double height)
{
	if (p->y + height <= BOTTOM)
		return;
	foot(p);
	cairo_show_page(p->c);
	p->number++;
	p->y = TOP;
}

/* The part of `s` that fits into `room`: up to a space, or as much of a word as goes. */
static size_t fitting(struct page *p, const char *s, double room)
{
	char line[512];
	size_t n = 0, good = 0;

	while (s[n] && n < sizeof(line) - 1) {
		line[n] = s[n];
		line[++n] = 0;
		if ((s[n] & 0xc0) == 0x80)
			continue; /* inside a character */
		if (width(p, line) > room)
			return good ? good : n - 1;
		if (!s[n] || s[n] == ' ')
			good = n;
	}
	return s[n] ? good ? good : n : n;
}

static void paragraph(struct page *p, double x, double right, double size, const char *s)
{
	char line[512];

	while (*s) {
		size_t n;

		need(p, size * 1.4);
		font(p, size, false);
		n = fitting(p, s, right - x);
		memcpy(line, s, n);
		line[n] = 0;
		put(p, x, line);
		p->y += size * 1.4;
		s += n;
		s += strspn(s, " ");
	}
}

static void pairs(struct page *p, const struct sheet_pair *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		double y;

		need(p, 12);
		font(p, 8.5, true);
		y = p->y;
		put(p, LEFT, list[i].label);
		p->y = y;
		paragraph(p, LEFT + LABEL, RIGHT, 8.5, list[i].value);
		p->y += 2;
	}
}

static void heading(struct page *p, const char *s, double with)
{
	p->y += 8;
	need(p, 18 + with);
	font(p, 11, true);
	put(p, LEFT, s);
	p->y += 15;
}

static void ruler(struct page *p, double weight)
{
	cairo_set_source_rgb(p->c, weight < 1 ? 0.75 : 0, weight < 1 ? 0.75 : 0, weight < 1 ? 0.75 : 0);
	cairo_set_line_width(p->c, weight);
	cairo_move_to(p->c, LEFT, p->y - 8);
	cairo_line_to(p->c, RIGHT, p->y - 8);
	cairo_stroke(p->c);
	cairo_set_source_rgb(p->c, 0, 0, 0);
}

static void lines(struct page *p, const struct sheet *s, const char *currency)
{
	char title[32];

	heading(p, "Lines", 30);
	font(p, 8.5, true);
	put(p, LEFT, "Line");
	put(p, LEFT + 120, "Type");
	put_right(p, LEFT + 370, "Quantity");
	snprintf(title, sizeof(title), "Amount, %s", currency);
	put_right(p, RIGHT, title);
	p->y += 14;
	for (size_t i = 0; i < s->n_lines; i++) {
		const struct sheet_line *l = &s->line[i];

		need(p, 26);
		ruler(p, 0.4);
		p->y += 3;
		font(p, 8.5, true);
		put(p, LEFT, l->name);
		font(p, 8.5, false);
		put(p, LEFT + 120, l->what);
		put_right(p, LEFT + 370, l->quantity);
		put_right(p, RIGHT, l->amount);
		p->y += 11;
		cairo_set_source_rgb(p->c, 0.3, 0.3, 0.3);
		paragraph(p, LEFT + 10, RIGHT - 70, 7.2, l->how);
		cairo_set_source_rgb(p->c, 0, 0, 0);
		p->y += 3;
	}
}

static void sums(struct page *p, const struct sheet *s)
{
	need(p, 40);
	ruler(p, 1.2);
	p->y += 5;
	font(p, 12, true);
	put(p, LEFT, s->sum[0].label);
	put_right(p, RIGHT, s->sum[0].value);
	p->y += 15;
	pairs(p, s->sum + 1, s->n_sums - 1);
}

static void notes(struct page *p, const struct sheet *s)
{
	for (size_t i = 0; i < s->n_notes; i++) {
		cairo_set_source_rgb(p->c, 0.7, 0.3, 0);
		paragraph(p, LEFT, RIGHT, 9, s->note[i]);
		cairo_set_source_rgb(p->c, 0, 0, 0);
		p->y += 3;
	}
}

static cairo_status_t append(void *closure, const unsigned char *data, unsigned length)
{
	text_add(closure, (const char *)data, length);
	return CAIRO_STATUS_SUCCESS;
}

static void draw(struct page *p, const struct statement *s, const struct sheet *sh)
{
	/* A contract's name may be long: the title shrinks rather than leave the page. */
	font(p, 16, true);
	if (width(p, sh->title) > RIGHT - LEFT)
		font(p, 16 * (RIGHT - LEFT) / width(p, sh->title), true);
	put(p, LEFT, sh->title);
	p->y += 24;
	notes(p, sh);
	pairs(p, sh->fact, sh->n_facts);
	lines(p, sh, s->contract->currency);
	sums(p, sh);
	heading(p, "The period", PLOT_HEIGHT);
	plot_draw(p->c, s, &(struct chart_box){ LEFT, p->y - 6, RIGHT - LEFT, PLOT_HEIGHT, 7.5 });
	p->y += PLOT_HEIGHT;
	heading(p, "Quality of the data", 60);
	pairs(p, sh->data, sh->n_data);
	foot(p);
}

int form_pdf(const struct statement *s, struct text *out)
{
	cairo_surface_t *surface = cairo_pdf_surface_create_for_stream(append, out, PAGE_WIDTH, PAGE_HEIGHT);
	struct sheet *sh = sheet_new(s);
	struct page p = { cairo_create(surface), TOP + 8, 1, sh->title };
	char date[RFC3339_SIZE];
	int rc;

	clock_format(date, s->parts[0].period_to);
	cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_TITLE, sh->title);
	cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATE_DATE, date);
	cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_MOD_DATE, date);
	draw(&p, s, sh);
	cairo_destroy(p.c);
	cairo_surface_finish(surface);
	rc = cairo_surface_status(surface) == CAIRO_STATUS_SUCCESS ? 0 : -EIO;
	cairo_surface_destroy(surface);
	sheet_free(sh);
	return rc;
}
