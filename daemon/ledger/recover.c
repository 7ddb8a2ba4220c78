/* SPDX-License-Identifier: BSD-3-Clause */
#include "recover.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bankfile.h"
#include "log.h"
#include "spill.h"
#include "text.h"

#define BANKS	   "banks-"
#define UNREADABLE "unreadable-" /* left for a person; no daemon looks at it again */

struct search {
	const char *folder;
	struct cellbook *book;
	uint64_t in_journal;
	struct recovered *found;
};

static bool is_known(const struct search *s, uint64_t generation)
{
	if (generation <= s->in_journal)
		return true;
	for (size_t i = 0; i < s->found->n; i++)
		if (s->found->iv[i]->generation == generation)
			return true;
	return false;
}

static void keep(struct search *s, struct interval *iv)
{
	struct recovered *r = s->found;

	r->iv = mem_grow(r->iv, r->n + 1, sizeof(struct interval *));
	r->iv[r->n++] = iv;
	if (iv->generation > r->generation)
		r->generation = iv->generation;
}

static int from_spill(void *context, struct interval *iv)
{
	struct search *s = context;

	if (is_known(s, iv->generation)) {
		spill_drop(s->folder, iv->generation);
		interval_free(iv);
	} else {
		keep(s, iv);
	}
	return 0;
}

/* The spill was looked at before: a set whose interval is there had been handed over. */
static int from_bank(void *context, struct interval *iv)
{
	struct search *s = context;
	int error = is_known(s, iv->generation) ? 0 : spill_put(s->folder, iv);

	if (error || is_known(s, iv->generation))
		interval_free(iv);
	else
		keep(s, iv);
	return error;
}

/* Each start numbers its bank files anew: one that stands aside must not push another out. */
static void name_aside(const char *folder, const char *name, struct text *out)
{
	text_printf(out, "%s/" UNREADABLE "%s", folder, name);
	for (unsigned n = 2; !access(out->data, F_OK); n++) {
		text_clear(out);
		text_printf(out, "%s/" UNREADABLE "%s-%u", folder, name, n);
	}
}

static int take_file(struct search *s, const char *name)
{
	struct text path = { 0 }, aside = { 0 };
	int error;

	text_printf(&path, "%s/%s", s->folder, name);
	error = bankfile_recover(path.data, s->book, from_bank, s);
	if (error == -EINVAL) {
		name_aside(s->folder, name, &aside);
		log_error("counters %s: not whole, or not of this program's format; kept as %s", path.data,
			aside.data);
		error = rename(path.data, aside.data) ? -errno : 0;
	} else if (!error && unlink(path.data)) {
		error = -errno;
	}
	if (error)
		log_error("counters %s: %s", path.data, strerror(-error));
	text_free(&path);
	text_free(&aside);
	return error;
}

static int from_bankfiles(struct search *s)
{
	DIR *dir = opendir(s->folder);
	struct dirent *entry;
	int error = 0;

	if (!dir)
		return -errno;
	while (!error && (entry = readdir(dir)))
		if (!strncmp(entry->d_name, BANKS, strlen(BANKS)))
			error = take_file(s, entry->d_name);
	closedir(dir);
	return error;
}

static int by_generation(const void *a, const void *b)
{
	const struct interval *x = *(struct interval *const *)a, *y = *(struct interval *const *)b;

	return x->generation < y->generation ? -1 : x->generation > y->generation;
}

int recover_run(const char *folder, uint64_t in_journal, struct cellbook *book, struct recovered *out)
{
	struct search s = { .folder = folder, .book = book, .in_journal = in_journal, .found = out };
	int error;

	*out = (struct recovered){ .generation = in_journal };
	error = spill_each(folder, book, from_spill, &s);
	error = error ? error : from_bankfiles(&s);
	if (error) {
		recover_free(out);
		return error;
	}
	if (out->n)
		qsort(out->iv, out->n, sizeof(struct interval *), by_generation);
	return 0;
}

void recover_free(struct recovered *r)
{
	for (size_t i = 0; i < r->n; i++)
		interval_free(r->iv[i]);
	free(r->iv);
	*r = (struct recovered){ 0 };
}

char *recover_bankfile_path(const char *folder, uint64_t number)
{
	struct text t = { 0 };

	text_printf(&t, "%s/" BANKS "%" PRIu64, folder, number);
	return t.data;
}
