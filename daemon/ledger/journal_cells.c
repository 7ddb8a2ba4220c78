/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * In the file a cell is a number, 1, 2, 3 ... in the order of first sight; in memory it is an entry
 * of the cellbook. Both ways are arrays. Numbers are never reused, rows of the cell table never
 * change.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "journal_db.h"
#include "text.h"

static void know(struct journal *j, uint32_t number, const struct cell_name *cell)
{
	if (number > j->n_cells) {
		j->cell = mem_grow(j->cell, (size_t)number + 1, sizeof(*j->cell));
		memset(&j->cell[j->n_cells + 1], 0, (number - j->n_cells) * sizeof(*j->cell));
		j->n_cells = number;
	}
	if (cell->id >= j->n_number) {
		uint32_t room = 2 * cell->id + 64;

		j->number = mem_grow(j->number, room, sizeof(*j->number));
		memset(&j->number[j->n_number], 0, (room - j->n_number) * sizeof(*j->number));
		j->n_number = room;
	}
	j->cell[number] = cell;
	j->number[cell->id] = number;
}

#define CELL_COLUMNS "id, link, partner, peering, direction, class, cos, family"

static int read_cell(struct journal *j, sqlite3_stmt *stmt)
{
	int64_t number = sqlite3_column_int64(stmt, 0);
	struct cell_name name = { 0 };
	unsigned direction = 0, family = 0;
	int err = 0;

	/* Numbers are dense: a leap is damage, and would make the arrays large. */
	if (number != (int64_t)j->n_cells + 1)
		err = -EBADMSG;
	err = err ? err : journal_db_name(stmt, 1, name.link);
	err = err ? err : journal_db_name(stmt, 2, name.partner);
	err = err ? err : journal_db_name(stmt, 3, name.peering);
	err = err ? err : journal_db_choice(stmt, 4, direction_name, DIRECTIONS, &direction);
	err = err ? err : journal_db_name(stmt, 5, name.class);
	err = err ? err : journal_db_name(stmt, 6, name.cos);
	err = err ? err : journal_db_choice(stmt, 7, family_name, FAMILIES, &family);
	if (err)
		return journal_db_say(j, err, "cell %lld is damaged", (long long)number);
	name.direction = direction;
	name.family = family;
	know(j, (uint32_t)number, cellbook_intern(j->book, &name));
	return 0;
}

int journal_cells_load(struct journal *j)
{
	sqlite3_stmt *stmt = NULL;
	int err = journal_db_prepare(
		j, "SELECT " CELL_COLUMNS " FROM cell WHERE id > ? ORDER BY id", &stmt);

	if (!err)
		sqlite3_bind_int64(stmt, 1, j->n_cells);
	while (!err && (err = journal_db_step(j, stmt)) > 0)
		err = read_cell(j, stmt);
	sqlite3_finalize(stmt);
	return err;
}

const struct cell_name *journal_cells_at(struct journal *j, int64_t number)
{
	if (number > (int64_t)j->n_cells && journal_cells_load(j))
		return NULL;
	if (number < 1 || number > (int64_t)j->n_cells)
		return NULL;
	return j->cell[number];
}

static int insert(struct journal *j, const struct cell_name *cell, uint32_t number)
{
	const char *const column[] = { cell->link, cell->partner, cell->peering,
		direction_name[cell->direction], cell->class, cell->cos,
		family_name[cell->family] };
	sqlite3_stmt *stmt = j->write[WRITE_CELL];

	sqlite3_bind_int64(stmt, 1, number);
	for (int i = 0; i < (int)(sizeof(column) / sizeof(*column)); i++)
		sqlite3_bind_text(stmt, i + 2, column[i], -1, SQLITE_STATIC);
	return journal_db_run(j, stmt);
}

int journal_cells_number(struct journal *j, const struct cell_name *cell, uint32_t *out)
{
	int err;

	if (cell->id >= cellbook_count(j->book) || cellbook_at(j->book, cell->id) != cell)
		cell = cellbook_intern(j->book, cell); /* from somebody else's book */
	if (cell->id >= j->n_number || !j->number[cell->id]) {
		uint32_t number = j->n_cells + 1;

		err = insert(j, cell, number);
		if (err)
			return err;
		know(j, number, cell);
	}
	*out = j->number[cell->id];
	return 0;
}

void journal_cells_forget(struct journal *j, uint32_t n_cells)
{
	for (; j->n_cells > n_cells; j->n_cells--)
		j->number[j->cell[j->n_cells]->id] = 0;
	j->n_order = 0;
}

void journal_cells_free(struct journal *j)
{
	free(j->cell);
	free(j->number);
	free(j->order);
}

static int by_name(const void *a, const void *b, void *context)
{
	const struct journal *j = context;

	return cell_name_compare(j->cell[*(const uint32_t *)a], j->cell[*(const uint32_t *)b]);
}

/* Sorted once for all walks, and again when there are new cells. */
static void sort_cells(struct journal *j)
{
	if (j->n_order == j->n_cells)
		return;
	j->order = mem_grow(j->order, j->n_cells, sizeof(*j->order));
	for (uint32_t i = 0; i < j->n_cells; i++)
		j->order[i] = i + 1;
	qsort_r(j->order, j->n_cells, sizeof(*j->order), by_name, j);
	j->n_order = j->n_cells;
}

struct counters *journal_tally_at(struct journal *j, struct journal_tally *t, int64_t number)
{
	if (!journal_cells_at(j, number))
		return NULL;
	if (number >= (int64_t)t->n) {
		t->count = mem_grow(t->count, (size_t)j->n_cells + 1, sizeof(*t->count));
		memset(&t->count[t->n], 0, (j->n_cells + 1 - t->n) * sizeof(*t->count));
		t->n = j->n_cells + 1;
	}
	return &t->count[number];
}

int journal_tally_empty(
	struct journal *j, struct journal_tally *t, journal_tally_fn *each, void *context)
{
	int err = 0;

	sort_cells(j);
	for (uint32_t i = 0; i < j->n_order && !err; i++) {
		uint32_t number = j->order[i];
		struct counters count;

		if (number >= t->n)
			continue; /* newer than what was added */
		count = t->count[number];
		if (!count.packets && !count.l2_bytes && !count.l3_bytes)
			continue;
		t->count[number] = (struct counters){ 0 };
		err = each(context, j->cell[number], &count);
	}
	return err;
}

void journal_tally_free(struct journal_tally *t)
{
	free(t->count);
	*t = (struct journal_tally){ 0 };
}
