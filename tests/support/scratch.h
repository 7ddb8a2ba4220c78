/* SPDX-License-Identifier: BSD-3-Clause */
/* Files for one test, in a folder that goes away with it. Needs <cmocka.h>'s headers before it. */
#ifndef SUPPORT_SCRATCH_H
#define SUPPORT_SCRATCH_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct scratch {
	char dir[64];
	char path[8][128];
	unsigned n;
};

static inline void scratch_open(struct scratch *s)
{
	*s = (struct scratch){ .dir = "/tmp/transitd-test-XXXXXX" };
	assert_non_null(mkdtemp(s->dir));
}

/* Writes (again) a file of that name; returns its path. */
static inline const char *scratch_file(
	struct scratch *s, const char *name, const char *data, size_t size)
{
	char path[128];
	unsigned i;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", s->dir, name);
	for (i = 0; i < s->n && strcmp(s->path[i], path); i++)
		;
	if (i == s->n) {
		assert_true(s->n < 8);
		strcpy(s->path[s->n++], path);
	}
	f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(data, 1, size, f), size);
	assert_int_equal(fclose(f), 0);
	return s->path[i];
}

static inline void scratch_close(struct scratch *s)
{
	for (unsigned i = 0; i < s->n; i++)
		assert_int_equal(unlink(s->path[i]), 0);
	assert_int_equal(rmdir(s->dir), 0);
}

#endif
