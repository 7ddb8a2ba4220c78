/* SPDX-License-Identifier: BSD-3-Clause */
/* Mistakes in memory, and what must hold for any of them. */
#ifndef FUZZ_SAID_H
#define FUZZ_SAID_H

#include <stdbool.h>
#include <string.h>

#include "diag.h"
#include "fuzz.h"

struct said {
	char *text;
	size_t size;
	struct diag d;
};

static inline void said_open(struct said *s)
{
	s->text = NULL;
	s->d = (struct diag){ .out = open_memstream(&s->text, &s->size) };
	FUZZ_CHECK(s->d.out);
}

/* Every line says where (it begins with `begin`), what is wrong and, if `allowed`, what is allowed; and it can be shown
 * on a terminal. */
static inline void said_lines(struct said *s, const char *begin, bool allowed)
{
	unsigned lines = 0;

	diag_end(&s->d);
	fclose(s->d.out);
	for (char *line = s->text, *end; *line; line = end + 1, lines++) {
		end = strchr(line, '\n');
		FUZZ_CHECK(end);
		*end = 0;
		FUZZ_CHECK(diag_is_plain(line, strlen(line)));
		if (lines == DIAG_MOST)
			continue; /* "... and 5 more mistakes" */
		FUZZ_CHECK(!strncmp(line, begin, strlen(begin)));
		FUZZ_CHECK(strstr(line, ": ") && (!allowed || strstr(line, "; ")));
	}
	FUZZ_CHECK(lines == (s->d.count > DIAG_MOST ? DIAG_MOST + 1 : s->d.count));
	free(s->text);
}

static inline void said_check(struct said *s, const char *begin)
{
	said_lines(s, begin, true);
}

#endif
