/* SPDX-License-Identifier: BSD-3-Clause */
/* Any bytes as a zone file: refused, or a zone whose days begin one after another, each with its own midnight. */
#include "civil.h"
#include "fuzz.h"
#include "zone.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct zone *z = NULL;

	if (zone_parse("Fuzz/Zone", data, size, &z))
		return 0;
	for (int year = 1975; year < 2200; year += 25) {
		int32_t day = civil_days(year, 3, 1);
		int64_t last = zone_midnight(z, day - 1);

		for (int32_t end = day + 40; day < end; day++) {
			int64_t at = zone_midnight(z, day);

			FUZZ_CHECK(at >= last); /* a day may be left out */
			FUZZ_CHECK(zone_offset(z, at) <= 26 * 3600 && zone_offset(z, at) >= -26 * 3600);
			last = at;
		}
	}
	zone_free(z);
	return 0;
}
