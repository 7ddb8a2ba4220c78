/* SPDX-License-Identifier: BSD-3-Clause */
#include "layout.h"

#include <errno.h>
#include <stdlib.h>

struct layout_cell layout_cell(const struct layout *l, uint32_t slot)
{
	uint32_t side = (slot - l->n_taps) / l->cells_per_side;
	uint32_t in_side = (slot - l->n_taps) % l->cells_per_side;
	struct layout_cell c = {
		.peering = side / DIRECTIONS,
		.direction = side % DIRECTIONS,
		.family = FAMILY_OTHER,
		.class = CLASS_NON_IP,
		.cos = COS_DEFAULT,
	};

	if (in_side != l->cells_per_side - 1) {
		c.cos = l->cos[in_side % l->n_cos];
		c.family = in_side / l->n_cos % 2;
		c.class = l->value[in_side / l->n_cos / 2];
	}
	return c;
}

int layout_size(struct layout *l)
{
	uint64_t per_side = (uint64_t)l->n_values * 2 * l->n_cos + 1;
	uint64_t slots = l->n_taps + per_side * l->n_peerings * DIRECTIONS;

	if (slots > LAYOUT_MAX_SLOTS)
		return -E2BIG;
	l->cells_per_side = (uint32_t)per_side;
	l->n_slots = (uint32_t)slots;
	return 0;
}

void layout_free(struct layout *l)
{
	free(l->tap);
	free(l->peering);
	free(l->value);
	free(l->cos);
}
