/* SPDX-License-Identifier: BSD-3-Clause */
/* The units that contracts count in (settlement rules, section 2). */
#ifndef SETTLE_UNIT_H
#define SETTLE_UNIT_H

#include <stdint.h>

enum unit_kind { UNIT_RATE /* bit/s */, UNIT_VOLUME /* bytes */ };

struct unit {
	const char *name;
	enum unit_kind kind;
	int64_t size; /* bit/s or bytes in one unit */
};

const struct unit *unit_find(const char *name); /* NULL: unknown */

extern const char unit_rates[];	  /* "Kbps, Mbps, Gbps" */
extern const char unit_volumes[]; /* "GB, TB, GiB, TiB" */

#endif
