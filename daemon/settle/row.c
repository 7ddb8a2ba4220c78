/* SPDX-License-Identifier: BSD-3-Clause */
#include "row.h"

#include <string.h>

const char *const bin_status_name[BIN_STATUSES] = { "ok", "partial", "lossy", "missing" };

const char *const row_family_name[FAMILIES + 1] = { "ipv4", "ipv6", "other", "" };
const char *const row_direction_name[DIRECTIONS] = { "ingress", "egress" };

static int cell_compare(const struct row_cell *a, const struct row_cell *b)
{
	int d = strcmp(a->peering, b->peering);

	if (!d)
		d = strcmp(row_direction_name[a->direction], row_direction_name[b->direction]);
	if (!d)
		d = strcmp(a->class, b->class);
	if (!d)
		d = strcmp(a->cos, b->cos);
	if (!d)
		d = strcmp(row_family_name[a->family], row_family_name[b->family]);
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
