/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A load from the file to the finished struct: the tree is read along the rows (reading.c), the command
 * line's sources are put in, paths are resolved, the prefix file is read, and what it all means is
 * written down and stamped. Each step reports its mistakes and the next one still runs.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "canonical.h"
#include "field.h"
#include "file.h"
#include "reading.h"
#include "text.h"

static struct config_tap *tap_named(struct reading *r, const char *name, size_t size)
{
	const struct name *n = names_find(&r->names[LIST_TAP], name, size);

	return n ? &r->c->taps[n->value] : NULL;
}

/* Each place on the command line has its own name in messages: "--tap tb-in=pcap:x". */
static void override_mistake(struct reading *r, const char *text, const char *what,
	const char *allowed)
{
	struct text place = { 0 };

	text_printf(&place, "--tap %s", text);
	diag_at(r->d, place.data, 0, "%s; allowed: %s", what, allowed);
	text_free(&place);
}

/* `given[i]`: tap i has a source from the command line already. */
static void apply_override(struct reading *r, const char *text, bool *given)
{
	const char *equals = strchr(text, '=');
	struct text taps = { 0 };
	struct config_tap *tap;

	if (!equals) {
		override_mistake(r, text, "no \"=\"", "NAME=SOURCE");
		return;
	}
	tap = tap_named(r, text, (size_t)(equals - text));
	names_list(&r->names[LIST_TAP], &taps);
	if (!tap)
		override_mistake(r, text, "unknown tap", taps.data);
	else if (given[tap - r->c->taps])
		override_mistake(r, text, "this tap's source is given twice", "once");
	else if (field_source(equals + 1, strlen(equals + 1), tap))
		override_mistake(r, text, "not a source", SOURCE_ALLOWED);
	else
		given[tap - r->c->taps] = true;
	text_free(&taps);
}

#define JOURNAL_AGE (INT64_C(400) * 86400)

static void resolve(const char *file, char **path)
{
	char *resolved;

	if (!*path)
		return;
	resolved = file_beside(file, *path);
	free(*path);
	*path = resolved;
}

/* The file's paths start at its folder, those of the command line where the user is. */
static void apply_overrides(struct reading *r, const struct config_override *taps, size_t n)
{
	bool *given = mem_array(r->c->n_taps, sizeof(*given));

	for (size_t i = 0; i < n; i++)
		apply_override(r, taps[i].text, given);
	for (size_t i = 0; i < r->c->n_taps; i++)
		if (r->c->taps[i].kind == TAP_PCAP && !given[i])
			resolve(r->file, &r->c->taps[i].device);
	free(given);
}

static void load_prefixes(struct reading *r, unsigned line)
{
	struct config *c = r->c;
	struct text t = { 0 };
	struct stat st;
	int err;

	if (!c->prefix_file || r->names[LIST_CLASS].n != c->n_classes)
		return; /* a bad class would be told again for each of its prefixes */
	/* Before it is read: it is never taken for newer than it is. */
	if (!stat(c->prefix_file, &st))
		c->prefixes_changed = st.st_mtim.tv_sec;
	err = file_read(c->prefix_file, PREFIX_MOST_BYTES, &t);
	if (err)
		diag_at(r->d, r->file, line, "prefixes \"%s\" cannot be read: %s; a readable file is needed",
			c->prefix_file, strerror(-err));
	else
		prefix_parse(c->prefix_file, t.data, t.size, &r->names[LIST_CLASS], r->d, &c->prefixes);
	text_free(&t);
}

static unsigned prefixes_line(const struct yaml_node *root)
{
	const struct yaml_item *i = yaml_find(root, "prefixes");

	return i ? i->value->line : 0;
}

/* But not "credential:NAME". */
static void resolve_secret(const char *file, char **path)
{
	if (*path && strncmp(*path, "credential:", strlen("credential:")))
		resolve(file, path);
}

static void resolve_redis(const char *file, struct config_redis *redis)
{
	resolve_secret(file, &redis->password_file);
	resolve(file, &redis->ca);
	resolve(file, &redis->certificate);
	resolve(file, &redis->key);
}

static void read_all(struct reading *r, const struct yaml_node *root,
	const struct config_override *taps, size_t n_taps, bool to_meter)
{
	if (root->kind != YAML_MAP) {
		diag_at(r->d, r->file, root->line, "the file is a %s; a map of keys such as meter is allowed",
			root->kind == YAML_LIST ? "list" : "text");
		return;
	}
	reading_map(r, &config_keys, root, r->c);
	apply_overrides(r, taps, n_taps);
	resolve(r->file, &r->c->journal);
	if (r->c->state)
		resolve(r->file, &r->c->state);
	resolve(r->file, &r->c->prefix_file);
	resolve(r->file, &r->c->contracts);
	resolve_redis(r->file, &r->c->redis);
	resolve_secret(r->file, &r->c->metrics.token_file);
	if (to_meter)
		load_prefixes(r, prefixes_line(root));
}

static void stamp(struct config *c)
{
	c->canonical = canonical_text(c);
	c->digest =
		digest_of(&(struct digest_piece){ .data = c->canonical, .size = strlen(c->canonical) }, 1);
}

static int load(const char *file, const struct config_override *taps, size_t n_taps, bool to_meter,
	struct diag *d, const struct config **out)
{
	struct reading r = { .file = file, .d = d };
	unsigned before = d->count;
	struct yaml *yaml;

	if (yaml_load(file, d, &yaml))
		return -EINVAL;
	r.c = mem_alloc(sizeof(*r.c));
	r.c->file = mem_dup(file);
	r.c->idle_sleep = true;
	r.c->journal_age = JOURNAL_AGE;
	read_all(&r, yaml_root(yaml), taps, n_taps, to_meter);
	reading_end(&r);
	yaml_free(yaml);
	if (d->count != before) {
		config_free(r.c);
		return -EINVAL;
	}
	if (to_meter)
		stamp(r.c);
	*out = r.c;
	return 0;
}

int config_load(const char *file, const struct config_override *taps, size_t n_taps, struct diag *d,
	const struct config **out)
{
	return load(file, taps, n_taps, true, d, out);
}

int config_load_to_read(const char *file, struct diag *d, const struct config **out)
{
	return load(file, NULL, 0, false, d, out);
}

static void free_lists(struct config *c)
{
	for (size_t i = 0; i < c->n_servers; i++)
		free(c->servers[i].host);
	for (size_t i = 0; i < c->n_links; i++) {
		free(c->links[i].description);
		free(c->links[i].from.name);
		free(c->links[i].to.name);
	}
	for (size_t i = 0; i < c->n_taps; i++)
		free(c->taps[i].device);
	for (size_t i = 0; i < c->n_partners; i++)
		free(c->partners[i].description);
	for (size_t i = 0; i < c->n_dpdk_args; i++)
		free(c->dpdk_args[i]);
	for (size_t i = 0; i < c->n_planned; i++)
		free(c->planned[i].reason);
	free(c->servers);
	free(c->links);
	free(c->taps);
	free(c->partners);
	free(c->peerings);
	free(c->classes);
	free(c->cos);
	free(c->failovers);
	free(c->planned);
	free(c->dpdk_args);
}

void config_free(const struct config *config)
{
	struct config *c = (struct config *)config;

	if (!c)
		return;
	free_lists(c);
	free(c->redis.user);
	free(c->redis.password_file);
	free(c->redis.ca);
	free(c->redis.certificate);
	free(c->redis.key);
	free(c->redis.name);
	free(c->metrics.listen);
	free(c->metrics.token_file);
	prefix_free(&c->prefixes);
	free(c->file);
	free(c->journal);
	free(c->state);
	free(c->prefix_file);
	free(c->contracts);
	free(c->canonical);
	free(c);
}
