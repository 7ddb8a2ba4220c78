/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Measurements of one setting: TSC cycles a frame of every variant, one sample a round; printed as a table
 * and written as JSON. A round measures all variants one after the other, so that a ratio within a round
 * is fair on a machine with neighbours; ratios are medians over the rounds.
 */
#ifndef BENCH_TALLY_H
#define BENCH_TALLY_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "stage.h"

#define TALLY_ROUNDS 64
#define TALLY_MOST   256 /* samples that tally_spread() takes */

enum variant { VARIANT_OURS, VARIANT_AVX2, VARIANT_BASE, VARIANT_SCALAR, VARIANT_VECTOR, VARIANTS };

struct setting {
	size_t routes4, routes6;
	unsigned peerings, classes, frames;
	bool zipf;
};

struct tally {
	struct setting setting;
	bool measured[VARIANTS][STAGES];
	unsigned rounds;
	double cycles[VARIANTS][STAGES][TALLY_ROUNDS]; /* STAGE_TOUCH: of VARIANT_OURS alone */
};

struct spread {
	double median, min, max;
};

double tally_tsc_hz(void); /* measured against CLOCK_MONOTONIC_RAW */

struct spread tally_spread(const double *samples, unsigned n);

/* What `a` adds to a touched frame over what `b` adds. */
struct spread tally_ratio(const struct tally *t, enum variant a, enum variant b);

/* The same frame in another setting: all of it here over all of it there. */
struct spread tally_growth(const struct tally *big, const struct tally *small, enum variant v);

void tally_print(const struct tally *t, double hz);
void tally_json(const struct tally *t, double hz, FILE *out);

extern const char *const tally_variant[VARIANTS];

#endif
