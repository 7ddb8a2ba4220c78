/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Writes a journal out of canonical text (interval.h), so that tests in other languages can say
 * what is in it. Sequence numbers are the journal's own: those of the text are not looked at.
 *
 *   make_journal PATH METER SECONDS [CONFIGURATION] < TEXT
 *
 * CONFIGURATION is a file with the canonical text of the intervals' configuration; without it, it is
 * the one of make_interval.h.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "journal.h"
#include "make_interval.h"

static int append_all(struct journal *j, struct cellbook *book, const char *text)
{
	while (*text) {
		const char *end = strstr(text, "\ninterval ");
		size_t size = end ? (size_t)(end + 1 - text) : strlen(text);
		struct interval *iv = NULL;
		int err = interval_decode(text, size, book, &iv);

		err = err ? err : journal_append(j, iv);
		interval_free(iv);
		if (err) {
			fprintf(stderr, "make_journal: %s: refused:\n%.*s", strerror(-err),
				(int)size, text);
			return err;
		}
		text += size;
	}
	return 0;
}

static int put_config(struct journal *j, const char *path)
{
	struct text text = { 0 };
	struct digest digest;
	int err;

	if (!path) {
		const char *config = make_config(&digest);

		return journal_put_config(j, &digest, config);
	}
	err = file_read(path, SIZE_MAX / 2, &text);
	if (!err) {
		digest = digest_of(&(struct digest_piece){ text.data, text.size }, 1);
		err = journal_put_config(j, &digest, text.data);
	}
	text_free(&text);
	return err;
}

int main(int argc, char **argv)
{
	struct cellbook *book = cellbook_new();
	struct journal *j = NULL;
	struct text text = { 0 };
	int err;

	if (argc != 4 && argc != 5)
		return 2;
	text_add(&text, "", 0);
	err = file_read("/dev/stdin", SIZE_MAX / 2, &text);
	err = err ? err :
		    journal_open(
			    argv[1], JOURNAL_WRITE, argv[2], (unsigned)atoi(argv[3]), book, &j);
	err = err ? err : put_config(j, argv[4]);
	err = err ? err : append_all(j, book, text.data);
	journal_close(j);
	cellbook_free(book);
	text_free(&text);
	return err != 0;
}
