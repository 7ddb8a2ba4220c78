/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Building: the nested prefixes are first flattened into disjoint ranges of the address space, in one sweep
 * with a stack of the prefixes that are open. Windows of the space (what one entry of a table stands for, or
 * one value of a leaf's bits) are then cut up into pieces, which fill leaves, over which inner nodes are
 * laid level by level; a window that lies in one range is a value. Growing arrays hold the nodes while it
 * goes on; at the end they move to huge pages.
 */
#include "lpm6.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "table_memory.h"
#include "text.h"

#define N_ROOT	 ((size_t)1 << 16)
#define N_VALUES LPM6_DEEPER
#define KEY_MAX	 ((UINT32_C(1) << LPM6_BITS) - 1)

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
	size_t table_room, node_room, deeper_room;
	uint32_t *whole; /* [N_VALUES]: the table of nothing but this value, plus one */
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

/* A piece of a window: from `bits` on, inside `range`; whole, or (deeper) cut up in a window of its own. */
struct piece {
	uint32_t bits;
	size_t range;
	bool deeper;
};

struct pieces {
	struct piece *at;
	size_t n, room;
};

static void piece_add(struct pieces *p, struct piece piece)
{
	if (p->n == p->room) {
		p->room = p->room ? 2 * p->room : 16;
		p->at = mem_grow(p->at, p->room, sizeof(*p->at));
	}
	p->at[p->n++] = piece;
}

static uint32_t bits_at(address a, unsigned depth)
{
	return (uint32_t)(a << depth >> (128 - LPM6_BITS));
}

static address step_of(unsigned depth) /* how many addresses one value of the bits is */
{
	return depth < 128 - LPM6_BITS ? (address)1 << (128 - LPM6_BITS - depth) : 1;
}

static struct pieces cut_up(const struct build *b, const struct window *w)
{
	const address last = window_last(w), step = step_of(w->depth);
	struct pieces pieces = { 0 };
	address at = w->first;
	size_t range = w->range;

	for (;;) {
		address end = range + 1 < b->r.n ? b->r.start[range + 1] - 1 : ~(address)0;
		bool deeper = end < (at | (step - 1)); /* another range begins inside this value */

		piece_add(&pieces, (struct piece){ bits_at(at, w->depth), range, deeper });
		if (end >= last)
			return pieces;
		at = deeper ? (at | (step - 1)) + 1 : (end + 1) & ~(step - 1);
		if (at - 1 >= last)
			return pieces;
		range = range_at(&b->r, range, at);
	}
}

/* The numbers of nodes that lie side by side, not yet filled. */
static size_t nodes_new(struct build *b, size_t n)
{
	struct lpm6 *t = b->t;
	size_t first = t->n_nodes;

	t->n_nodes += n;
	if (t->n_nodes > b->node_room) {
		b->node_room = 2 * t->n_nodes;
		t->node = mem_grow(t->node, b->node_room, sizeof(*t->node));
	}
	return first;
}

static size_t deeper_new(struct build *b, size_t n)
{
	struct lpm6 *t = b->t;
	size_t first = t->n_deeper;

	t->n_deeper += n;
	if (t->n_deeper > b->deeper_room) {
		b->deeper_room = 2 * t->n_deeper;
		t->deeper = mem_grow(t->deeper, b->deeper_room, sizeof(*t->deeper));
	}
	return first;
}

static uint32_t node_of(struct build *b, const struct window *w);

/* The leaf of up to LPM6_RANGES pieces. Making what is deeper moves the arrays. */
static struct lpm6_leaf leaf_of(struct build *b, const struct window *w, const struct piece *piece, size_t n)
{
	struct lpm6_leaf leaf;
	size_t n_deeper = 0, next;

	for (size_t i = 0; i < n; i++)
		n_deeper += piece[i].deeper;
	next = deeper_new(b, n_deeper);
	leaf = (struct lpm6_leaf){ .deeper = (uint32_t)next };
	for (size_t i = 0; i < n; i++) {
		struct window in = { .depth = w->depth + LPM6_BITS, .range = piece[i].range };
		uint32_t entry;

		if (!piece[i].deeper) {
			leaf.entry[i] = b->r.value[piece[i].range];
			continue;
		}
		in.first = w->first | (address)piece[i].bits << (128 - in.depth);
		entry = node_of(b, &in);
		b->t->deeper[next] = entry;
		leaf.entry[i] = (uint16_t)(LPM6_DEEPER | (next++ - leaf.deeper));
	}
	for (size_t i = 0; i < LPM6_RANGES - 1; i++)
		leaf.last[i] = i + 1 < n ? (piece[i + 1].bits - 1) | LPM6_GUARD : UINT32_MAX;
	return leaf;
}

/* One level of a tree: nodes side by side, and the last bits of each. */
struct level {
	uint32_t first; /* the entry of the first node */
	size_t n;
	uint32_t *last;
};

static struct level leaves_of(struct build *b, const struct window *w, const struct pieces *p)
{
	struct level l = { .n = (p->n + LPM6_RANGES - 1) / LPM6_RANGES };
	size_t number = nodes_new(b, l.n);

	l.first = LPM6_LEAF | (uint32_t)number;
	l.last = mem_array(l.n, sizeof(*l.last));
	for (size_t i = 0; i < l.n; i++) {
		size_t from = i * LPM6_RANGES, end = from + LPM6_RANGES < p->n ? from + LPM6_RANGES : p->n;
		struct lpm6_leaf leaf = leaf_of(b, w, &p->at[from], end - from);

		b->t->node[number + i].leaf = leaf;
		l.last[i] = end < p->n ? p->at[end].bits - 1 : KEY_MAX;
	}
	return l;
}

/* The level above; the one below is used up. */
static struct level above(struct build *b, struct level below)
{
	struct level l = { .n = (below.n + LPM6_FANOUT - 1) / LPM6_FANOUT };
	size_t number = nodes_new(b, l.n);

	l.first = LPM6_INNER | (uint32_t)number;
	l.last = mem_array(l.n, sizeof(*l.last));
	for (size_t i = 0; i < l.n; i++) {
		size_t from = i * LPM6_FANOUT, end = from + LPM6_FANOUT < below.n ? from + LPM6_FANOUT : below.n;
		struct lpm6_inner *in = &b->t->node[number + i].inner;

		in->first = below.first + (uint32_t)from;
		for (size_t k = 0; k < LPM6_FANOUT - 1; k++)
			in->last[k] = from + k + 1 < end ? below.last[from + k] | LPM6_GUARD : UINT32_MAX;
		l.last[i] = below.last[end - 1];
	}
	free(below.last);
	return l;
}

static uint32_t node_of(struct build *b, const struct window *w)
{
	struct pieces pieces;
	struct level level;

	if (w->range + 1 == b->r.n || b->r.start[w->range + 1] > window_last(w))
		return b->r.value[w->range];
	pieces = cut_up(b, w);
	level = leaves_of(b, w, &pieces);
	free(pieces.at);
	while (level.n > 1)
		level = above(b, level);
	free(level.last);
	return level.first;
}

static size_t table_new(struct build *b)
{
	struct lpm6 *t = b->t;

	if (t->n_tables == b->table_room) {
		b->table_room = b->table_room ? 2 * b->table_room : 64;
		t->table = mem_grow(t->table, b->table_room, sizeof(*t->table));
	}
	return t->n_tables++;
}

/* A table whose windows lie in one range: one for each value is enough. */
static size_t table_whole(struct build *b, uint16_t value)
{
	if (!b->whole[value]) {
		size_t number = table_new(b);

		for (unsigned i = 0; i < 256; i++)
			b->t->table[number][i] = value;
		b->whole[value] = (uint32_t)number + 1;
	}
	return b->whole[value] - 1;
}

static size_t table_of(struct build *b, const struct window *w)
{
	struct window in = { .depth = LPM6_DEPTH, .range = w->range };
	size_t number;

	if (w->range + 1 == b->r.n || b->r.start[w->range + 1] > window_last(w))
		return table_whole(b, b->r.value[w->range]);
	number = table_new(b);
	for (unsigned i = 0; i < 256; i++) {
		in.first = w->first | (address)i << (128 - LPM6_DEPTH);
		in.range = range_at(&b->r, in.range, in.first);
		b->t->table[number][i] = node_of(b, &in);
	}
	return number;
}

static void root_fill(struct build *b)
{
	struct window w = { .depth = 16 };

	b->whole = mem_array(N_VALUES, sizeof(*b->whole));
	for (size_t i = 0; i < N_ROOT; i++) {
		w.first = (address)i << 112;
		w.range = range_at(&b->r, w.range, w.first);
		b->t->root[i] = (uint32_t)table_of(b, &w);
	}
	free(b->whole);
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
	t->node = move(t->node, t->n_nodes * sizeof(*t->node));
	t->deeper = move(t->deeper, t->n_deeper * sizeof(*t->deeper));
	if (t->table && t->node && t->deeper)
		return 0;
	lpm6_free(t);
	return -ENOMEM;
}

void lpm6_free(struct lpm6 *t)
{
	table_memory_free(t->root, N_ROOT * sizeof(*t->root));
	table_memory_free(t->table, t->n_tables ? t->n_tables * sizeof(*t->table) : 1);
	table_memory_free(t->node, t->n_nodes ? t->n_nodes * sizeof(*t->node) : 1);
	table_memory_free(t->deeper, t->n_deeper ? t->n_deeper * sizeof(*t->deeper) : 1);
	*t = (struct lpm6){ 0 };
}

size_t lpm6_bytes(const struct lpm6 *t)
{
	return N_ROOT * sizeof(*t->root) + t->n_tables * sizeof(*t->table) + t->n_nodes * sizeof(*t->node) +
	       t->n_deeper * sizeof(*t->deeper);
}
