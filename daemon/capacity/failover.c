/* SPDX-License-Identifier: BSD-3-Clause */
#include "failover.h"

#include <stdlib.h>
#include <string.h>

#include "forecast.h"
#include "text.h"

const char *const move_why_name[MOVE_WHYS] = { "share", "via", "no-via", "via-lost", "rest" };

/* What a reading of one question works with. */
struct losing {
	const struct load *load;
	const struct topology *t;
	struct failover *out;
	int64_t from, to;
	struct strand lost;    /* of all classes: its states */
	struct strand nowhere; /* the same states */
};

static struct failover_target *target_for(struct losing *g, uint32_t link)
{
	struct failover *f = g->out;
	struct failover_target *target;
	size_t i = 0;

	while (i < f->n_targets && f->target[i].link < link)
		i++;
	if (i < f->n_targets && f->target[i].link == link)
		return &f->target[i];
	f->target = mem_grow(f->target, f->n_targets + 1, sizeof(*f->target));
	memmove(&f->target[i + 1], &f->target[i], (f->n_targets - i) * sizeof(*f->target));
	f->n_targets++;
	target = &f->target[i];
	*target = (struct failover_target){ .link = link,
		.sum = load_strand(g->load, link, g->from, g->to) };
	figures_of(&target->sum, forecast_capacity(g->t, link, g->from), &target->before);
	for (size_t b = 0; b < g->lost.bins; b++)
		if (g->lost.state[b] > target->sum.state[b])
			target->sum.state[b] = g->lost.state[b];
	return target;
}

/* `share` of SHARE_WHOLE of the bytes: the part of each bin up to there less that before it, so that the
 * parts add up to the whole whatever is rounded. */
static u128 part(u128 bytes, uint32_t before, uint32_t share)
{
	u128 whole = bytes / SHARE_WHOLE, rest = bytes % SHARE_WHOLE;

	return whole * share + rest * (before + share) / SHARE_WHOLE - rest * before / SHARE_WHOLE;
}

static u128 part_of_bin(const struct losing *g, const struct strand *load, int d, size_t bin, uint32_t before,
	uint32_t share)
{
	return g->lost.state[bin] == BIN_MISSING ? 0 : part(load->bytes[d][bin], before, share);
}

/* Moves a part of a class' load: the one that begins at `before`, `share` long. A link that would get nothing
 * is no target. */
static void move(struct losing *g, const struct strand *load, uint32_t class, uint32_t to, enum move_why why,
	uint32_t before, uint32_t share)
{
	struct failover_move m = { .class = class, .to = to, .why = why };
	struct strand *sum;

	for (int d = 0; d < DIRECTIONS; d++)
		for (size_t b = 0; b < load->bins; b++)
			m.bytes[d] += part_of_bin(g, load, d, b, before, share);
	if (!m.bytes[DIRECTION_INGRESS] && !m.bytes[DIRECTION_EGRESS])
		return;
	sum = to == TOPOLOGY_NONE ? &g->nowhere : &target_for(g, to)->sum;
	for (int d = 0; d < DIRECTIONS; d++)
		for (size_t b = 0; b < load->bins; b++)
			sum->bytes[d][b] += part_of_bin(g, load, d, b, before, share);
	g->out->move = mem_grow(g->out->move, g->out->n_moves + 1, sizeof(*g->out->move));
	g->out->move[g->out->n_moves++] = m;
}

/* Along the shares that name `class` (TOPOLOGY_NONE: no class). False: there are none. */
static bool move_by_shares(struct losing *g, const struct strand *load, uint32_t class, uint32_t named)
{
	uint32_t before = 0;

	for (size_t i = 0; i < g->t->n_shares; i++) {
		const struct topology_share *s = &g->t->shares[i];

		if (s->link != g->out->lost || s->class != named)
			continue;
		move(g, load, class, s->to, MOVE_SHARE, before, s->share);
		before += s->share;
	}
	if (before && before < SHARE_WHOLE)
		move(g, load, class, TOPOLOGY_NONE, MOVE_REST, before, SHARE_WHOLE - before);
	return before != 0;
}

static void move_by_via(struct losing *g, const struct strand *load, uint32_t class)
{
	uint32_t via = g->t->classes[class].via;
	uint32_t to = via == TOPOLOGY_NONE ? TOPOLOGY_NONE : g->t->peerings[via].link;

	if (to == TOPOLOGY_NONE)
		move(g, load, class, to, MOVE_NO_VIA, 0, SHARE_WHOLE);
	else if (to == g->out->lost)
		move(g, load, class, TOPOLOGY_NONE, MOVE_VIA_LOST, 0, SHARE_WHOLE);
	else
		move(g, load, class, to, MOVE_VIA, 0, SHARE_WHOLE);
}

static void move_class(struct losing *g, uint32_t class)
{
	struct strand load = load_class_strand(g->load, g->out->lost, class, g->from, g->to);

	if (!move_by_shares(g, &load, class, class) && !move_by_shares(g, &load, class, TOPOLOGY_NONE))
		move_by_via(g, &load, class);
	strand_free(&load);
}

static struct strand empty_like(const struct strand *s)
{
	struct strand out = { .from = s->from, .bins = s->bins, .state = mem_alloc(s->bins) };

	memcpy(out.state, s->state, s->bins);
	for (int d = 0; d < DIRECTIONS; d++)
		out.bytes[d] = mem_array(s->bins, sizeof(u128));
	return out;
}

void failover_of(const struct load *l, const struct topology *t, uint32_t lost, int64_t from, int64_t to,
	struct failover *out)
{
	struct losing g = { .load = l, .t = t, .out = out, .from = from, .to = to };

	*out = (struct failover){ .lost = lost };
	g.lost = load_strand(l, lost, from, to);
	g.nowhere = empty_like(&g.lost);
	figures_of(&g.lost, forecast_capacity(t, lost, from), &out->lost_figures);
	for (uint32_t class = 0; class < t->n_classes; class++)
		move_class(&g, class);
	for (int d = 0; d < DIRECTIONS; d++)
		out->total[d] = out->lost_figures.side[d].total;
	for (size_t i = 0; i < out->n_targets; i++)
		figures_of(&out->target[i].sum, out->target[i].before.capacity, &out->target[i].after);
	figures_of(&g.nowhere, 0, &out->nowhere);
	strand_free(&g.lost);
	strand_free(&g.nowhere);
}

void failover_clear(struct failover *f)
{
	for (size_t i = 0; i < f->n_targets; i++)
		strand_free(&f->target[i].sum);
	free(f->target);
	free(f->move);
	*f = (struct failover){ .lost = TOPOLOGY_NONE };
}
