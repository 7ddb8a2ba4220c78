/* SPDX-License-Identifier: BSD-3-Clause */
#include "live_eras.h"

#include <stdio.h>
#include <stdlib.h>

#include "cutter.h"
#include "live_taps.h"
#include "log.h"
#include "recover.h"
#include "restart.h"

static int make_banks(struct live_eras *l, struct era *e)
{
	char *path = recover_bankfile_path(l->folder, ++l->n_banks);
	int error = era_make_banks(e, path, l->n_workers);

	free(path);
	return error;
}

int live_eras_first(struct live_eras *e)
{
	return make_banks(e, e->meter->era);
}

/* A new configuration, or why it cannot be in force, as lines in `why`. */
static const struct config *read_again(const struct live_eras *e, FILE *why)
{
	const struct live_source *s = e->source;
	struct diag diag = { .out = why };
	const struct config *next;
	const char *key;

	if (config_load(s->file, s->taps, s->n_taps, &diag, &next)) {
		diag_end(&diag);
		return NULL;
	}
	key = restart_needed(e->meter->era->config, next);
	if (!key)
		return next;
	fprintf(why, "%s: %s: changed; needs a restart of the meter\n", s->file, key);
	config_free(next);
	return NULL;
}

/* Builds the next era aside and hands it to the cutter. Returns it, or NULL and nothing has changed. */
static const struct era *publish(struct live_eras *e, FILE *why)
{
	const struct config *config = read_again(e, why);
	struct era *next = config ? era_new(config, e->meter->cut_book) : NULL;

	if (!next) {
		if (config)
			fputs("no memory for its tables, or too many cells\n", why);
		return NULL;
	}
	if (journal_put_config(e->meter->journal, &config->digest, config->canonical) ||
		make_banks(e, next)) {
		fputs("the journal or the state folder does not take it\n", why);
		era_free(next);
		return NULL;
	}
	if (live_taps_prepare(e->taps, next)) {
		fputs("the kernel does not take it: see the log\n", why);
		era_remove_banks(next);
		era_free(next);
		return NULL;
	}
	cutter_publish(e->cutter, next);
	e->meter->era = next;
	return next;
}

void live_eras_reload(struct live_eras *e, struct text *reply)
{
	char *why = NULL, hex[DIGEST_HEX_SIZE];
	size_t size;
	FILE *out = open_memstream(&why, &size);
	const struct era *next = publish(e, out);

	fclose(out);
	if (next) {
		digest_hex(hex, &next->config->digest);
		log_info("reload: configuration %s begins with the next interval", hex);
		text_printf(reply, "{\"status\":\"ok\",\"config\":\"%s\"}", hex);
	} else {
		log_error("reload refused, nothing has changed: %s", why);
		text_str(reply, "{\"status\":\"refused\",\"reason\":");
		text_json(reply, why);
		text_str(reply, "}");
	}
	free(why);
}
