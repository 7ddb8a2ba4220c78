/* SPDX-License-Identifier: BSD-3-Clause */
/* Mistakes between the values of a plan, and between one plan and those before it. */
#include "reading.h"

#define WHOLE 10000u /* 100 % */

void check_failover(struct reading *r, const struct yaml_node *node, void *object)
{
	const struct config_failover *all = r->c->failovers, *f = object;
	uint64_t sum = 0;

	if (f->to == f->link) {
		diag_at(r->d, r->file, node->line, "link \"%s\" cannot take over its own load; another link is "
						   "allowed", r->c->links[f->link].name);
		return;
	}
	for (const struct config_failover *i = all; i <= f; i++) {
		if (i->link != f->link || i->class != f->class)
			continue;
		if (i != f && i->to == f->to) {
			diag_at(r->d, r->file, node->line,
				"link \"%s\" takes over the same load of link \"%s\" twice; one share for each "
				"link, to and class is allowed",
				r->c->links[f->to].name, r->c->links[f->link].name);
			return;
		}
		sum += i->share;
	}
	if (sum > WHOLE)
		diag_at(r->d, r->file, node->line,
			"the shares of link \"%s\"%s%s add up to %u.%02u %%; up to 100 %% is allowed",
			r->c->links[f->link].name, f->class < 0 ? "" : " and class ",
			f->class < 0 ? "" : r->c->classes[f->class].name, (unsigned)(sum / 100),
			(unsigned)(sum % 100));
}

void check_planned(struct reading *r, const struct yaml_node *node, void *object)
{
	const struct config_planned *p = object;
	unsigned changes = 0;

	for (int i = 0; i < CHANGES; i++)
		changes += p->rate[i] != 0;
	if (changes != 1)
		diag_at(r->d, r->file, node->line,
			"a planned change has %s of add, remove and capacity; exactly one is allowed",
			changes ? "several" : "none");
	else if (p->rate[CHANGE_CAPACITY] && p->sides != SIDES_BOTH)
		diag_at(r->d, r->file, node->line,
			"a planned capacity has a direction; a capacity is that of both, so none is allowed");
}
