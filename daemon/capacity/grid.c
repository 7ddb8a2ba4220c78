/* SPDX-License-Identifier: BSD-3-Clause */
#include "grid.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "html.h"

struct grid *grids_add(struct grids *g, char *title, const char *const *head)
{
	struct grid *grid;

	g->grid = mem_grow(g->grid, g->n + 1, sizeof(*g->grid));
	grid = &g->grid[g->n++];
	*grid = (struct grid){ .title = title, .head = head };
	while (head[grid->columns])
		grid->columns++;
	return grid;
}

void grids_free(struct grids *g)
{
	for (size_t i = 0; i < g->n; i++) {
		for (size_t k = 0; k < g->grid[i].n_cells; k++)
			free(g->grid[i].cell[k]);
		free(g->grid[i].cell);
		free(g->grid[i].title);
	}
	free(g->grid);
	*g = (struct grids){ 0 };
}

void grid_take(struct grid *g, char *cell)
{
	g->cell = mem_grow(g->cell, g->n_cells + 1, sizeof(*g->cell));
	g->cell[g->n_cells++] = cell;
}

void grid_put(struct grid *g, const char *cell)
{
	grid_take(g, mem_dup(cell));
}

static bool is_right(const char *head)
{
	return *head == '>';
}

static const char *word_of(const char *head)
{
	return head + is_right(head);
}

static void pad(struct text *out, const char *cell, size_t width, bool right, bool last)
{
	size_t gap = width - strlen(cell);

	for (size_t i = 0; right && i < gap; i++)
		text_str(out, " ");
	text_str(out, cell);
	for (size_t i = 0; !right && !last && i < gap; i++)
		text_str(out, " ");
	text_str(out, "  ");
	if (!last)
		return;
	while (out->data[out->size - 1] == ' ')
		out->size--;
	text_str(out, "\n");
}

void grid_text(const struct grid *g, struct text *out)
{
	size_t width[GRID_COLUMNS] = { 0 };

	for (size_t c = 0; c < g->columns; c++)
		width[c] = strlen(word_of(g->head[c]));
	for (size_t i = 0; i < g->n_cells; i++)
		if (strlen(g->cell[i]) > width[i % g->columns])
			width[i % g->columns] = strlen(g->cell[i]);
	text_printf(out, "\n%s\n\n", g->title);
	for (size_t c = 0; c < g->columns; c++)
		pad(out, word_of(g->head[c]), width[c], is_right(g->head[c]), c + 1 == g->columns);
	for (size_t i = 0; i < g->n_cells; i++) {
		size_t c = i % g->columns;

		pad(out, g->cell[i], width[c], is_right(g->head[c]), c + 1 == g->columns);
	}
}

static void html_cell(struct text *out, const char *element, bool right, const char *words)
{
	text_printf(out, "<%s%s>", element, right ? " class=\"n\"" : "");
	html_element(out, "", words, "</");
	text_printf(out, "%s>", element);
}

void grid_html(const struct grid *g, struct text *out)
{
	html_element(out, "<h2>", g->title, "</h2>\n<div class=\"scroll\"><table><thead><tr>");
	for (size_t c = 0; c < g->columns; c++)
		html_cell(out, "th", is_right(g->head[c]), word_of(g->head[c]));
	text_str(out, "</tr></thead><tbody>\n");
	for (size_t i = 0; i < g->n_cells; i++) {
		size_t c = i % g->columns;

		text_str(out, c ? "" : "<tr>");
		html_cell(out, "td", is_right(g->head[c]), g->cell[i]);
		text_str(out, c + 1 == g->columns ? "</tr>\n" : "");
	}
	text_str(out, "</tbody></table></div>\n");
}
