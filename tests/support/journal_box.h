/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A folder with a journal in it, and beside it in memory the intervals that were put there, for the
 * tests of the journal. Needs <cmocka.h>'s headers before it.
 */
#ifndef SUPPORT_JOURNAL_BOX_H
#define SUPPORT_JOURNAL_BOX_H

#include "journal.h"
#include "make_interval.h"

#define BOX_FIRST INT64_C(1795305600) /* 2026-11-22T00:00:00Z */

struct box {
	char *folder, path[200];
	struct cellbook *book;
	struct journal *journal; /* open for writing, or NULL */
	struct make make;	 /* of the intervals to come */
	struct interval *iv[2000];
	size_t n;
};

/* cmocka's setup and teardown: *state is the box, its journal open and empty. */
int box_up(void **state);
int box_down(void **state);

int box_open(struct box *b);
void box_close(struct box *b);

/* Appends `n` intervals; some times stand still or go back, as after a restart or a corrected
 * clock. */
void box_fill(struct box *b, size_t n);

/* Walks the range in `j` and asserts that it gives those of the box's intervals that lie in it,
 * whole. */
void box_walk(struct box *b, struct journal *j, const struct journal_range *range);

/* Whole files, for what is damaged or copied; fails the test where they cannot be read or written. */
void box_write(const char *path, const void *data, size_t size);
char *box_read(const char *path, size_t *size); /* allocated */

#endif
