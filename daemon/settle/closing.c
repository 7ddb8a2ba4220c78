/* SPDX-License-Identifier: BSD-3-Clause */
#include "closing.h"

#include <errno.h>
#include <string.h>

static void key(struct text *out, const char *name, const char *value)
{
	text_printf(out, "%s\"%s\":", out->size && out->data[out->size - 1] != '{' ? "," : "", name);
	if (value)
		text_json(out, value);
	else
		text_str(out, "null");
}

void closing_record(const struct closing *c, struct text *out)
{
	text_str(out, "{");
	key(out, "number", c->number);
	key(out, "previous", c->previous);
	key(out, "contract", c->contract);
	key(out, "period", c->period);
	key(out, "revision", c->revision);
	key(out, "reason", c->reason);
	key(out, "difference", c->difference);
	key(out, "closed_at", c->closed_at);
	text_printf(out, ",\"statement\":%s}", c->statement);
}

void closing_envelope(const char *record, const char *sha256, const char *public_key, const char *signature,
	struct text *out)
{
	text_printf(out, "{\"closed\":%s", record);
	key(out, "sha256", sha256);
	key(out, "public_key", public_key);
	key(out, "signature", signature);
	text_str(out, "}");
}

const char *closing_text(const struct yaml_node *map, const char *name)
{
	const struct yaml_item *i = map->kind == YAML_MAP ? yaml_find(map, name) : NULL;

	return i && i->value->kind == YAML_TEXT ? i->value->text : "";
}

static const struct yaml_node *child(const struct yaml_node *map, const char *name)
{
	const struct yaml_item *i = map->kind == YAML_MAP ? yaml_find(map, name) : NULL;

	return i && i->value->kind == YAML_MAP ? i->value : NULL;
}

/* The bytes between a beginning and an end that are known, or NULL. */
static const char *between(const char *text, size_t size, const char *begin, const char *end, size_t *out)
{
	size_t b = strlen(begin), e = strlen(end);

	if (size < b + e || memcmp(text, begin, b) || memcmp(text + size - e, end, e))
		return NULL;
	*out = size - b - e;
	return text + b;
}

/* Finds the record in the envelope and the statement in the record by writing what stands around them. */
static int open_envelope(const char *line, size_t size, struct closing_parts *p)
{
	const struct yaml_node *r = p->record;
	struct text t = { 0 };
	struct closing c = { closing_text(r, "number"), closing_text(r, "previous"),
		closing_text(r, "contract"), closing_text(r, "period"), closing_text(r, "revision"),
		closing_text(r, "reason"), closing_text(r, "closed_at"), NULL, "" };
	const struct yaml_item *difference = yaml_find(r, "difference");

	closing_envelope("", p->sha256, p->public_key, p->signature, &t);
	p->record_text = between(line, size, "{\"closed\":", t.data + strlen("{\"closed\":"), &p->record_size);
	text_clear(&t);
	if (difference && !difference->value->null)
		c.difference = difference->value->text;
	closing_record(&c, &t);
	t.data[--t.size] = 0; /* the brace after the statement */
	if (p->record_text)
		p->statement_text = between(
			p->record_text, p->record_size, t.data, "}", &p->statement_size);
	text_free(&t);
	return p->statement_text ? 0 : -EINVAL;
}

int closing_read(const char *file, const char *line, size_t size, struct diag *d, struct closing_parts *out)
{
	struct closing_parts p = { 0 };
	const struct yaml_node *root;
	unsigned before = d->count;
	int rc = 0;

	if (yaml_parse(file, line, size, d, &p.yaml))
		return -EINVAL;
	root = yaml_root(p.yaml);
	p.record = child(root, "closed");
	p.sealed = p.record != NULL;
	p.statement = p.sealed ? child(p.record, "statement") : root;
	p.sha256 = closing_text(root, "sha256");
	p.public_key = closing_text(root, "public_key");
	p.signature = closing_text(root, "signature");
	if (d->count != before || !p.statement || !*closing_text(p.statement, "contract")) {
		diag_at(d, file, 1, "not a statement; one line of JSON as `transitctl settle` prints it");
		rc = -EINVAL;
	} else if (p.sealed && open_envelope(line, size, &p)) {
		diag_at(d, file, 1, "not in the canonical form: it was changed after it was closed");
		rc = -EINVAL;
	} else if (!p.sealed) {
		p.statement_text = line;
		p.statement_size = size;
	}
	if (rc)
		yaml_free(p.yaml);
	else
		*out = p;
	return rc;
}

struct compare {
	struct text path;
	closing_differ_fn *tell;
	void *context;
};

static const char *shown(const struct yaml_node *n)
{
	if (!n)
		return "(nothing)";
	if (n->kind != YAML_TEXT)
		return n->kind == YAML_MAP ? "(an object)" : "(a list)";
	return n->null ? "null" : n->text;
}

static void compare(struct compare *c, const struct yaml_node *a, const struct yaml_node *b);

static void step(struct compare *c, const char *format, const char *name, size_t index,
	const struct yaml_node *a, const struct yaml_node *b)
{
	size_t size = c->path.size;

	if (name)
		text_printf(&c->path, "%s%s", size ? "." : "", name);
	else
		text_printf(&c->path, "%s%zu]", format, index);
	compare(c, a, b);
	c->path.size = size;
	c->path.data[size] = 0;
}

static void compare_maps(struct compare *c, const struct yaml_node *a, const struct yaml_node *b)
{
	for (const struct yaml_item *i = a->first; i; i = i->next) {
		const struct yaml_item *k = yaml_find(b, i->key);

		step(c, "", i->key, 0, i->value, k ? k->value : NULL);
	}
	for (const struct yaml_item *i = b->first; i; i = i->next)
		if (!yaml_find(a, i->key))
			step(c, "", i->key, 0, NULL, i->value);
}

static void compare_lists(struct compare *c, const struct yaml_node *a, const struct yaml_node *b)
{
	const struct yaml_item *i = a->first, *k = b->first;

	for (size_t n = 0; i || k; n++) {
		step(c, "[", NULL, n, i ? i->value : NULL, k ? k->value : NULL);
		i = i ? i->next : NULL;
		k = k ? k->next : NULL;
	}
}

static void compare(struct compare *c, const struct yaml_node *a, const struct yaml_node *b)
{
	if (a && b && a->kind == b->kind && a->kind == YAML_MAP)
		compare_maps(c, a, b);
	else if (a && b && a->kind == b->kind && a->kind == YAML_LIST)
		compare_lists(c, a, b);
	else if (!a || !b || a->kind != b->kind || a->null != b->null || strcmp(a->text, b->text))
		c->tell(c->context, c->path.size ? c->path.data : "the whole", shown(a), shown(b));
}

void closing_compare(
	const struct yaml_node *a, const struct yaml_node *b, closing_differ_fn *tell, void *context)
{
	struct compare c = { .tell = tell, .context = context };

	text_str(&c.path, "");
	compare(&c, a, b);
	text_free(&c.path);
}
