/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Reads what the rows say and goes on after a mistake. An element with a mistake stays in its list, so
 * that indices are stable, but only a good name is known to others. When any mistake was counted the
 * struct config is thrown away, so nobody sees such an element.
 */
#include "reading.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char *const kind_found[] = {
	[YAML_TEXT] = "is a text", [YAML_LIST] = "is a list", [YAML_MAP] = "is a map"
};

/* The kind of node that a row's value is. */
static const enum yaml_kind kind_of_shape[] = {
	[KEY_TEXT] = YAML_TEXT, [KEY_TEXTS] = YAML_LIST, [KEY_NAMED] = YAML_TEXT, [KEY_MAP] = YAML_MAP,
	[KEY_MAPS] = YAML_LIST
};

static void list_keys(const struct key_table *table, struct text *out)
{
	for (size_t i = 0; i < table->n; i++)
		text_printf(out, "%s%s", i ? ", " : "", table->key[i].name);
}

/* What a row takes where a node of that kind is due, in words. */
static void describe(const struct key_type *type, enum yaml_kind due, struct text *out)
{
	if (due == YAML_TEXT && type->allowed) {
		text_str(out, type->allowed);
	} else if (type->shape == KEY_TEXTS) {
		text_printf(out, "a list: %s", type->allowed);
	} else if (type->shape == KEY_NAMED) {
		text_printf(out, "the name of a %s", type->what);
	} else {
		text_str(out, due == YAML_LIST ? "a list of maps of " : "a map of ");
		list_keys(type->table, out);
	}
}

/* Whether the node is of that kind; else says so. `what` is the key, or what stands in its place. */
static bool is_kind(struct reading *r, const struct yaml_node *node, enum yaml_kind kind,
	const char *what, const struct key_type *type)
{
	struct text allowed = { 0 };

	if (node->kind == kind && !node->null)
		return true;
	describe(type, kind, &allowed);
	diag_at(r->d, r->file, node->line, "%s %s; allowed: %s", what,
		node->null ? "has no value" : kind_found[node->kind], allowed.data);
	text_free(&allowed);
	return false;
}

static void read_text(struct reading *r, const struct key *key, const struct yaml_node *node,
	void *object)
{
	const struct key_type *type = key->type;
	char quoted[DIAG_QUOTE_SIZE];
	const char *wrong = "is not";
	int err;

	if (!is_kind(r, node, YAML_TEXT, key->name, type))
		return;
	err = diag_is_plain(node->text, node->size)
		      ? type->parse(node->text, node->size, (char *)object + key->at)
		      : -EILSEQ;
	if (err == -EEXIST)
		wrong = "repeats";
	else if (err == -ENOSPC)
		wrong = "is too much for";
	else if (err == -EILSEQ)
		wrong = "holds control characters, so it is not";
	if (err)
		diag_at(r->d, r->file, node->line, "%s %s %s %s; allowed: %s", key->name,
			diag_quote(quoted, node->text, node->size), wrong, type->what, type->allowed);
	else if (type->check)
		type->check(r, node, object);
}

static void too_few(struct reading *r, const struct key *key, const struct yaml_node *node)
{
	if (node->size < key->type->least)
		diag_at(r->d, r->file, node->line, "%s is empty; allowed: %s", key->name, key->type->allowed);
}

static void read_texts(struct reading *r, const struct key *key, const struct yaml_node *node,
	void *object)
{
	if (!is_kind(r, node, YAML_LIST, key->name, key->type))
		return;
	too_few(r, key, node);
	for (const struct yaml_item *i = node->first; i; i = i->next)
		read_text(r, key, i->value, object);
}

static void read_named(struct reading *r, const struct key *key, const struct yaml_node *node,
	void *object)
{
	const struct names *names = &r->names[key->type->list];
	char quoted[DIAG_QUOTE_SIZE];
	struct text known = { 0 };
	const struct name *name;

	if (!is_kind(r, node, YAML_TEXT, key->name, key->type))
		return;
	name = names_find(names, node->text, node->size);
	if (name) {
		*(unsigned *)((char *)object + key->at) = name->value;
		return;
	}
	names_list(names, &known);
	diag_at(r->d, r->file, node->line, "unknown %s %s; allowed: %s", key->type->what,
		diag_quote(quoted, node->text, node->size), known.data);
	text_free(&known);
}

static void read_submap(struct reading *r, const struct key *key, const struct yaml_node *node,
	void *object)
{
	unsigned before = r->d->count;

	if (is_kind(r, node, YAML_MAP, key->name, key->type))
		reading_map(r, key->type->table, node, object);
	if (key->type->check && r->d->count == before)
		key->type->check(r, node, object);
}

static unsigned line_of(const struct yaml_node *map, const char *key)
{
	const struct yaml_item *i = yaml_find(map, key);

	return i ? i->value->line : map->line;
}

/* Makes an element's name known. `name` is "" when it was missing or bad, which was told. */
static void know(struct reading *r, const struct key_type *type, const struct yaml_node *node,
	const char *name, unsigned index)
{
	unsigned line = line_of(node, "name");
	const struct name *first;

	if (!*name)
		return;
	for (const char *const *word = type->reserved; word && *word; word++)
		if (!strcmp(*word, name))
			diag_at(r->d, r->file, line, "%s \"%s\" is a reserved name; another name is allowed",
				type->what, name);
	first = names_add(&r->names[type->list], name, index, line);
	if (first)
		diag_at(r->d, r->file, line,
			"%s \"%s\" is given twice (first at line %u); a name may be used once in its list",
			type->what, name, first->line);
}

static bool read_element(struct reading *r, const struct key *key, const struct yaml_node *node)
{
	const struct key_type *type = key->type;
	unsigned before = r->d->count;
	unsigned index;
	void *element;

	if (!is_kind(r, node, YAML_MAP, type->table->what, type))
		return true;
	if (r->count[type->list] == type->most) {
		diag_at(r->d, r->file, node->line, "too many %s; allowed: %u", key->name, type->most);
		return false;
	}
	element = type->add(r->c);
	index = r->count[type->list]++;
	reading_map(r, type->table, node, element);
	if (type->list < NAMED_LISTS)
		know(r, type, node, element, index);
	if (type->check && r->d->count == before)
		type->check(r, node, element);
	return true;
}

static void read_maps(struct reading *r, const struct key *key, const struct yaml_node *node,
	void *object)
{
	(void)object;
	if (!is_kind(r, node, YAML_LIST, key->name, key->type))
		return;
	for (const struct yaml_item *i = node->first; i; i = i->next)
		if (!read_element(r, key, i->value))
			return;
}

static void read_key(struct reading *r, const struct key *key, const struct yaml_node *node,
	void *object)
{
	typedef void read_fn(struct reading *, const struct key *, const struct yaml_node *, void *);
	static read_fn *const readers[] = {
		[KEY_TEXT] = read_text, [KEY_TEXTS] = read_texts, [KEY_NAMED] = read_named,
		[KEY_MAP] = read_submap, [KEY_MAPS] = read_maps,
	};

	readers[key->type->shape](r, key, node, object);
}

static bool is_known(const struct key_table *table, const char *name)
{
	for (size_t i = 0; i < table->n; i++)
		if (!strcmp(table->key[i].name, name))
			return true;
	return false;
}

static void refuse_unknown_keys(struct reading *r, const struct key_table *table,
	const struct yaml_node *node)
{
	char quoted[DIAG_QUOTE_SIZE];
	struct text allowed = { 0 };

	list_keys(table, &allowed);
	for (const struct yaml_item *i = node->first; i; i = i->next)
		if (!is_known(table, i->key))
			diag_at(r->d, r->file, i->line, "unknown key %s in %s; allowed: %s",
				diag_quote(quoted, i->key, strlen(i->key)), table->what, allowed.data);
	text_free(&allowed);
}

static void missing(struct reading *r, const struct key_table *table, const struct key *key,
	const struct yaml_node *node)
{
	struct text allowed = { 0 };

	describe(key->type, kind_of_shape[key->type->shape], &allowed);
	diag_at(r->d, r->file, node->line, "%s has no %s, which is needed; allowed: %s", table->what,
		key->name, allowed.data);
	text_free(&allowed);
}

void reading_map(struct reading *r, const struct key_table *table, const struct yaml_node *node,
	void *object)
{
	refuse_unknown_keys(r, table, node);
	for (size_t i = 0; i < table->n; i++) {
		const struct key *key = &table->key[i];
		const struct yaml_item *item = yaml_find(node, key->name);

		if (item)
			read_key(r, key, item->value, object);
		else if (key->required)
			missing(r, table, key, node);
	}
}
