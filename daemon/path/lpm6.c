/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Building: the nested prefixes are first flattened into disjoint ranges of the address space, in one sweep
 * with a stack of the prefixes that are open. Nodes are then made for windows of the space, from the root
 * down; a window that lies in one range is a value. Growing arrays hold the nodes while it goes on; at the
 * end they move to huge pages.
 */
#include "lpm6.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "table_memory.h"
#include "text.h"

#define ROOT_BITS 24
#define N_ROOT	  ((size_t)1 << ROOT_BITS)

__extension__ typedef unsigned __int128 address;

/* Disjoint ranges: value[i] holds from start[i] to before start[i + 1]; start[0] is 0. */
struct ranges {
	address *start;
	uint16_t *value;
	size_t n, room;
};

static void range_add(struct ranges *r, address start, uint16_t value)
{
	if (r->n && r->start[r->n - 1] == start)
		r->n--; /* the one before is empty */
	if (r->n && r->value[r->n - 1] == value)
		return;
	if (r->n == r->room) {
		r->room = r->room ? 2 * r->room : 64;
		r->start = mem_grow(r->start, r->room, sizeof(*r->start));
		r->value = mem_grow(r->value, r->room, sizeof(*r->value));
	}
	r->start[r->n] = start;
	r->value[r->n++] = value;
}

static address last_of(const struct lpm6_route *r, address first)
{
	return r->length ? first | (r->length < 128 ? ~(address)0 >> r->length : 0) : ~(address)0;
}

static struct ranges flatten(const struct lpm6_route *route, size_t n)
{
	struct {
		address last;
		uint16_t value;
	} open[130] = { { .last = ~(address)0 } }; /* the outermost: no match */
	struct ranges r = { 0 };
	size_t depth = 1;

	range_add(&r, 0, 0);
	for (size_t i = 0; i < n; i++) {
		address first = (address)route[i].high << 64 | route[i].low;

		for (; open[depth - 1].last < first; depth--)
			range_add(&r, open[depth - 1].last + 1, open[depth - 2].value);
		range_add(&r, first, route[i].value);
		open[depth].last = last_of(&route[i], first);
		open[depth++].value = route[i].value;
	}
	for (; depth > 1; depth--)
		if (open[depth - 1].last != ~(address)0)
			range_add(&r, open[depth - 1].last + 1, open[depth - 2].value);
	return r;
}

struct build {
	struct lpm6 *t;
	struct ranges r;
	size_t table_room, block_room;
};

/* The addresses that share their first `depth` bits with `first`, and the range that holds `first`. */
struct window {
	address first;
	unsigned depth;
	size_t range;
};

static address window_last(const struct window *w)
{
	return w->first | (w->depth < 128 ? ~(address)0 >> w->depth : 0);
}

/* The range that holds `a`, not before `from`. */
static size_t range_at(const struct ranges *r, size_t from, address a)
{
	size_t low = from, high = r->n;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (r->start[middle] <= a)
			low = middle;
		else
			high = middle;
	}
	return low;
}

static uint32_t node_add(struct build *b, const struct window *w);

static uint32_t table_add(struct build *b, const struct window *w)
{
	struct lpm6 *t = b->t;
	size_t number = t->n_tables++;
	struct window in = { .depth = w->depth + 8, .range = w->range };

	if (t->n_tables > b->table_room) {
		b->table_room = 2 * t->n_tables;
		t->table = mem_grow(t->table, b->table_room, sizeof(*t->table));
	}
	for (unsigned i = 0; i < 256; i++) {
		in.first = w->first | (address)i << (120 - w->depth);
		in.range = range_at(&b->r, in.range, in.first);
		uint32_t entry = node_add(b, &in); /* may move t->table */
		t->table[number][i] = entry;
	}
	return LPM6_TABLE | (uint32_t)number;
}

/* A piece of a block: from `bits` on, inside `range`; whole, or (a node) cut up further below. */
struct piece {
	uint32_t bits;
	size_t range;
	bool node;
};

static uint32_t bits_at(address a, unsigned depth)
{
	return (uint32_t)(a << depth >> 96);
}

static address step_of(unsigned depth) /* how many addresses one value of the 32 bits is */
{
	return depth < 96 ? (address)1 << (96 - depth) : 1;
}

/* Cuts the window into pieces. Returns how many, or LPM6_RANGES + 1 when they are more than fit. */
static size_t cut_up(const struct build *b, const struct window *w, struct piece *piece)
{
	const address last = window_last(w), step = step_of(w->depth);
	address at = w->first;
	size_t range = w->range, n = 0;

	for (;;) {
		address end = range + 1 < b->r.n ? b->r.start[range + 1] - 1 : ~(address)0;
		bool node = end < (at | (step - 1)); /* another range begins inside this value */

		if (n == LPM6_RANGES)
			return LPM6_RANGES + 1;
		piece[n++] = (struct piece){ bits_at(at, w->depth), range, node };
		if (end >= last)
			return n;
		at = node ? (at | (step - 1)) + 1 : (end + 1) & ~(step - 1);
		if (at - 1 >= last)
			return n;
		range = range_at(&b->r, range, at);
	}
}

static uint32_t block_add(struct build *b, const struct window *w, const struct piece *piece, size_t n)
{
	struct lpm6 *t = b->t;
	size_t number = t->n_blocks++;
	struct lpm6_block block;

	for (size_t i = 0; i < LPM6_RANGES; i++) {
		const struct piece *p = &piece[i < n ? i : n - 1];

		block.start[i] = (int32_t)((i ? p->bits : 0) ^ 0x80000000u);
		if (i >= n) {
			block.entry[i] = block.entry[n - 1];
		} else if (!p->node) {
			block.entry[i] = b->r.value[p->range];
		} else {
			const struct window in = { .depth = w->depth + 32,
				.range = p->range,
				.first = w->first | (address)p->bits << (96 - w->depth) };

			block.entry[i] = node_add(b, &in);
		}
	}
	if (b->block_room < t->n_blocks) {
		b->block_room = 2 * t->n_blocks;
		t->block = mem_grow(t->block, b->block_room, sizeof(*t->block));
	}
	t->block[number] = block;
	return LPM6_BLOCK | (uint32_t)number;
}

static uint32_t node_add(struct build *b, const struct window *w)
{
	struct piece piece[LPM6_RANGES];
	size_t n;

	if (w->range + 1 == b->r.n || b->r.start[w->range + 1] > window_last(w))
		return b->r.value[w->range];
	n = cut_up(b, w, piece);
	return n <= LPM6_RANGES ? block_add(b, w, piece, n) : table_add(b, w);
}

/* Windows of one range are written in one go, and those without a match not at all: their pages stay
 * untouched. */
static void root_fill(struct build *b)
{
	struct window w = { .depth = ROOT_BITS };
	uint32_t *root = b->t->root;

	for (size_t i = 0; i < N_ROOT;) {
		uint32_t entry;
		size_t next;

		w.first = (address)i << (128 - ROOT_BITS);
		w.range = range_at(&b->r, w.range, w.first);
		entry = node_add(b, &w);
		next = w.range + 1 < b->r.n ? (size_t)(b->r.start[w.range + 1] >> (128 - ROOT_BITS)) : N_ROOT;
		if (next <= i)
			next = i + 1;
		for (; entry && i < next; i++)
			root[i] = entry;
		i = next;
	}
}

static void *move(void *from, size_t size)
{
	void *to = table_memory_new(size ? size : 1);

	if (to && size)
		memcpy(to, from, size);
	free(from);
	return to;
}

int lpm6_build(struct lpm6 *t, const struct lpm6_route *routes, size_t n)
{
	struct build b = { .t = t };

	*t = (struct lpm6){ .root = table_memory_new(N_ROOT * sizeof(*t->root)) };
	if (!t->root)
		return -ENOMEM;
	b.r = flatten(routes, n);
	root_fill(&b);
	free(b.r.start);
	free(b.r.value);
	t->table = move(t->table, t->n_tables * sizeof(*t->table));
	t->block = move(t->block, t->n_blocks * sizeof(*t->block));
	if (t->table && t->block)
		return 0;
	lpm6_free(t);
	return -ENOMEM;
}

void lpm6_free(struct lpm6 *t)
{
	table_memory_free(t->root, N_ROOT * sizeof(*t->root));
	table_memory_free(t->table, t->n_tables ? t->n_tables * sizeof(*t->table) : 1);
	table_memory_free(t->block, t->n_blocks ? t->n_blocks * sizeof(*t->block) : 1);
	*t = (struct lpm6){ 0 };
}

size_t lpm6_bytes(const struct lpm6 *t)
{
	return N_ROOT * sizeof(*t->root) + t->n_tables * sizeof(*t->table) + t->n_blocks * sizeof(*t->block);
}

/* The first table and the first block are two dependent misses: each is asked for in all lookups before one
 * of them waits. What is deeper is rare. */
void lpm6_find_bulk(const struct lpm6 *t, const uint64_t *high, const uint64_t *low, uint16_t *value,
	uint32_t n)
{
	uint32_t entry[LPM6_BULK];
	uint8_t depth[LPM6_BULK];

	for (uint32_t i = 0; i < n; i++) {
		entry[i] = t->root[high[i] >> 40];
		depth[i] = 24;
		if (entry[i] & LPM6_TABLE)
			__builtin_prefetch(&t->table[entry[i] & LPM6_INDEX][high[i] >> 32 & 255]);
		else if (entry[i] & LPM6_BLOCK)
			__builtin_prefetch(&t->block[entry[i] & LPM6_INDEX]);
	}
	for (uint32_t i = 0; i < n; i++) {
		if (!(entry[i] & LPM6_TABLE))
			continue;
		entry[i] = t->table[entry[i] & LPM6_INDEX][high[i] >> 32 & 255];
		depth[i] = 32;
		if (entry[i] & LPM6_BLOCK)
			__builtin_prefetch(&t->block[entry[i] & LPM6_INDEX]);
		else if (entry[i] & LPM6_TABLE)
			__builtin_prefetch(&t->table[entry[i] & LPM6_INDEX][high[i] >> 24 & 255]);
	}
	for (uint32_t i = 0; i < n; i++)
		value[i] = lpm6_walk(t, entry[i], depth[i], high[i], low[i]);
}
