/* SPDX-License-Identifier: BSD-3-Clause */
#include "top_frame.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "clock.h"

const char *const top_order_name[TOP_ORDERS] = { "name", "ingress", "egress", "use", "loss" };

#define KEYS "q quit, n name i in e out u use l loss, r reverse, arrows"

char *top_number(char buf[static 8], uint64_t n)
{
	static const char suffix[] = "kMGTPE";
	uint64_t unit = 1;
	int power = -1;

	while (power < 5 && n / unit >= 1000) {
		unit *= 1000;
		power++;
	}
	if (power < 0)
		snprintf(buf, 8, "%" PRIu64, n);
	else if (n / unit >= 100)
		snprintf(buf, 8, "%u%c", (unsigned)(n / unit) % 1000, suffix[power]);
	else if (n / unit >= 10)
		snprintf(buf, 8, "%u.%u%c", (unsigned)(n / unit) % 100, (unsigned)(n % unit / (unit / 10)), suffix[power]);
	else
		snprintf(buf, 8, "%u.%02u%c", (unsigned)(n / unit) % 10, (unsigned)(n % unit / (unit / 100)),
			suffix[power]);
	return buf;
}

/* A frame while it grows: whole lines, cut at the edge. */
struct frame {
	struct text *out;
	unsigned columns, rows, used; /* 0 columns or rows: no limit */
};

static void add_line(struct frame *f, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add_line(struct frame *f, const char *format, ...)
{
	char line[512];
	va_list ap;
	int n;

	if (f->rows && f->used == f->rows)
		return;
	va_start(ap, format);
	n = vsnprintf(line, sizeof(line), format, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= sizeof(line))
		n = (int)sizeof(line) - 1;
	if (f->columns && (unsigned)n > f->columns)
		n = (int)f->columns;
	while (n && line[n - 1] == ' ')
		n--;
	text_add(f->out, line, (size_t)n);
	text_str(f->out, "\n");
	f->used++;
}

static void add_head(struct frame *f, const struct top_view *v)
{
	char end[RFC3339_SIZE], age[CLOCK_AGE_SIZE];

	if (v->wrong)
		add_line(f, "%s: cannot be read now: %s", v->title, v->wrong);
	else if (!v->end)
		add_line(f, "%s: no interval yet", v->title);
	else
		add_line(f, "%s: %u s to %s, %s ago", v->title, v->interval, clock_format(end, v->end),
			clock_age(age, v->now - v->end));
	add_line(f, "%s", v->health);
}

/* "12.3", of tenths of a per cent; "-" if the capacity is not known. */
static const char *percent(char buf[static 16], unsigned tenths, bool known)
{
	if (known)
		snprintf(buf, 16, "%u.%u", tenths / 10, tenths % 10);
	else
		memcpy(buf, "-", 2);
	return buf;
}

/* Parts of a million as per cent; what is not nothing never looks like it. */
static const char *loss(char buf[static 16], unsigned ppm)
{
	if (ppm && ppm < 100)
		memcpy(buf, "<0.01", 6);
	else
		snprintf(buf, 16, "%u.%02u", ppm / 10000, ppm / 100 % 100);
	return buf;
}

#define LINK_LINE "%-18s %7s %7s %6s %7s %7s %6s %6s %7s"

static void add_link(struct frame *f, const struct top_link *l)
{
	const struct top_side *in = &l->side[DIRECTION_INGRESS], *out = &l->side[DIRECTION_EGRESS];
	char number[5][8], used[DIRECTIONS][16], lost[16];

	add_line(f, LINK_LINE, l->name, top_number(number[0], in->bits), top_number(number[1], in->packets),
		percent(used[0], l->used[DIRECTION_INGRESS], l->capacity), top_number(number[2], out->bits),
		top_number(number[3], out->packets), percent(used[1], l->used[DIRECTION_EGRESS], l->capacity),
		loss(lost, l->loss), top_number(number[4], l->unknown));
}

#define PEERING_LINE "%-18s %-20s %7s %7s %7s %7s"

static void add_peering(struct frame *f, const struct top_peering *p)
{
	const struct top_side *in = &p->side[DIRECTION_INGRESS], *out = &p->side[DIRECTION_EGRESS];
	char number[4][8];

	add_line(f, PEERING_LINE, p->name, p->partner, top_number(number[0], in->bits),
		top_number(number[1], in->packets), top_number(number[2], out->bits),
		top_number(number[3], out->packets));
}

/* How many of `n` fit into `room` lines, one of them kept for "... more". */
static size_t that_fit(size_t n, unsigned room)
{
	return n <= room ? n : room ? room - 1 : 0;
}

static void add_links(struct frame *f, const struct top_rates *r, unsigned room)
{
	size_t shown = f->rows ? that_fit(r->n_links, room) : r->n_links;

	add_line(f, LINK_LINE, "LINK", "IN b/s", "pkt/s", "use %", "OUT b/s", "pkt/s", "use %", "loss %", "unknown");
	for (size_t i = 0; i < shown; i++)
		add_link(f, &r->link[i]);
	if (shown < r->n_links)
		add_line(f, "... and %zu links more", r->n_links - shown);
}

static void add_peerings(struct frame *f, const struct top_view *v, unsigned room)
{
	const struct top_rates *r = v->rates;
	size_t skip = v->skip < r->n_peerings ? v->skip : 0;
	size_t shown = f->rows ? that_fit(r->n_peerings - skip, room) : r->n_peerings;

	add_line(f, PEERING_LINE, "PEERING", "PARTNER", "IN b/s", "pkt/s", "OUT b/s", "pkt/s");
	for (size_t i = 0; i < shown; i++)
		add_peering(f, &r->peering[skip + i]);
	if (skip + shown < r->n_peerings)
		add_line(f, "... and %zu peerings more", r->n_peerings - skip - shown);
}

#define FIXED 7 /* two lines of head, two headings, two empty lines, the keys */

void top_frame(struct text *out, const struct top_view *v, unsigned columns, unsigned rows)
{
	struct frame f = { out, columns, rows, 0 };
	unsigned room = rows > FIXED ? rows - FIXED : 0, links = room;

	/* The links get what they need, but half of the room at most if there are as many peerings. */
	if (v->rates->n_peerings >= room / 2)
		links = room / 2;
	else
		links = room - (unsigned)v->rates->n_peerings;
	if (v->rates->n_links < links)
		links = (unsigned)v->rates->n_links;
	add_head(&f, v);
	add_line(&f, "%s", "");
	add_links(&f, v->rates, links);
	add_line(&f, "%s", "");
	add_peerings(&f, v, room - links);
	if (!rows)
		return;
	while (f.used + 1 < rows)
		add_line(&f, "%s", "");
	add_line(&f, "%s (%s%s)", KEYS, top_order_name[v->order], v->reverse ? ", reversed" : "");
}
