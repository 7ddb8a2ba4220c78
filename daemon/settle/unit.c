/* SPDX-License-Identifier: BSD-3-Clause */
#include "unit.h"

#include <stddef.h>
#include <string.h>

const char unit_rates[] = "Kbps, Mbps, Gbps";
const char unit_volumes[] = "GB, TB, GiB, TiB";

static const struct unit units[] = {
	{ "Kbps", UNIT_RATE, 1000 },
	{ "Mbps", UNIT_RATE, 1000000 },
	{ "Gbps", UNIT_RATE, 1000000000 },
	{ "GB", UNIT_VOLUME, 1000000000 },
	{ "TB", UNIT_VOLUME, 1000000000000 },
	{ "GiB", UNIT_VOLUME, INT64_C(1) << 30 },
	{ "TiB", UNIT_VOLUME, INT64_C(1) << 40 },
};

const struct unit *unit_find(const char *name)
{
	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++)
		if (!strcmp(units[i].name, name))
			return &units[i];
	return NULL;
}
