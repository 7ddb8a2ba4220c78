/* SPDX-License-Identifier: BSD-3-Clause */
#include "tally.h"

#include <rte_cycles.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

const char *const tally_variant[VARIANTS] = {
	[VARIANT_OURS] = "ours",
	[VARIANT_AVX2] = "ours-avx2",
	[VARIANT_BASE] = "ours-base",
	[VARIANT_SCALAR] = "reference-scalar",
	[VARIANT_VECTOR] = "reference-avx512",
};
static const char *const stage_name[STAGES] = {
	[STAGE_TOUCH] = "touch",
	[STAGE_READ] = "read",
	[STAGE_PEERING] = "peering",
	[STAGE_CLASS] = "class",
	[STAGE_COUNT] = "count",
};

static double now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC_RAW, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

double tally_tsc_hz(void)
{
	double start = now_s(), end;
	uint64_t from = rte_rdtsc_precise(), to;

	do {
		end = now_s();
		to = rte_rdtsc_precise();
	} while (end - start < 0.2);
	return (double)(to - from) / (end - start);
}

static int order(const void *x, const void *y)
{
	double a = *(const double *)x, b = *(const double *)y;

	return a < b ? -1 : a > b;
}

struct spread tally_spread(const double *samples, unsigned n)
{
	double s[TALLY_MOST];

	memcpy(s, samples, n * sizeof(*s));
	qsort(s, n, sizeof(*s), order);
	return (struct spread){ .median = n % 2 ? s[n / 2] : (s[n / 2 - 1] + s[n / 2]) / 2,
		.min = s[0],
		.max = s[n - 1] };
}

struct spread tally_ratio(const struct tally *t, enum variant a, enum variant b)
{
	double ratio[TALLY_ROUNDS];

	for (unsigned i = 0; i < t->rounds; i++) {
		double touch = t->cycles[VARIANT_OURS][STAGE_TOUCH][i];

		ratio[i] = (t->cycles[a][STAGE_COUNT][i] - touch) / (t->cycles[b][STAGE_COUNT][i] - touch);
	}
	return tally_spread(ratio, t->rounds);
}

struct spread tally_growth(const struct tally *big, const struct tally *small, enum variant v)
{
	double ratio[TALLY_ROUNDS];

	for (unsigned i = 0; i < big->rounds; i++)
		ratio[i] = big->cycles[v][STAGE_COUNT][i] / small->cycles[v][STAGE_COUNT][i];
	return tally_spread(ratio, big->rounds);
}

void tally_print(const struct tally *t, double hz)
{
	const struct setting *s = &t->setting;
	double ns = 1e9 / hz;

	printf("\n%zu + %zu routes, %u peerings, %u classes, %u frames, %s\n", s->routes4, s->routes6,
		s->peerings, s->classes, s->frames, s->zipf ? "zipf" : "uniform");
	printf("  %-8s", "up to");
	for (int v = 0; v < VARIANTS; v++)
		if (t->measured[v][STAGE_COUNT])
			printf("  %-28s", tally_variant[v]);
	printf("\n  %-8s", "");
	for (int v = 0; v < VARIANTS; v++)
		if (t->measured[v][STAGE_COUNT])
			printf("  %6s (%5s ..%6s)  cycles", "ns", "min", "max");
	printf("\n");
	for (int stage = 0; stage < STAGES; stage++) {
		printf("  %-8s", stage_name[stage]);
		for (int v = 0; v < VARIANTS; v++) {
			struct spread c;

			if (!t->measured[v][stage]) {
				if (t->measured[v][STAGE_COUNT])
					printf("  %30s", "");
				continue;
			}
			c = tally_spread(t->cycles[v][stage], t->rounds);
			printf("  %6.2f (%5.2f ..%6.2f) %7.1f", c.median * ns, c.min * ns, c.max * ns, c.median);
		}
		printf("\n");
	}
	for (int a = VARIANT_OURS; a <= VARIANT_BASE; a++) {
		for (int b = VARIANT_SCALAR; b <= VARIANT_VECTOR; b++) {
			struct spread r;

			if (!t->measured[a][STAGE_COUNT] || !t->measured[b][STAGE_COUNT])
				continue;
			r = tally_ratio(t, a, b);
			printf("  %s adds %.2f (%.2f .. %.2f) of what %s adds\n", tally_variant[a], r.median,
				r.min, r.max, tally_variant[b]);
		}
	}
	fflush(stdout);
}

static void json_variant(const struct tally *t, enum variant v, double ns, FILE *out, const char **comma)
{
	for (int stage = 0; stage < STAGES; stage++) {
		struct spread c;

		if (!t->measured[v][stage])
			continue;
		c = tally_spread(t->cycles[v][stage], t->rounds);
		fprintf(out,
			"%s\n      {\"variant\": \"%s\", \"up_to\": \"%s\", \"ns\": {\"median\": %.3f, \"min\": %.3f, "
			"\"max\": %.3f}, \"cycles\": {\"median\": %.2f, \"min\": %.2f, \"max\": %.2f}}",
			*comma, tally_variant[v], stage_name[stage], c.median * ns, c.min * ns, c.max * ns,
			c.median, c.min, c.max);
		*comma = ",";
	}
}

void tally_json(const struct tally *t, double hz, FILE *out)
{
	const struct setting *s = &t->setting;
	const char *comma = "";

	fprintf(out,
		"    {\"routes4\": %zu, \"routes6\": %zu, \"peerings\": %u, \"classes\": %u, \"frames\": %u, "
		"\"destinations\": \"%s\", \"rounds\": %u,\n     \"times\": [",
		s->routes4, s->routes6, s->peerings, s->classes, s->frames, s->zipf ? "zipf" : "uniform",
		t->rounds);
	for (int v = 0; v < VARIANTS; v++)
		json_variant(t, v, 1e9 / hz, out, &comma);
	fprintf(out, "],\n     \"added_ratio\": [");
	comma = "";
	for (int a = VARIANT_OURS; a <= VARIANT_BASE; a++) {
		for (int b = VARIANT_SCALAR; b <= VARIANT_VECTOR; b++) {
			struct spread r;

			if (!t->measured[a][STAGE_COUNT] || !t->measured[b][STAGE_COUNT])
				continue;
			r = tally_ratio(t, a, b);
			fprintf(out, "%s\n      {\"of\": \"%s\", \"over\": \"%s\", \"median\": %.3f, \"min\": %.3f, "
				     "\"max\": %.3f}",
				comma, tally_variant[a], tally_variant[b], r.median, r.min, r.max);
			comma = ",";
		}
	}
	fprintf(out, "]}");
}
