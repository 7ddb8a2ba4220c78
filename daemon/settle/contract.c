/* SPDX-License-Identifier: BSD-3-Clause */
#include "contract.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "contract_check.h"
#include "contract_key.h"
#include "text.h"

const char *const basis_name[BASES] = { "l3", "l2", "l2fcs", "l1" };
const char *const rank_name[RANKS] = { "rfc2330", "drop_ceil" };
const char *const direction_rule_name[DIR_RULES] = { "max_of_p95", "p95_of_max", "p95_of_sum",
	"ingress", "egress" };
const char *const across_name[ACROSSES] = { "sum", "each" };
const char *const missing_name[MISSINGS] = { "exclude", "zero" };
const char *const partial_name[PARTIALS] = { "captured_only", "calendar_zeros", "day_factor" };
const char *const rounding_name[2] = { "half_up", "half_even" };
const char *const payer_name[PAYERS] = { "partner", "us" };
const char *const tiers_mode_name[TIERS_MODES] = { "", "incremental", "all_units" };
const char *const line_type_name[LINE_TYPES] = { "flat", "capacity", "percentile", "average", "volume",
	"take_or_pay", "credit", "ratio" };

static const char *const period_name[] = { "month", "quarter" };
static const char *const usage_name[] = { "none", "up" };

#define ARRAY_SIZE(a) (sizeof(a) / sizeof(*(a)))
#define MOST_LINES    100
#define WORDS(w)      .words = (w), .n_words = ARRAY_SIZE(w)
#define wrong(r, line, ...) diag_at((r)->d, (r)->file, line, __VA_ARGS__)

static key_read_fn read_valid, read_tolerance, read_lines, read_tiers, read_make_up, read_carry;
static key_read_fn read_direction, read_contracts;

/* Kinds of lines, as bits for `has` and `needs`. */
#define T(type)	 (1u << LINE_##type)
#define ALL	 ((1u << LINE_TYPES) - 1)
#define RANKED	 T(PERCENTILE)
#define PRICED	 (T(PERCENTILE) | T(AVERAGE) | T(VOLUME))
#define METERED	 (PRICED | T(TAKE_OR_PAY) | T(RATIO))
#define ONE	 1u /* maps of which there is one kind */

#define AT(member) offsetof(struct contract_line, member)
static const struct key line_keys[] = {
	{ "name", key_name, AT(name), .has = ALL, .needs = ALL },
	{ "type", key_word, AT(type), WORDS(line_type_name), ALL, ALL },
	{ "unit", key_unit, AT(unit), .has = METERED | T(CAPACITY), .needs = METERED | T(CAPACITY) },
	{ "amount", key_decimal, AT(amount), .has = T(FLAT) | T(CREDIT), .needs = T(FLAT) | T(CREDIT) },
	{ "quantity", key_decimal, AT(quantity), .has = T(CAPACITY) | T(TAKE_OR_PAY),
		.needs = T(CAPACITY) | T(TAKE_OR_PAY) },
	{ "rate", key_decimal, AT(rate), .has = METERED | T(CAPACITY),
		.needs = T(CAPACITY) | T(TAKE_OR_PAY) | T(RATIO) },
	{ "commit", key_decimal, AT(commit), .has = PRICED },
	{ "overage_rate", key_decimal, AT(overage_rate), .has = PRICED },
	{ "burst_cap", key_decimal, AT(burst_cap), .has = PRICED },
	{ "tiers_mode", key_word, AT(tiers_mode), WORDS(tiers_mode_name), PRICED, 0 },
	{ "tiers", read_tiers, 0, .has = PRICED },
	{ "direction", read_direction, 0, WORDS(direction_rule_name), METERED & ~T(RATIO), 0 },
	{ "percentile", key_percent, AT(percentile), .has = RANKED },
	{ "classes", key_names, AT(classes), .has = METERED },
	{ "peerings", key_names, AT(peerings), .has = METERED },
	{ "take_percent", key_share, AT(take_percent), .has = T(TAKE_OR_PAY) },
	{ "deficiency_percent", key_decimal, AT(deficiency_percent), .has = T(TAKE_OR_PAY) },
	{ "make_up", read_make_up, 0, .has = T(TAKE_OR_PAY) },
	{ "carry_forward", read_carry, 0, .has = T(TAKE_OR_PAY) },
	{ "limit", key_decimal, AT(limit), .has = T(RATIO), .needs = T(RATIO) },
	{ "date", key_date, AT(date), .has = T(CREDIT), .needs = T(CREDIT) },
	{ "reason", key_string, AT(reason), .has = T(CREDIT), .needs = T(CREDIT) },
};

static const struct key make_up_keys[] = {
	{ "periods", key_periods, AT(make_up_periods), .has = ONE, .needs = ONE },
	{ "rate", key_decimal, AT(make_up_rate), .has = ONE, .needs = ONE },
};

static const struct key carry_keys[] = {
	{ "periods", key_periods, AT(carry_periods), .has = ONE, .needs = ONE },
};
#undef AT

static const struct key tier_keys[] = {
	{ "up_to", key_decimal, offsetof(struct tier, up_to), .has = ONE },
	{ "rate", key_decimal, offsetof(struct tier, rate), .has = ONE, .needs = ONE },
};

#define AT(member) offsetof(struct contract, member)
static const struct key valid_keys[] = {
	{ "from", key_date, AT(from), .has = ONE, .needs = ONE },
	{ "to", key_date, AT(to), .has = ONE, .needs = ONE },
};

static const struct key tolerance_keys[] = {
	{ "accept", key_share, AT(accept), .has = ONE, .needs = ONE },
	{ "negotiate", key_share, AT(negotiate), .has = ONE, .needs = ONE },
};

static const struct key contract_keys[] = {
	{ "id", key_name, AT(id), .has = ONE, .needs = ONE },
	{ "partner", key_name, AT(partner), .has = ONE, .needs = ONE },
	{ "valid", read_valid, 0, .has = ONE, .needs = ONE },
	{ "zone", key_zone, AT(zone), .has = ONE },
	{ "period", key_word, AT(period), WORDS(period_name), ONE, 0 },
	{ "currency", key_currency, AT(currency), .has = ONE, .needs = ONE },
	{ "basis", key_word, AT(basis), WORDS(basis_name), ONE, 0 },
	{ "peerings", key_names, AT(peerings), .has = ONE },
	{ "percentile", key_percent, AT(percentile), .has = ONE },
	{ "rank", key_word, AT(rank), WORDS(rank_name), ONE, 0 },
	{ "direction", key_word, AT(direction), WORDS(direction_rule_name), ONE, 0 },
	{ "across", key_word, AT(across), WORDS(across_name), ONE, 0 },
	{ "missing", key_word, AT(missing), WORDS(missing_name), ONE, 0 },
	{ "partial_period", key_word, AT(partial), WORDS(partial_name), ONE, 0 },
	{ "usage_rounding", key_flag, AT(usage_up), WORDS(usage_name), ONE, 0 },
	{ "ceiling", key_capacity, AT(ceiling), .has = ONE },
	{ "rounding", key_word, AT(rounding), WORDS(rounding_name), ONE, 0 },
	{ "tolerance", read_tolerance, 0, .has = ONE },
	{ "payer", key_word, AT(payer), WORDS(payer_name), ONE, 0 },
	{ "lines", read_lines, 0, .has = ONE, .needs = ONE },
};
#undef AT

static const struct key file_keys[] = {
	{ "contracts", read_contracts, 0, .has = ONE, .needs = ONE },
	{ "signing_key", key_path, offsetof(struct contracts, signing_key), .has = ONE },
	{ "statements", key_path, offsetof(struct contracts, statements), .has = ONE },
};

#define READ_MAP(r, keys, v, what, base) key_read_map(r, keys, ARRAY_SIZE(keys), 0, v, what, base)

static void read_valid(struct reading *r, const struct key *k, const struct yaml_node *v, void *at)
{
	READ_MAP(r, valid_keys, v, k->name, at);
}

static void read_tolerance(struct reading *r, const struct key *k, const struct yaml_node *v, void *at)
{
	READ_MAP(r, tolerance_keys, v, k->name, at);
}

static void read_make_up(struct reading *r, const struct key *k, const struct yaml_node *v, void *at)
{
	READ_MAP(r, make_up_keys, v, k->name, at);
}

static void read_carry(struct reading *r, const struct key *k, const struct yaml_node *v, void *at)
{
	READ_MAP(r, carry_keys, v, k->name, at);
}

static void read_direction(struct reading *r, const struct key *k, const struct yaml_node *v, void *at)
{
	struct contract_line *l = at;

	l->direction_given = true;
	key_word(r, k, v, &l->direction);
}

static void read_tiers(struct reading *r, const struct key *k, const struct yaml_node *v, void *at)
{
	struct contract_line *l = at;

	if (v->kind != YAML_LIST || !v->first || v->size > MOST_LINES) {
		wrong(r, v->line, "%s: a list of 1 to %d tiers is expected", k->name, MOST_LINES);
		return;
	}
	l->tiers = mem_array(v->size, sizeof(*l->tiers));
	for (const struct yaml_item *i = v->first; i; i = i->next) {
		struct tier *t = &l->tiers[l->n_tiers++];
		const struct tier *last = l->n_tiers > 1 ? t - 1 : NULL;

		READ_MAP(r, tier_keys, i->value, "tier", t);
		if (!t->up_to && i->next)
			wrong(r, i->line, "tiers: only the last tier may be without up_to");
		if (t->up_to && !i->next)
			wrong(r, i->line, "tiers: the last tier is for all above; it has no up_to");
		if (t->up_to && !exact_sign(t->up_to))
			wrong(r, i->line, "tiers: up_to must be above 0");
		if (t->up_to && last && last->up_to && exact_cmp(last->up_to, t->up_to) >= 0)
			wrong(r, i->line, "tiers: up_to must rise from tier to tier");
	}
}

/* The type first: it says which other keys there are. */
static void read_line(struct reading *r, const struct yaml_node *v, struct contract_line *l)
{
	const struct yaml_item *type = v->kind == YAML_MAP ? yaml_find(v, "type") : NULL;
	unsigned before = r->d->count;
	struct text what = { 0 };

	l->line = v->line;
	if (type)
		key_word(r, &line_keys[1], type->value, &l->type);
	if (v->kind != YAML_MAP || !type) {
		wrong(r, v->line, "line: %s", type ? "" : "a map with the key \"type\" is expected");
		return;
	}
	if (r->d->count != before)
		return;
	text_printf(&what, "line of type %s", line_type_name[l->type]);
	key_read_map(r, line_keys, ARRAY_SIZE(line_keys), l->type, v, what.data, l);
	text_free(&what);
}

static void read_lines(struct reading *r, const struct key *k, const struct yaml_node *v, void *at)
{
	struct contract *c = at;

	if (v->kind != YAML_LIST || !v->first || v->size > MOST_LINES) {
		wrong(r, v->line, "%s: a list of 1 to %d lines is expected", k->name, MOST_LINES);
		return;
	}
	c->lines = mem_array(v->size, sizeof(*c->lines));
	for (const struct yaml_item *i = v->first; i; i = i->next) {
		struct contract_line *l = &c->lines[c->n_lines++];

		l->date = -1;
		read_line(r, i->value, l);
		for (struct contract_line *other = c->lines; other < l && l->name[0]; other++)
			if (!strcmp(other->name, l->name))
				wrong(r, i->line, "lines: the name \"%s\" was given in line %u already", l->name,
					other->line);
	}
}

/* The sample's values are the defaults (docs/settlement.md lists them). */
static void set_defaults(struct reading *r, struct contract *c)
{
	c->from = c->to = -1;
	c->basis = BASIS_L2FCS;
	c->percentile = exact_int(r->pool, 95);
	c->accept = exact_ratio(r->pool, 1, 2);
	c->negotiate = exact_int(r->pool, 3);
}

static void read_contracts(struct reading *r, const struct key *k, const struct yaml_node *v, void *at)
{
	struct contracts *all = at;

	if (v->kind != YAML_LIST || !v->first) {
		wrong(r, v->line, "%s: a list of contracts is expected", k->name);
		return;
	}
	all->contract = mem_array(v->size, sizeof(*all->contract));
	for (const struct yaml_item *i = v->first; i; i = i->next) {
		struct contract *c = &all->contract[all->n++];
		unsigned before = r->d->count;

		set_defaults(r, c);
		c->line = i->line;
		READ_MAP(r, contract_keys, i->value, "contract", c);
		if (r->d->count == before)
			contract_finish(r, c);
	}
}

int contracts_load(const char *file, const char *zone_folder, struct exact_pool *pool, struct diag *d,
	struct contracts **out)
{
	struct reading r = { file, zone_folder, pool, d };
	struct contracts *all;
	unsigned before = d->count;
	struct yaml *yaml;

	if (yaml_load(file, d, &yaml))
		return -EINVAL;
	all = mem_alloc(sizeof(*all));
	all->file = mem_dup(file);
	READ_MAP(&r, file_keys, yaml_root(yaml), "contracts file", all);
	if (d->count == before)
		contract_versions(&r, all);
	yaml_free(yaml);
	if (d->count != before) {
		contracts_free(all);
		return -EINVAL;
	}
	*out = all;
	return 0;
}

static void line_clear(struct contract_line *l)
{
	free(l->tiers);
	free(l->classes.name);
	free(l->peerings.name);
	free(l->reason);
}

void contracts_free(struct contracts *all)
{
	if (!all)
		return;
	for (size_t i = 0; i < all->n; i++) {
		struct contract *c = &all->contract[i];

		for (size_t k = 0; k < c->n_lines; k++)
			line_clear(&c->lines[k]);
		free(c->lines);
		free(c->peerings.name);
		zone_free(c->zone);
	}
	free(all->contract);
	free(all->file);
	free(all->signing_key);
	free(all->statements);
	free(all);
}

size_t contracts_find(const struct contracts *all, const char *id, const struct contract **out)
{
	size_t n = 0;

	for (size_t i = 0; i < all->n; i++) {
		if (strcmp(all->contract[i].id, id))
			continue;
		if (!n++)
			*out = &all->contract[i];
	}
	return n;
}
