/* SPDX-License-Identifier: BSD-3-Clause */
#include "ours.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "burst.h"
#include "routes.h"
#include "text.h"

int ours_tables_build(struct ours_tables *t, const struct routes *routes)
{
	struct lpm4_route *v4 = routes_sorted4(routes);
	struct lpm6_route *v6 = routes_sorted6(routes);
	int error = lpm4_build(&t->lpm4, v4, routes->n4);

	if (!error) {
		error = lpm6_build(&t->lpm6, v6, routes->n6);
		if (error)
			lpm4_free(&t->lpm4);
	}
	free(v4);
	free(v6);
	return error;
}

void ours_tables_free(struct ours_tables *t)
{
	lpm4_free(&t->lpm4);
	lpm6_free(&t->lpm6);
}

int ours_open(struct ours *o, const struct ours_tables *t, unsigned peerings, unsigned classes)
{
	struct match_rule *rule = mem_array(peerings, sizeof(*rule));
	int error;

	o->view = (struct view){
		.layout = { .n_taps = 1, .n_peerings = peerings, .n_values = classes + 1, .n_cos = 1 },
		.lpm4 = t->lpm4,
		.lpm6 = t->lpm6,
	};
	for (unsigned i = 0; i < peerings; i++)
		rule[i] = (struct match_rule){ .shape = SHAPE_OUTER, .outer = (uint16_t)i, .peering = i };
	error = layout_size(&o->view.layout);
	o->bank = error ? NULL : bank_new(&o->view.layout);
	if (o->bank) {
		o->view.tap = mem_alloc(sizeof(*o->view.tap));
		o->view.tap->direction = VIEW_INGRESS;
		match_build(&o->view.tap->match, rule, peerings, false);
	} else if (!error) {
		error = -ENOMEM;
	}
	free(rule);
	return error;
}

void ours_close(struct ours *o)
{
	bank_free(o->bank);
	match_free(&o->view.tap->match);
	free(o->view.tap);
}

static void add(struct counters *sum, const struct counters *c)
{
	sum->packets += c->packets;
	sum->l2_bytes += c->l2_bytes;
	sum->l3_bytes += c->l3_bytes;
}

struct counters ours_sum(const struct ours *o, unsigned peering, unsigned class)
{
	const struct layout *l = &o->view.layout;
	uint32_t first = layout_side_base(l, layout_side(peering, DIRECTION_INGRESS)) +
			 (class + 1) * 2 * l->n_cos;
	struct counters sum = { 0 };

	for (uint32_t i = 0; i < 2 * l->n_cos; i++)
		add(&sum, &o->bank->slot[first + i].count);
	return sum;
}

uint64_t ours_astray(const struct ours *o)
{
	const struct layout *l = &o->view.layout;
	uint64_t found = 0, all = 0;

	for (uint32_t i = 0; i < l->n_slots; i++)
		all += o->bank->slot[i].count.packets;
	for (unsigned p = 0; p < l->n_peerings; p++)
		for (unsigned c = 0; c + 1 < l->n_values; c++)
			found += ours_sum(o, p, c).packets;
	return all - found + o->bank->tap[0].malformed;
}

stage_pass_fn ours_pass_base;
#if defined(__x86_64__)
stage_pass_fn ours_pass_avx2, ours_pass_avx512;
#endif

stage_pass_fn *ours_pass(const char *name)
{
	static const struct {
		const char *name;
		stage_pass_fn *pass;
	} all[] = {
		{ "base", ours_pass_base },
#if defined(__x86_64__)
		{ "avx2", ours_pass_avx2 },
		{ "avx512", ours_pass_avx512 },
#endif
	};

	for (const struct burst_kernel *const *k = burst_kernels(); *k; k++)
		for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
			if (!strcmp((*k)->name, all[i].name) && (!name || !strcmp(name, all[i].name)))
				return all[i].pass;
	return NULL;
}
