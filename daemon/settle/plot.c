/* SPDX-License-Identifier: BSD-3-Clause */
#include "plot.h"

#include <math.h>
#include <stdlib.h>

#include "form.h"

static const struct chart_colour *const side_colour[DIRECTIONS] = { &chart_blue, &chart_orange };

/* The whole units of a commit: enough to draw it. Not strtod(), whose decimal point follows the locale. */
static double exact_double(const struct exact *x)
{
	char *s = exact_plain_dup(x, 3);
	double whole = 0;

	for (const char *p = s; *p && *p != '.'; p++)
		whole = whole * 10 + (*p - '0');
	free(s);
	return whole;
}

/* bit/s; 0: the line has no commit that could be drawn. */
static double commit_of(const struct statement_line *l)
{
	if (!l->line->commit || l->line->unit->kind != UNIT_RATE)
		return 0;
	return exact_double(l->line->commit) * (double)l->line->unit->size;
}

static double top_of(const struct statement *s)
{
	double top = 1;

	for (size_t i = 0; i < s->n_parts; i++)
		for (size_t b = 0; b < s->plot[i].bins; b++)
			for (int d = 0; d < DIRECTIONS; d++)
				top = fmax(top, chart_bits(s->plot[i].bytes[d][b]));
	/* A commit far above the traffic would flatten it. */
	for (size_t i = 0; i < s->n_lines; i++)
		if (commit_of(&s->lines[i]) < 2 * top)
			top = fmax(top, commit_of(&s->lines[i]));
	return top;
}

static void draw_missing(struct chart *ch, const struct plot_series *s)
{
	for (size_t b = 0; b < s->bins;) {
		size_t end = b;

		while (end < s->bins && s->state[end] == BIN_MISSING)
			end++;
		if (end > b)
			chart_shade(ch, s->from + (int64_t)b * BIN_SECONDS, s->from + (int64_t)end * BIN_SECONDS,
				&chart_grey);
		b = end > b ? end : b + 1;
	}
}

static void draw_side(struct chart *ch, const struct plot_series *s, int side)
{
	double *bits = mem_array(s->bins, sizeof(*bits));

	for (size_t b = 0; b < s->bins; b++)
		bits[b] = s->state[b] == BIN_MISSING ? NAN : chart_bits(s->bytes[side][b]);
	chart_curve(ch, s->from, bits, s->bins, side_colour[side]);
	free(bits);
}

static void draw_levels(struct chart *ch, const struct statement *s)
{
	bool one_bin;

	for (size_t i = 0; i < s->n_lines; i++) {
		const struct statement_line *l = &s->lines[i];
		struct ranking r;

		if (l->line->type != LINE_PERCENTILE)
			continue;
		r = form_ranking(l, &one_bin);
		chart_level(ch, l->part->from, l->part->to, chart_bits(r.selected.bytes), &chart_red, MARK_LINE);
		chart_level(ch, l->part->from, l->part->to, commit_of(l), &chart_dark, MARK_DASHES);
	}
}

void plot_draw(cairo_t *c, const void *what, const struct chart_box *box)
{
	static const struct chart_key keys[] = { { "from the partner", &chart_blue, MARK_LINE },
		{ "to the partner", &chart_orange, MARK_LINE }, { "percentile", &chart_red, MARK_LINE },
		{ "commitment", &chart_dark, MARK_DASHES }, { "not measured", &chart_grey, MARK_BOX } };
	const struct statement *s = what;
	const struct part *first = &s->parts[0];
	struct chart ch;

	chart_begin(&ch, c, box, first->period_from, first->period_to, top_of(s), keys, sizeof(keys) / sizeof(*keys));
	for (size_t i = 0; i < s->n_parts; i++)
		draw_missing(&ch, &s->plot[i]);
	chart_axes(&ch, s->contract->zone, period_first_day(&first->period), first->period_days);
	for (size_t i = 0; i < s->n_parts; i++)
		for (int d = DIRECTIONS - 1; d >= 0; d--)
			draw_side(&ch, &s->plot[i], d);
	draw_levels(&ch, s);
	chart_end(&ch);
}
