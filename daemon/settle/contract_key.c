/* SPDX-License-Identifier: BSD-3-Clause */
#include "contract_key.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "currency.h"
#include "field.h"
#include "file.h"
#include "text.h"

#define MOST_PERIODS 1200
#define MOST_NAMES   4096

#define wrong(r, line, ...) diag_at((r)->d, (r)->file, line, __VA_ARGS__)

static const struct key *key_find(const struct key *keys, size_t n, unsigned kind, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (keys[i].has & 1u << kind && !strcmp(keys[i].name, name))
			return &keys[i];
	return NULL;
}

static void unknown_key(struct reading *r, const struct key *keys, size_t n, unsigned kind,
	const struct yaml_item *item, const char *what)
{
	struct text allowed = { 0 };

	for (size_t i = 0; i < n; i++) {
		if (!(keys[i].has & 1u << kind))
			continue;
		text_str(&allowed, allowed.size ? ", " : "");
		text_str(&allowed, keys[i].name);
	}
	wrong(r, item->line, "%s: unknown key \"%s\"; allowed: %s", what, item->key, allowed.data);
	text_free(&allowed);
}

void key_read_map(struct reading *r, const struct key *keys, size_t n, unsigned kind,
	const struct yaml_node *v, const char *what, void *base)
{
	if (v->kind != YAML_MAP) {
		wrong(r, v->line, "%s: a map of keys is expected here", what);
		return;
	}
	for (const struct yaml_item *item = v->first; item; item = item->next) {
		const struct key *k = key_find(keys, n, kind, item->key);

		if (k)
			k->read(r, k, item->value, (char *)base + k->at);
		else
			unknown_key(r, keys, n, kind, item, what);
	}
	for (size_t i = 0; i < n; i++)
		if (keys[i].needs & 1u << kind && !yaml_find(v, keys[i].name))
			wrong(r, v->line, "%s: the key \"%s\" is missing", what, keys[i].name);
}

const char *key_text(struct reading *r, const struct key *k, const struct yaml_node *v)
{
	if (v->kind == YAML_TEXT && !v->null)
		return v->text;
	wrong(r, v->line, "%s: %s; one value is expected", k->name,
		v->kind == YAML_TEXT ? "no value" : "a list or map");
	return NULL;
}

void key_name(struct reading *r, const struct key *k, const struct yaml_node *v, void *at)
{
	const char *s = key_text(r, k, v);

	if (s && field_name(s, v->size, at))
		wrong(r, v->line, "%s: \"%s\" is not a name; a-z, 0-9 and -, at most 32 characters", k->name,
			s);
}

void key_string(struct reading *r, const struct key *k, const struct yaml_node *v, void *at)
{
	const char *s = key_text(r, k, v);

	if (!s)
		return;
	if (!*s || strlen(s) > 500) {
		wrong(r, v->line, "%s: 1 to 500 characters are expected", k->name);
		return;
	}
	free(*(char **)at);
	*(char **)at = mem_dup(s);
}

void key_path(struct reading *r, const struct key *k, const struct yaml_node *v, void *at)
{
	char *s = NULL;

	key_string(r, k, v, &s);
	if (s)
		*(char **)at = file_beside(r->file, s);
	free(s);
}

void key_date(struct reading *r, const struct key *k, const struct yaml_node *v, void *at)
{
	const char *s = key_text(r, k, v);

	if (s && civil_parse(s, at))
		wrong(r, v->line, "%s: \"%s\" is not a date; YYYY-MM-DD", k->name, s);
}

void key_zone(struct reading *r, const struct key *k, const struct yaml_node *v, void *at)
{
	const char *s = key_text(r, k, v);
	struct zone *z;

	if (!s)
		return;
	if (zone_load(r->zone_folder, s, &z)) {
		wrong(r, v->line, "%s: \"%s\" is unknown; a name of the tz database, as Asia/Almaty", k->name,
			s);
		return;
	}
	zone_free(*(struct zone **)at);
	*(struct zone **)at = z;
}

void key_currency(struct reading *r, const struct key *k, const struct yaml_node *v, void *at)
{
	const char *s = key_text(r, k, v);

	if (!s)
		return;
	if (currency_digits(s) < 0)
		wrong(r, v->line, "%s: \"%s\" is unknown; a code of ISO 4217, as USD", k->name, s);
	else
		memcpy(at, s, 4);
}

/* The index of the word, or -1 after a complaint. */
static int word(struct reading *r, const struct key *k, const struct yaml_node *v)
{
	const char *s = key_text(r, k, v);
	struct text allowed = { 0 };

	if (!s)
		return -1;
	for (unsigned i = 0; i < k->n_words; i++) {
		if (!strcmp(k->words[i], s) && *s) {
			text_free(&allowed);
			return (int)i;
		}
		text_str(&allowed, allowed.size ? ", " : "");
		text_str(&allowed, k->words[i]);
	}
	wrong(r, v->line, "%s: \"%s\" is unknown; allowed: %s", k->name, s, allowed.data);
	text_free(&allowed);
	return -1;
}

void key_word(struct reading *r, const struct key *k, const struct yaml_node *v, void *at)
{
	int i = word(r, k, v);

	if (i >= 0)
		memcpy(at, &i, sizeof(i));
}

void key_flag(struct reading *r, const struct key *k, const struct yaml_node *v, void *at)
{
	int i = word(r, k, v);

	if (i >= 0)
		*(bool *)at = i == 1;
}

bool name_list_has(const struct name_list *l, const char *name)
{
	for (size_t i = 0; i < l->n; i++)
		if (!strcmp(l->name[i], name))
			return true;
	return false;
}

void key_names(struct reading *r, const struct key *k, const struct yaml_node *v, void *at)
{
	struct name_list l = { 0 };

	if (v->kind != YAML_LIST || !v->first || v->size > MOST_NAMES) {
		wrong(r, v->line, "%s: a list of 1 to %d names is expected", k->name, MOST_NAMES);
		return;
	}
	l.name = mem_array(v->size, sizeof(*l.name));
	for (const struct yaml_item *i = v->first; i; i = i->next) {
		char name[NAME_SIZE] = "";

		key_name(r, k, i->value, name);
		if (name[0] && name_list_has(&l, name))
			wrong(r, i->line, "%s: \"%s\" stands here twice", k->name, name);
		memcpy(l.name[l.n++], name, sizeof(name));
	}
	free(((struct name_list *)at)->name);
	*(struct name_list *)at = l;
}

/* NULL after a complaint. */
static const struct exact *decimal(
	struct reading *r, const struct key *k, const struct yaml_node *v, const char *allowed)
{
	const char *s = key_text(r, k, v);
	const struct exact *x;

	if (!s)
		return NULL;
	x = exact_parse(r->pool, s);
	if (!x)
		wrong(r, v->line, "%s: \"%s\" is not allowed; %s", k->name, s, allowed);
	return x;
}

void key_decimal(struct reading *r, const struct key *k, const struct yaml_node *v, void *at)
{
	const struct exact *x = decimal(r, k, v, "a decimal that is not negative, as \"0.40\"");

	if (x)
		*(const struct exact **)at = x;
}

void key_share(struct reading *r, const struct key *k, const struct yaml_node *v, void *at)
{
	const struct exact *x = decimal(r, k, v, "a percentage from 0 to 100");

	if (x && exact_cmp(x, exact_int(r->pool, 100)) > 0)
		wrong(r, v->line, "%s: \"%s\" is not allowed; a percentage from 0 to 100", k->name, v->text);
	else if (x)
		*(const struct exact **)at = x;
}

void key_percent(struct reading *r, const struct key *k, const struct yaml_node *v, void *at)
{
	const struct exact *x = decimal(r, k, v, "a percentage above 0, at most 100");

	if (x && (exact_cmp(x, exact_int(r->pool, 100)) > 0 || !exact_sign(x)))
		wrong(r, v->line, "%s: \"%s\" is not allowed; a percentage above 0, at most 100", k->name,
			v->text);
	else if (x)
		*(const struct exact **)at = x;
}

void key_capacity(struct reading *r, const struct key *k, const struct yaml_node *v, void *at)
{
	const char *s = key_text(r, k, v);

	if (s && field_capacity(s, v->size, at))
		wrong(r, v->line, "%s: \"%s\" is not a capacity; bit/s with a suffix k, M, G or T, as 100G",
			k->name, s);
}

void key_periods(struct reading *r, const struct key *k, const struct yaml_node *v, void *at)
{
	const char *s = key_text(r, k, v);
	const struct exact *x;
	int64_t n;

	if (!s)
		return;
	x = exact_parse(r->pool, s);
	n = x ? exact_to_i64(x) : -1;
	if (n < 1 || n > MOST_PERIODS)
		wrong(r, v->line, "%s: \"%s\" is not allowed; a whole number from 1 to %d", k->name, s,
			MOST_PERIODS);
	else
		*(unsigned *)at = (unsigned)n;
}

void key_unit(struct reading *r, const struct key *k, const struct yaml_node *v, void *at)
{
	const char *s = key_text(r, k, v);

	if (!s)
		return;
	if (!unit_find(s))
		wrong(r, v->line, "%s: \"%s\" is unknown; allowed: %s, %s", k->name, s, unit_rates,
			unit_volumes);
	else
		*(const struct unit **)at = unit_find(s);
}
