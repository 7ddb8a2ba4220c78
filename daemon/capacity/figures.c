/* SPDX-License-Identifier: BSD-3-Clause */
#include "figures.h"

#include <stdlib.h>
#include <string.h>

#include "rank.h"
#include "text.h"

const unsigned level_percent[LEVELS] = { 50, 70, 80, 100 };
const char *const band_name[BANDS] = { "ok", "plan", "act", "critical", "unknown" };

uint64_t figures_rank(unsigned percent, uint64_t n)
{
	return (uint64_t)(((u128)percent * n + 99) / 100);
}

/* Is a bin's rate at least (or strictly above) so many per cent of the capacity? In whole numbers:
 * bytes * 8 / 300 s against percent * capacity / 100. */
static bool reaches(u128 bytes, unsigned percent, uint64_t capacity)
{
	return bytes * 8 * 100 >= (u128)percent * capacity * BIN_SECONDS;
}

static bool exceeds(u128 bytes, unsigned percent, uint64_t capacity)
{
	return bytes * 8 * 100 > (u128)percent * capacity * BIN_SECONDS;
}

enum band figures_band(u128 p95, uint64_t capacity)
{
	enum band b = BAND_OK;

	if (!capacity)
		return BAND_UNKNOWN;
	while (b < BAND_CRITICAL && reaches(p95, level_percent[b], capacity))
		b++;
	return b;
}

static int compare(const void *a, const void *b)
{
	u128 x = *(const u128 *)a, y = *(const u128 *)b;

	return (x > y) - (x < y);
}

static void set_ranks(const struct strand *s, enum direction d, struct side_figures *out)
{
	u128 *sorted = mem_array(s->bins, sizeof(*sorted));
	size_t n = 0;

	for (size_t i = 0; i < s->bins; i++)
		if (s->state[i] != BIN_MISSING)
			sorted[n++] = s->bytes[d][i];
	if (n) {
		qsort(sorted, n, sizeof(*sorted), compare);
		out->p50 = sorted[figures_rank(50, n) - 1];
		out->p95 = sorted[figures_rank(95, n) - 1];
		out->p99 = sorted[figures_rank(99, n) - 1];
	}
	free(sorted);
}

static void set_peak(const struct strand *s, enum direction d, uint64_t capacity, struct side_figures *out)
{
	bool any = false;

	for (size_t i = 0; i < s->bins; i++) {
		u128 bytes = s->bytes[d][i];

		if (s->state[i] == BIN_MISSING)
			continue;
		out->total += bytes;
		for (int k = 0; k < MINUTE_LEVELS; k++)
			if (capacity && exceeds(bytes, level_percent[k], capacity))
				out->minutes[k] += BIN_SECONDS / 60;
		if (any && bytes <= out->peak)
			continue;
		out->peak = bytes;
		out->peak_start = s->from + (int64_t)i * BIN_SECONDS;
		any = true;
	}
}

static void set_busy(const struct strand *s, enum direction d, struct side_figures *out)
{
	u128 sum = 0;
	size_t run = 0; /* bins in a row that are not missing, at most BUSY_BINS of them in `sum` */

	for (size_t i = 0; i < s->bins; i++) {
		if (s->state[i] == BIN_MISSING) {
			sum = run = 0;
			continue;
		}
		sum += s->bytes[d][i];
		if (++run > BUSY_BINS)
			sum -= s->bytes[d][i - BUSY_BINS];
		if (run < BUSY_BINS || (out->has_busy && sum <= out->busy))
			continue;
		out->has_busy = true;
		out->busy = sum;
		out->busy_start = s->from + (int64_t)(i + 1 - BUSY_BINS) * BIN_SECONDS;
	}
}

void figures_final(const struct strand *s, enum direction d, uint64_t capacity, uint64_t ahead,
	struct final_p95 *out)
{
	struct point *point = mem_array(s->bins, sizeof(*point));
	u128 full = ((u128)capacity * BIN_SECONDS + 7) / 8; /* a part of a byte counts as one */
	size_t n = 0;
	uint64_t rank;

	for (size_t i = 0; i < s->bins; i++)
		if (s->state[i] != BIN_MISSING)
			point[n++] = (struct point){ .bytes = s->bytes[d][i], .bin = (uint32_t)i };
	rank_sort(point, n);
	rank = figures_rank(95, n + ahead);
	if (n && point[n - 1].bytes > full)
		full = point[n - 1].bytes;
	*out = (struct final_p95){ .bounded = capacity || !ahead };
	if (rank) {
		out->low = rank_filled(point, n, ahead, 0, rank);
		out->high = rank_filled(point, n, ahead, full, rank);
	}
	free(point);
}

void figures_of(const struct strand *s, uint64_t capacity, struct figures *out)
{
	*out = (struct figures){ .from = s->from, .bins = s->bins, .capacity = capacity };
	for (size_t i = 0; i < s->bins; i++)
		out->status[s->state[i]]++;
	out->present = out->bins - out->status[BIN_MISSING];
	for (int d = 0; d < DIRECTIONS; d++) {
		set_ranks(s, (enum direction)d, &out->side[d]);
		set_peak(s, (enum direction)d, capacity, &out->side[d]);
		set_busy(s, (enum direction)d, &out->side[d]);
	}
	out->greater = out->side[DIRECTION_EGRESS].p95 > out->side[DIRECTION_INGRESS].p95 ? DIRECTION_EGRESS :
											      DIRECTION_INGRESS;
	out->band = out->present ? figures_band(out->side[out->greater].p95, capacity) : BAND_UNKNOWN;
}

const struct exact *figures_rate(struct exact_pool *p, u128 bytes, uint64_t bins)
{
	if (!bins)
		return exact_int(p, 0);
	return exact_div(p, exact_mul(p, exact_u128(p, bytes), exact_int(p, 8)),
		exact_u128(p, (u128)bins * BIN_SECONDS));
}

const struct exact *figures_percent(struct exact_pool *p, const struct exact *rate, uint64_t capacity)
{
	return exact_div(p, exact_mul(p, rate, exact_int(p, 100)), exact_u128(p, capacity));
}

const struct exact *figures_completeness(struct exact_pool *p, const struct figures *f)
{
	if (!f->bins)
		return exact_int(p, 0);
	return exact_div(p, exact_u128(p, (u128)100 * f->present), exact_u128(p, f->bins));
}

void figures_day(const struct strand *s, struct day_profile *out)
{
	*out = (struct day_profile){ .n = { 0 } };
	for (size_t i = 0; i < s->bins; i++) {
		size_t at = (size_t)((s->from / BIN_SECONDS + (int64_t)i) % DAY_BINS);

		if (s->state[i] == BIN_MISSING)
			continue;
		out->n[at]++;
		for (int d = 0; d < DIRECTIONS; d++)
			out->total[d][at] += s->bytes[d][i];
	}
}
