/* SPDX-License-Identifier: BSD-3-Clause */
/* Tables of words for people, once made and laid out twice: aligned text, and HTML. */
#ifndef CAPACITY_GRID_H
#define CAPACITY_GRID_H

#include <stddef.h>

#include "text.h"

#define GRID_COLUMNS 12

struct grid {
	char *title;
	/* Heads, ended by NULL; one that begins with '>' is of a column of figures, flush right. */
	const char *const *head;
	char **cell; /* row after row */
	size_t columns, n_cells;
};

struct grids {
	struct grid *grid;
	size_t n;
};

/* A new last grid; the title is taken over. */
struct grid *grids_add(struct grids *g, char *title, const char *const *head);
void grids_free(struct grids *g);

/* The next cell, taken over. */
void grid_take(struct grid *g, char *cell);
void grid_put(struct grid *g, const char *cell); /* a copy */

void grid_text(const struct grid *g, struct text *out);
void grid_html(const struct grid *g, struct text *out);

#endif
