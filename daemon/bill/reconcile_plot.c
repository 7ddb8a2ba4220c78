/* SPDX-License-Identifier: BSD-3-Clause */
/* The plot of a reconciliation, one a direction: both series, what lies between them, and where one is missing. */
#include <math.h>
#include <stdlib.h>

#include "chart.h"
#include "reconcile_job.h"
#include "text.h"

/* Bins of one direction in bit/s; NAN: missing. */
struct both {
	const struct job *job;
	const struct zone *zone;
	int direction;
	double *ours, *theirs, *less, *more; /* less, more: what theirs lacks of ours, and has above it */
	double top, most;		     /* of either side, and of the differences */
};

static void fill(struct both *b)
{
	b->top = b->most = 1;
	for (size_t i = 0; i < b->job->bins; i++) {
		const struct pair *p = &b->job->cmp.pair[b->direction][i];

		b->ours[i] = p->ours ? chart_bits(p->our_bytes) : NAN;
		b->theirs[i] = p->theirs ? chart_bits(p->their_bytes) : NAN;
		b->less[i] = b->more[i] = NAN;
		if (p->ours && p->theirs) {
			b->less[i] = fmax(0, b->ours[i] - b->theirs[i]);
			b->more[i] = fmax(0, b->theirs[i] - b->ours[i]);
		}
		b->top = fmax(b->top, fmax(b->ours[i], b->theirs[i])); /* fmax() passes over NAN */
		b->most = fmax(b->most, fmax(b->less[i], b->more[i]));
	}
}

static void shade_missing(struct chart *ch, const struct both *b)
{
	for (size_t i = 0; i < b->job->bins; i++) {
		size_t first = i;

		while (i < b->job->bins && (isnan(b->ours[i]) || isnan(b->theirs[i])))
			i++;
		if (i > first)
			chart_shade(ch, b->job->from + (int64_t)first * BIN_SECONDS,
				b->job->from + (int64_t)i * BIN_SECONDS, &chart_grey);
	}
}

static void axes(struct chart *ch, const struct both *b)
{
	int32_t first = zone_date(b->zone, b->job->from), last = zone_date(b->zone, b->job->to - 1);

	shade_missing(ch, b);
	chart_axes(ch, b->zone, first, last - first + 1);
}

/* Above both series and what lies between them, below the differences alone on a scale of their own. */
static void draw(cairo_t *c, const void *what, const struct chart_box *box)
{
	static const struct chart_key series[] = { { "ours", &chart_blue, MARK_LINE },
		{ "theirs", &chart_orange, MARK_LINE }, { "difference", &chart_pink, MARK_BOX },
		{ "one side is missing", &chart_grey, MARK_BOX } };
	static const struct chart_key sides[] = { { "ours is more", &chart_blue, MARK_BOX },
		{ "theirs is more", &chart_orange, MARK_BOX } };
	const struct both *b = what;
	const struct job *j = b->job;
	struct chart_box upper = *box, lower = *box;
	double *zero = mem_array(j->bins, sizeof(*zero));
	struct chart ch;

	upper.height = 0.6 * box->height;
	lower.y += upper.height;
	lower.height -= upper.height;
	chart_begin(&ch, c, &upper, j->from, j->to, b->top, series, sizeof(series) / sizeof(*series));
	axes(&ch, b);
	chart_between(&ch, j->from, b->ours, b->theirs, j->bins, &chart_pink);
	chart_curve(&ch, j->from, b->theirs, j->bins, &chart_orange);
	chart_curve(&ch, j->from, b->ours, j->bins, &chart_blue);
	chart_end(&ch);
	chart_begin(&ch, c, &lower, j->from, j->to, b->most, sides, sizeof(sides) / sizeof(*sides));
	axes(&ch, b);
	chart_between(&ch, j->from, b->more, zero, j->bins, &chart_orange);
	chart_between(&ch, j->from, b->less, zero, j->bins, &chart_blue);
	chart_end(&ch);
	free(zero);
}

void report_plots(struct text *out, const struct job *j)
{
	static const char *const names[DIRECTIONS] = { [DIRECTION_INGRESS] = "ingress", [DIRECTION_EGRESS] = "egress" };
	double *bits = mem_array(4 * j->bins, sizeof(*bits));
	struct both b = { .job = j, .ours = bits, .theirs = bits + j->bins, .less = bits + 2 * j->bins,
		.more = bits + 3 * j->bins };
	struct zone *utc = NULL;

	b.zone = j->c ? j->c->zone : zone_load(ZONE_FOLDER, "UTC", &utc) ? NULL : utc;
	for (int d = 0; d < DIRECTIONS && b.zone; d++) {
		b.direction = d;
		fill(&b);
		if (b.top <= 1)
			continue;
		text_printf(out, "<h2>%s, bit/s</h2>\n<figure role=\"img\" aria-label=\"our and their %s in bit/s\">\n",
			d == DIRECTION_INGRESS ? "From the partner (ingress)" : "To the partner (egress)", names[d]);
		if (chart_svg(draw, &b, names[d], 1.6, out))
			text_str(out, "(the plot could not be drawn)");
		text_str(out, "</figure>\n");
	}
	zone_free(utc);
	free(bits);
}
