/* SPDX-License-Identifier: BSD-3-Clause */
#include "row.h"

#include <string.h>

const char *const bin_status_name[BIN_STATUSES] = { "ok", "partial", "lossy", "missing" };

/* The names as they are printed; silence has no family. */
static const char *const family_text[FAMILIES + 1] = { "ipv4", "ipv6", "other", "" };
static const char *const direction_text[DIRECTIONS] = { "ingress", "egress" };

static int cell_compare(const struct row_cell *a, const struct row_cell *b)
{
	int d = strcmp(a->peering, b->peering);

	if (!d)
		d = strcmp(direction_text[a->direction], direction_text[b->direction]);
	if (!d)
		d = strcmp(a->class, b->class);
	if (!d)
		d = strcmp(a->cos, b->cos);
	if (!d)
		d = strcmp(family_text[a->family], family_text[b->family]);
	if (!d)
		d = strcmp(a->meter, b->meter);
	return d ? d : strcmp(a->partner, b->partner);
}

int row_compare(const struct row *a, const struct row *b)
{
	if (a->start != b->start)
		return a->start < b->start ? -1 : 1;
	return a->cell == b->cell ? 0 : cell_compare(a->cell, b->cell);
}
