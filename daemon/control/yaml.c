/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Builds the tree of yaml.h from libfyaml's events; the one file that knows the library. Events rather
 * than its document: so depth, nodes and aliases are bounded here and every message is ours. All memory
 * of a tree is in a few chunks that yaml_free() gives back at once. A stack of open lists and maps
 * stands for the place in the document; nothing recurses.
 */
#include "yaml.h"

#include <errno.h>
#include <libfyaml.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "file.h"
#include "text.h"
#include "yaml_guard.h"

#define MOST_ANCHORS 256u

struct yaml {
	struct arena memory;
	const struct yaml_node *root;
};

/* An open list or map. */
struct frame {
	struct yaml_node *node;
	const struct yaml_item **tail;
	const char *key; /* of a map: read, its value is due */
	unsigned key_line;
};

struct anchor {
	const char *name;
	const struct yaml_node *node;
};

struct build {
	struct yaml *y;
	const char *file, *text;
	size_t size; /* of the text */
	struct diag *d;
	unsigned line; /* of the newest event that has one */
	unsigned documents, depth, n_anchors;
	size_t n_nodes;
	struct frame stack[YAML_MOST_DEPTH];
	struct anchor anchors[MOST_ANCHORS];
};

void yaml_free(struct yaml *y)
{
	if (!y)
		return;
	arena_free(&y->memory);
	free(y);
}

static const char *yaml_text(struct yaml *y, const char *s, size_t size)
{
	char *copy = arena_alloc(&y->memory, size + 1);

	if (size)
		memcpy(copy, s, size);
	return copy;
}

static int too_many(struct build *b)
{
	if (++b->n_nodes <= YAML_MOST_NODES)
		return 0;
	diag_at(b->d, b->file, b->line, "too many values; at most %u are allowed", YAML_MOST_NODES);
	return -EINVAL;
}

/* A key that comes twice is reported; the first one stays. */
static bool known_key(struct build *b, const struct frame *f)
{
	char quoted[DIAG_QUOTE_SIZE];
	const struct yaml_item *i = yaml_find(f->node, f->key);

	if (!i)
		return false;
	diag_at(b->d, b->file, f->key_line, "key %s is given twice (first at line %u); once is allowed",
		diag_quote(quoted, f->key, strlen(f->key)), i->line);
	return true;
}

static int add_item(struct build *b, struct frame *f, const struct yaml_node *value, unsigned line)
{
	struct yaml_item *item;

	if (f->key && known_key(b, f)) {
		f->key = NULL;
		return 0;
	}
	if (f->key && f->node->size >= YAML_MOST_KEYS) {
		diag_at(b->d, b->file, line, "too many keys in one map; at most %u are allowed",
			YAML_MOST_KEYS);
		return -EINVAL;
	}
	item = arena_alloc(&b->y->memory, sizeof(*item));
	item->key = f->key;
	item->line = f->key ? f->key_line : line;
	item->value = value;
	*f->tail = item;
	f->tail = &item->next;
	f->node->size++;
	f->key = NULL;
	return 0;
}

static struct frame *top(struct build *b)
{
	return b->depth ? &b->stack[b->depth - 1] : NULL;
}

static bool key_is_due(struct build *b)
{
	const struct frame *f = top(b);

	return f && f->node->kind == YAML_MAP && !f->key;
}

/* Puts a finished text, a list or map that was just opened, or an alias's node in its place. */
static int place(struct build *b, const struct yaml_node *node, unsigned line)
{
	struct frame *f = top(b);

	if (too_many(b))
		return -EINVAL;
	if (!f) {
		b->y->root = node;
		return 0;
	}
	if (!key_is_due(b))
		return add_item(b, f, node, line);
	if (node->kind != YAML_TEXT) {
		diag_at(b->d, b->file, line, "a key is a list or a map; text is allowed");
		return -EINVAL;
	}
	f->key = node->text;
	f->key_line = line;
	return 0;
}

static struct yaml_node *new_node(struct build *b, enum yaml_kind kind)
{
	struct yaml_node *node = arena_alloc(&b->y->memory, sizeof(*node));

	node->kind = kind;
	node->line = b->line;
	node->text = "";
	return node;
}

static void check_tag(struct build *b, struct fy_token *tag)
{
	static const char *const allowed[] = { "str", "seq", "map" };
	char quoted[DIAG_QUOTE_SIZE];
	const char *suffix;

	if (!tag)
		return;
	suffix = fy_tag_token_suffix0(tag);
	for (size_t i = 0; suffix && i < sizeof(allowed) / sizeof(*allowed); i++)
		if (!strcmp(suffix, allowed[i]))
			return;
	suffix = suffix ? suffix : "";
	diag_at(b->d, b->file, b->line, "tag %s is unknown; !!str, !!seq and !!map are allowed",
		diag_quote(quoted, suffix, strlen(suffix)));
}

static int add_anchor(struct build *b, struct fy_token *token, const struct yaml_node *node)
{
	const char *name;
	size_t size;

	if (!token)
		return 0;
	if (b->n_anchors == MOST_ANCHORS) {
		diag_at(b->d, b->file, b->line, "too many anchors; at most %u are allowed", MOST_ANCHORS);
		return -EINVAL;
	}
	name = fy_token_get_text(token, &size);
	b->anchors[b->n_anchors++] = (struct anchor){
		.name = yaml_text(b->y, name, name ? size : 0),
		.node = node,
	};
	return 0;
}

static bool is_open(const struct build *b, const struct yaml_node *node)
{
	for (unsigned i = 0; i < b->depth; i++)
		if (b->stack[i].node == node)
			return true;
	return false;
}

/* The newest node of that name, or NULL. */
static const struct yaml_node *anchored(const struct build *b, const char *name)
{
	for (unsigned i = b->n_anchors; i-- > 0;)
		if (!strcmp(b->anchors[i].name, name))
			return b->anchors[i].node;
	return NULL;
}

static int on_alias(struct build *b, const struct fy_event *e)
{
	char quoted[DIAG_QUOTE_SIZE];
	size_t size = 0;
	const char *text = fy_token_get_text(e->alias.anchor, &size);
	const char *name = yaml_text(b->y, text, text ? size : 0);
	const struct yaml_node *node = anchored(b, name);

	if (node && !is_open(b, node))
		return place(b, node, b->line);
	diag_at(b->d, b->file, b->line, "alias %s; the name of a finished anchor above it is allowed",
		diag_quote(quoted, name, strlen(name)));
	return place(b, new_node(b, YAML_TEXT), b->line);
}

static bool stands_for_nothing(const struct fy_event *e, const char *text)
{
	static const char *const nothing[] = { "", "~", "null", "Null", "NULL" };

	if (!e->scalar.value)
		return true;
	if (fy_token_scalar_style(e->scalar.value) != FYSS_PLAIN)
		return false;
	for (size_t i = 0; i < sizeof(nothing) / sizeof(*nothing); i++)
		if (!strcmp(text, nothing[i]))
			return true;
	return false;
}

/* A text in single quotes on one line, where '' stands for '. Read here, since libfyaml 0.7 gets a text
 * with several of these wrong, and loses memory over it. */
static size_t unquote(char *out, const char *raw, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i < size; i++) {
		out[n++] = raw[i];
		i += raw[i] == '\'' && i + 1 < size;
	}
	out[n] = 0;
	return n;
}

/* Whether the marks of a token are where they are expected: between its quotes. */
static bool is_between_quotes(const struct build *b, size_t from, size_t size)
{
	return from > 0 && from + size < b->size && b->text[from - 1] == '\'' &&
	       b->text[from + size] == '\'';
}

/* Puts the token's text into the node. */
static void take_text(struct build *b, struct fy_token *token, struct yaml_node *node)
{
	size_t from = fy_token_start_mark(token)->input_pos;
	size_t size = fy_token_end_mark(token)->input_pos - from;
	bool single = fy_token_scalar_style(token) == FYSS_SINGLE_QUOTED &&
		      is_between_quotes(b, from, size);
	const char *text = b->text + from;

	if (single && !memchr(text, '\n', size) && !memchr(text, '\r', size)) {
		char *copy = arena_alloc(&b->y->memory, size + 1);

		node->size = unquote(copy, text, size);
		node->text = copy;
		return;
	}
	if (single && memmem(text, size, "''", 2)) {
		diag_at(b->d, b->file, b->line,
			"'' in single quotes over several lines; one line, or double quotes, is allowed");
		return;
	}
	text = fy_token_get_text(token, &size);
	if (text && memchr(text, 0, size)) {
		diag_at(b->d, b->file, b->line, "a text holds \"\\0\"; other characters are allowed");
		return;
	}
	node->text = yaml_text(b->y, text, text ? size : 0);
	node->size = text ? size : 0;
}

static int on_text(struct build *b, const struct fy_event *e)
{
	struct yaml_node *node = new_node(b, YAML_TEXT);

	check_tag(b, e->scalar.tag);
	if (e->scalar.value)
		take_text(b, e->scalar.value, node);
	node->null = stands_for_nothing(e, node->text);
	return add_anchor(b, e->scalar.anchor, node) ? -EINVAL : place(b, node, b->line);
}

static int on_open(struct build *b, enum yaml_kind kind, struct fy_token *tag, struct fy_token *anchor)
{
	struct yaml_node *node = new_node(b, kind);

	check_tag(b, tag);
	if (b->depth == YAML_MOST_DEPTH) {
		diag_at(b->d, b->file, b->line, "nested too deeply; %u levels are allowed", YAML_MOST_DEPTH);
		return -EINVAL;
	}
	if (add_anchor(b, anchor, node) || place(b, node, b->line))
		return -EINVAL;
	b->stack[b->depth++] = (struct frame){ .node = node, .tail = &node->first };
	return 0;
}

static int on_document(struct build *b)
{
	if (b->documents++ == 0)
		return 0;
	diag_at(b->d, b->file, b->line, "a second document begins; one is allowed");
	return -EINVAL;
}

static int on_event(struct build *b, struct fy_event *e)
{
	const struct fy_mark *mark = fy_event_start_mark(e);

	if (mark)
		b->line = (unsigned)mark->line + 1;
	switch (e->type) {
	case FYET_DOCUMENT_START:
		return on_document(b);
	case FYET_SCALAR:
		return on_text(b, e);
	case FYET_ALIAS:
		return on_alias(b, e);
	case FYET_SEQUENCE_START:
		return on_open(b, YAML_LIST, e->sequence_start.tag, e->sequence_start.anchor);
	case FYET_MAPPING_START:
		return on_open(b, YAML_MAP, e->mapping_start.tag, e->mapping_start.anchor);
	case FYET_SEQUENCE_END:
	case FYET_MAPPING_END:
		b->depth--;
		return 0;
	default:
		return 0;
	}
}

static int syntax_mistake(struct build *b, struct fy_diag *diag)
{
	const struct fy_diag_error *e;
	void *at = NULL;

	e = fy_diag_errors_iterate(diag, &at);
	diag_at(b->d, b->file, e && e->line > 0 ? (unsigned)e->line : b->line,
		"not YAML: %s; YAML 1.2 is allowed", e && e->msg ? e->msg : "the text cannot be read");
	return -EINVAL;
}

static int all_events(struct build *b, struct fy_parser *parser, struct fy_diag *diag)
{
	struct fy_event *e;
	int err = 0;

	while (!err && (e = fy_parser_parse(parser))) {
		err = on_event(b, e);
		fy_parser_event_free(parser, e);
	}
	if (!err && fy_parser_get_stream_error(parser))
		err = syntax_mistake(b, diag);
	return err;
}

static int parse(struct build *b, const char *text, size_t size)
{
	struct fy_diag_cfg quiet;
	struct fy_diag *diag;
	struct fy_parser *parser = NULL;
	int err = -ENOMEM;

	fy_diag_cfg_default(&quiet);
	quiet.fp = NULL;
	diag = fy_diag_create(&quiet);
	if (diag) {
		fy_diag_set_collect_errors(diag, true);
		parser = fy_parser_create(&(struct fy_parse_cfg){
			.flags = FYPCF_DEFAULT_VERSION_1_2 | FYPCF_JSON_NONE, .diag = diag });
	}
	if (parser && !fy_parser_set_string(parser, text, size))
		err = all_events(b, parser, diag);
	if (err == -ENOMEM)
		diag_at(b->d, b->file, 0, "cannot be parsed: %s", strerror(ENOMEM));
	if (parser)
		fy_parser_destroy(parser);
	if (diag)
		fy_diag_destroy(diag);
	return err;
}

int yaml_parse(const char *file, const char *text, size_t size, struct diag *d, struct yaml **out)
{
	struct build *b;
	int err;

	if (yaml_guard(file, text, size, d))
		return -EINVAL;
	b = mem_alloc(sizeof(*b));
	b->y = mem_alloc(sizeof(*b->y));
	b->file = file;
	b->text = text;
	b->size = size;
	b->d = d;
	b->line = 1;
	err = parse(b, text, size);
	if (!err && (!b->y->root || b->y->root->null)) {
		diag_at(d, file, 1, "the file is empty; a YAML document is needed");
		err = -EINVAL;
	}
	if (err)
		yaml_free(b->y);
	else
		*out = b->y;
	free(b);
	return err ? -EINVAL : 0;
}

int yaml_load(const char *file, struct diag *d, struct yaml **out)
{
	struct text t = { 0 };
	int err = file_read(file, YAML_MOST_BYTES, &t);

	if (err == -EFBIG)
		diag_at(d, file, 0, "the file is too big; %u bytes are allowed", YAML_MOST_BYTES);
	else if (err)
		diag_at(d, file, 0, "cannot be read: %s; a readable file is needed", strerror(-err));
	else
		err = yaml_parse(file, t.data, t.size, d, out);
	text_free(&t);
	return err ? -EINVAL : 0;
}

const struct yaml_node *yaml_root(const struct yaml *y)
{
	return y->root;
}

const struct yaml_item *yaml_find(const struct yaml_node *map, const char *key)
{
	for (const struct yaml_item *i = map->first; i; i = i->next)
		if (i->key && !strcmp(i->key, key))
			return i;
	return NULL;
}
