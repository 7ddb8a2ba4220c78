/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Building: the nested prefixes are first flattened into disjoint ranges of the upper 64 bits, in one
 * sweep with a stack of the prefixes that are open; the ranges are then dealt out over the /24 and /32.
 * Blocks are written into `ranges` as they arise.
 */
#include "lpm6.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "table_memory.h"
#include "text.h"

#define N24	   ((size_t)1 << 24)
#define MAX_RANGES ((size_t)LPM6_UNIT << 25)

/* Disjoint ranges: entry[i] holds from start[i] to before start[i + 1]. */
struct flat {
	uint64_t *start;
	uint32_t *entry;
	size_t n, room;
};

/* The prefixes that contain the point of the sweep, shortest first. */
struct nest {
	struct {
		uint64_t end; /* inclusive */
		uint32_t entry;
	} open[130];
	size_t n;
};

static void flat_add(struct flat *f, uint64_t start, uint32_t entry)
{
	if (f->n && f->start[f->n - 1] == start)
		f->n--; /* an empty range */
	if (f->n && f->entry[f->n - 1] == entry)
		return;
	if (f->n == f->room) {
		f->room = f->room ? 2 * f->room : 64;
		f->start = mem_grow(f->start, f->room, sizeof(*f->start));
		f->entry = mem_grow(f->entry, f->room, sizeof(*f->entry));
	}
	f->start[f->n] = start;
	f->entry[f->n++] = entry;
}

static void flat_free(struct flat *f)
{
	free(f->start);
	free(f->entry);
}

static uint32_t nest_top(const struct nest *s)
{
	return s->open[s->n - 1].entry;
}

static void nest_push(struct nest *s, struct flat *f, uint64_t start, uint64_t end, uint32_t entry)
{
	s->open[s->n].end = end;
	s->open[s->n++].entry = entry;
	flat_add(f, start, entry);
}

/* Ends the prefixes that do not reach `point`; the outermost stays. */
static void nest_pop(struct nest *s, struct flat *f, uint64_t point)
{
	while (s->n > 1 && s->open[s->n - 1].end < point) {
		uint64_t after = s->open[--s->n].end + 1;

		flat_add(f, after, nest_top(s));
	}
}

static void nest_finish(struct nest *s, struct flat *f)
{
	while (s->n > 1) {
		uint64_t end = s->open[--s->n].end;

		if (end != UINT64_MAX)
			flat_add(f, end + 1, nest_top(s));
	}
}

static uint64_t last_of(uint64_t start, unsigned length) /* of 64 bits */
{
	return length ? start | (length < 64 ? UINT64_MAX >> length : 0) : UINT64_MAX;
}

/* Writes ranges [from, from + n) of `f` as a block: its entry, or 0 with -E2BIG in *error. */
static uint32_t block_add(
	struct lpm6 *t, const struct flat *f, size_t from, size_t n, uint32_t kind, int *error)
{
	size_t at = t->ranges_size, size, k = 1;
	uint64_t *start;
	uint32_t *entry;

	while ((size_t)1 << k < n)
		k++;
	size = ((size_t)12 << k) + LPM6_UNIT - 1;
	size -= size % LPM6_UNIT;
	if (at + size > t->ranges_room) {
		*error = -E2BIG;
		return 0;
	}
	start = (void *)(t->ranges + at);
	entry = (void *)(t->ranges + at + ((size_t)8 << k));
	for (size_t i = 0; i < (size_t)1 << k; i++) {
		start[i] = i >= n ? UINT64_MAX : i ? f->start[from + i] : 0;
		entry[i] = f->entry[from + (i < n ? i : n - 1)];
	}
	t->ranges_size += size;
	return kind << 30 | (uint32_t)k << 25 | (uint32_t)(at / LPM6_UNIT);
}

/* Routes beyond /64 that share their upper half: a block over the lower half, inside `around`. */
static uint32_t low_block(struct lpm6 *t, const struct lpm6_route *r, size_t n, uint32_t around, int *error)
{
	struct nest nest = { .n = 0 };
	struct flat flat = { 0 };
	uint32_t entry;

	nest_push(&nest, &flat, 0, UINT64_MAX, around);
	for (size_t i = 0; i < n; i++) {
		nest_pop(&nest, &flat, r[i].low);
		nest_push(&nest, &flat, r[i].low, last_of(r[i].low, r[i].length - 64u), r[i].value);
	}
	nest_finish(&nest, &flat);
	entry = block_add(t, &flat, 0, flat.n, LPM6_BLOCK_LOW, error);
	flat_free(&flat);
	return entry;
}

static struct flat flatten(struct lpm6 *t, const struct lpm6_route *r, size_t n, int *error)
{
	struct nest nest = { .n = 0 };
	struct flat flat = { 0 };

	nest_push(&nest, &flat, 0, UINT64_MAX, 0);
	for (size_t i = 0; i < n;) {
		size_t group = 1;

		nest_pop(&nest, &flat, r[i].high);
		if (r[i].length <= 64) {
			nest_push(&nest, &flat, r[i].high, last_of(r[i].high, r[i].length), r[i].value);
		} else {
			while (i + group < n && r[i + group].high == r[i].high)
				group++;
			nest_push(&nest, &flat, r[i].high, r[i].high,
				low_block(t, r + i, group, nest_top(&nest), error));
		}
		i += group;
	}
	nest_finish(&nest, &flat);
	return flat;
}

/* A walk over the units (/24 or /32) of the address space beside the ranges. */
struct walk {
	const struct flat *f;
	size_t at;	/* the range that holds the unit's first address */
	unsigned shift; /* 64 - the unit's prefix length */
};

/* Ranges that reach into `unit`: 1 if it lies whole in one. Then moves on to the next unit. */
static size_t walk_count(struct walk *w, uint64_t unit)
{
	size_t i = w->at;

	while (i + 1 < w->f->n && w->f->start[i + 1] >> w->shift == unit)
		i++;
	return i - w->at + 1;
}

static void walk_to(struct walk *w, uint64_t unit)
{
	while (w->at + 1 < w->f->n && w->f->start[w->at + 1] <= unit << w->shift)
		w->at++;
}

static uint32_t by32_add(struct lpm6 *t, const struct flat *f, size_t at, uint64_t slash24, int *error)
{
	uint32_t *table = t->by32 + t->n_by32 * 256;
	struct walk w = { .f = f, .at = at, .shift = 32 };

	for (uint64_t i = 0; i < 256; i++) {
		uint64_t unit = slash24 << 8 | i;
		size_t n;

		walk_to(&w, unit);
		n = walk_count(&w, unit);
		table[i] = n == 1 ? f->entry[w.at] : block_add(t, f, w.at, n, LPM6_BLOCK, error);
	}
	return LPM6_BY32 << 30 | (uint32_t)t->n_by32++;
}

static void deal(struct lpm6 *t, const struct flat *f, int *error)
{
	struct walk w = { .f = f, .shift = 40 };

	for (uint64_t unit = 0; unit < N24;) {
		size_t n;

		walk_to(&w, unit);
		n = walk_count(&w, unit);
		if (n == 1) {
			uint64_t next = w.at + 1 < f->n ? f->start[w.at + 1] >> 40 : N24;

			for (; unit < next && f->entry[w.at]; unit++)
				t->by24[unit] = f->entry[w.at];
			unit = next; /* pages of value 0 stay untouched */
			continue;
		}
		t->by24[unit] = n <= LPM6_SMALL ? block_add(t, f, w.at, n, LPM6_BLOCK, error)
						: by32_add(t, f, w.at, unit, error);
		unit++;
	}
}

/* Upper bounds from the number of routes: each adds at most two ranges to the upper level or the lower
 * one, a block is at most 2 x its ranges + one unit, and a `by32` needs more than LPM6_SMALL ranges. */
static int reserve(struct lpm6 *t, size_t n)
{
	size_t ranges = 2 * n + 1, tables = ranges / LPM6_SMALL + 1;

	t->by32_room = tables * 256 * sizeof(*t->by32);
	t->ranges_room = 4 * ranges * (12 + LPM6_UNIT);
	if (t->ranges_room > MAX_RANGES)
		t->ranges_room = MAX_RANGES;
	t->by24 = table_memory_new(N24 * sizeof(*t->by24));
	t->by32 = table_memory_new(t->by32_room);
	t->ranges = table_memory_new(t->ranges_room);
	return t->by24 && t->by32 && t->ranges ? 0 : -ENOMEM;
}

int lpm6_build(struct lpm6 *t, const struct lpm6_route *routes, size_t n)
{
	struct flat flat;
	int error;

	*t = (struct lpm6){ 0 };
	error = reserve(t, n);
	if (!error) {
		flat = flatten(t, routes, n, &error);
		if (!error)
			deal(t, &flat, &error);
		flat_free(&flat);
	}
	if (error)
		lpm6_free(t);
	return error;
}

void lpm6_free(struct lpm6 *t)
{
	table_memory_free(t->by24, N24 * sizeof(*t->by24));
	table_memory_free(t->by32, t->by32_room);
	table_memory_free(t->ranges, t->ranges_room);
	*t = (struct lpm6){ 0 };
}

size_t lpm6_bytes(const struct lpm6 *t)
{
	return N24 * sizeof(*t->by24) + t->n_by32 * 256 * sizeof(*t->by32) + t->ranges_size;
}
