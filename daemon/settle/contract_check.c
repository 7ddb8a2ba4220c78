/* SPDX-License-Identifier: BSD-3-Clause */
#include "contract_check.h"

#include <stdlib.h>
#include <string.h>

#include "currency.h"

#define wrong(r, line, ...) diag_at((r)->d, (r)->file, line, __VA_ARGS__)

bool contract_line_metered(const struct contract_line *l)
{
	return l->type != LINE_FLAT && l->type != LINE_CAPACITY && l->type != LINE_CREDIT;
}

static bool is_priced(const struct contract_line *l)
{
	return l->type == LINE_PERCENTILE || l->type == LINE_AVERAGE || l->type == LINE_VOLUME;
}

static void check_unit(struct reading *r, const struct contract_line *l)
{
	bool volume = l->type == LINE_VOLUME || l->type == LINE_TAKE_OR_PAY;

	if (!l->unit || (l->unit->kind == UNIT_VOLUME) == volume)
		return;
	wrong(r, l->line, "line %s: unit %s does not fit the type %s; allowed: %s", l->name, l->unit->name,
		line_type_name[l->type], volume ? unit_volumes : unit_rates);
}

static void check_price(struct reading *r, const struct contract_line *l)
{
	bool tiers = l->n_tiers != 0;

	if (tiers == (l->rate != NULL))
		wrong(r, l->line, "line %s: either rate or tiers is expected", l->name);
	if (tiers && l->tiers_mode == TIERS_NONE)
		wrong(r, l->line, "line %s: tiers need the key tiers_mode; incremental or all_units", l->name);
	if (!tiers && l->tiers_mode != TIERS_NONE)
		wrong(r, l->line, "line %s: tiers_mode without tiers", l->name);
	if (tiers && (l->commit || l->overage_rate || l->burst_cap))
		wrong(r, l->line, "line %s: commit, overage_rate and burst_cap do not go with tiers", l->name);
	if (!l->commit && l->overage_rate)
		wrong(r, l->line, "line %s: overage_rate without commit", l->name);
	if (l->burst_cap && l->commit && exact_cmp(l->burst_cap, l->commit) < 0)
		wrong(r, l->line, "line %s: burst_cap is below commit", l->name);
}

static void check_names(struct reading *r, const struct contract *c, const struct contract_line *l)
{
	for (size_t i = 0; c->peerings.n && i < l->peerings.n; i++)
		if (!name_list_has(&c->peerings, l->peerings.name[i]))
			wrong(r, l->line, "line %s: peering \"%s\" is not among the contract's peerings", l->name,
				l->peerings.name[i]);
	for (size_t i = 0; i < l->classes.n; i++)
		for (const struct contract_line *other = c->lines; other < l; other++)
			if (name_list_has(&other->classes, l->classes.name[i]))
				wrong(r, l->line, "line %s: class \"%s\" is counted by line %s already; lines may "
						  "not share a class",
					l->name, l->classes.name[i], other->name);
}

static void check_credit(struct reading *r, const struct contract *c, const struct contract_line *l)
{
	char from[DATE_SIZE], to[DATE_SIZE], date[DATE_SIZE];

	if (l->date >= c->from && l->date < c->to)
		return;
	wrong(r, l->line, "line %s: date %s lies outside of the contract; %s to %s", l->name,
		civil_format(date, l->date), civil_format(from, c->from), civil_format(to, c->to));
}

static void finish_line(struct reading *r, const struct contract *c, struct contract_line *l)
{
	const struct exact *all = exact_int(r->pool, 100);

	if (!l->direction_given)
		l->direction = c->direction;
	if (!l->percentile)
		l->percentile = c->percentile;
	if (!l->take_percent)
		l->take_percent = all;
	if (!l->deficiency_percent)
		l->deficiency_percent = all;
	check_unit(r, l);
	if (is_priced(l))
		check_price(r, l);
	if (l->type == LINE_CREDIT)
		check_credit(r, c, l);
	if (contract_line_metered(l))
		check_names(r, c, l);
}

void contract_finish(struct reading *r, struct contract *c)
{
	if (!c->zone && zone_load(r->zone_folder, "UTC", &c->zone))
		wrong(r, c->line, "zone: the tz database is not at %s; install tzdata", r->zone_folder);
	c->digits = (unsigned)currency_digits(c->currency);
	if (c->from >= c->to)
		wrong(r, c->line, "valid: \"to\" must be later than \"from\"; the days are from <= day < to");
	if (exact_cmp(c->negotiate, c->accept) < 0)
		wrong(r, c->line, "tolerance: negotiate is below accept");
	for (size_t i = 0; i < c->n_lines; i++)
		finish_line(r, c, &c->lines[i]);
}

static int by_id_and_date(const void *a, const void *b)
{
	const struct contract *x = a, *y = b;
	int d = strcmp(x->id, y->id);

	if (d)
		return d;
	return x->from != y->from ? (x->from < y->from ? -1 : 1) : (x->line > y->line) - (x->line < y->line);
}

void contract_versions(struct reading *r, struct contracts *all)
{
	qsort(all->contract, all->n, sizeof(*all->contract), by_id_and_date);
	for (size_t i = 0; i < all->n; i++) {
		struct contract *c = &all->contract[i];
		const struct contract *last = i && !strcmp(c[-1].id, c->id) ? c - 1 : NULL;

		c->version = last ? last->version + 1 : 1;
		if (!last)
			continue;
		if (last->to > c->from)
			wrong(r, c->line, "contract %s: overlaps with its version in line %u; they must follow "
					  "each other",
				c->id, last->line);
		if (strcmp(last->partner, c->partner) || last->period != c->period ||
			strcmp(zone_name(last->zone), zone_name(c->zone)))
			wrong(r, c->line, "contract %s: partner, period and zone must be those of the version in "
					  "line %u; another contract needs another id",
				c->id, last->line);
	}
}
