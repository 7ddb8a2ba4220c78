/* SPDX-License-Identifier: BSD-3-Clause */
#include "reconcile.h"

#include <stdlib.h>

#include "row.h"
#include "text.h"

#define MOST_LAG  600 /* seconds */
#define LAG_STEP  60 /* seconds, of the first search */
#define MEGABYTE  1000000
#define WIRE_MOST 1600 /* bytes of a packet that we may have missed */

const char *const verdict_name[VERDICTS] = { "match", "near", "mismatch", "ours_missing", "theirs_missing", "none" };
const char *const cause_name[CAUSES] = { "", "bytes_per_packet", "lag", "shifted_bins", "counter_reset",
	"our_missed_packets" };

static i128 absolute(i128 x)
{
	return x < 0 ? -x : x;
}

static i128 diff(const struct pair *p)
{
	return (i128)p->their_bytes - (i128)p->our_bytes;
}

static bool both(const struct pair *p)
{
	return p->ours && p->theirs;
}

/* Within 0.1 % or 1 MB. */
static bool matches(i128 d, u128 ours)
{
	return absolute(d) <= MEGABYTE || absolute(d) * 1000 <= (i128)ours;
}

/* What we would have counted in bin `i` with a clock `lag` seconds ahead: parts of two bins. 300 times the
 * bytes; false where one of the two is not known. */
static bool lagged(const struct comparison *c, int d, size_t i, int lag, u128 *out)
{
	int64_t at = (int64_t)i * BIN_SECONDS - lag;
	int64_t bin = at >= 0 ? at / BIN_SECONDS : -((-at + BIN_SECONDS - 1) / BIN_SECONDS);
	int64_t part = at - bin * BIN_SECONDS;

	if (bin < 0 || bin + (part > 0) >= (int64_t)c->bins || !c->pair[d][bin].ours ||
		(part && !c->pair[d][bin + 1].ours))
		return false;
	*out = c->pair[d][bin].our_bytes * (u128)(BIN_SECONDS - part);
	if (part)
		*out += c->pair[d][bin + 1].our_bytes * (u128)part;
	return true;
}

/* The mean of what remains between the two with this lag; 0 bins: *n is 0. */
static i128 cost(const struct comparison *c, int lag, size_t *n)
{
	i128 sum = 0;

	*n = 0;
	for (int d = 0; d < DIRECTIONS; d++)
		for (size_t i = MOST_LAG / BIN_SECONDS + 1; i + MOST_LAG / BIN_SECONDS + 1 < c->bins; i++) {
			u128 ours;

			if (!c->pair[d][i].theirs || !lagged(c, d, i, lag, &ours))
				continue;
			sum += absolute((i128)c->pair[d][i].their_bytes * BIN_SECONDS - (i128)ours) / BIN_SECONDS;
			++*n;
		}
	return *n ? sum / (i128)*n : 0;
}

/* Between two multiples of five minutes the cost is convex in the lag (a mean of |a + b lag|): the least of
 * coarse steps lies beside the least of all, and the lags that cost little more are a stretch around it. */
static int least(const struct comparison *c, int from, int to, int step, int lag)
{
	size_t n;
	i128 best = cost(c, lag, &n);

	for (int at = from; at <= to; at += step) {
		i128 here = cost(c, at, &n);

		if (n && (here < best || (here == best && abs(at) < abs(lag)))) {
			best = here;
			lag = at;
		}
	}
	return lag;
}

/* How far one can go from the lag in steps of `step` with a tenth more left at most. */
static int fits_until(const struct comparison *c, int step)
{
	size_t n;
	i128 most = cost(c, c->lag, &n);
	int at = c->lag;

	most += most / 10;
	while (abs(at + step) <= MOST_LAG && cost(c, at + step, &n) <= most)
		at += step;
	return at;
}

/* The lag that leaves the least; it must leave less than half of what no lag leaves. */
static void find_lag(struct comparison *c)
{
	size_t n;
	i128 none = cost(c, 0, &n);
	int lag = n ? least(c, -MOST_LAG, MOST_LAG, LAG_STEP, 0) : 0;

	if (n)
		lag = least(c, lag - LAG_STEP < -MOST_LAG ? -MOST_LAG : lag - LAG_STEP,
			lag + LAG_STEP > MOST_LAG ? MOST_LAG : lag + LAG_STEP, 1, lag);
	c->lag_found = lag && cost(c, lag, &n) * 2 < none && none > 1000;
	if (!c->lag_found)
		return;
	c->lag = lag;
	c->lag_from = fits_until(c, -1);
	c->lag_to = fits_until(c, 1);
}

static int64_t rounded(i128 n, i128 d)
{
	return (int64_t)((n >= 0 ? n + d / 2 : n - d / 2) / d);
}

/* One number of bytes for every packet: 4 is an FCS, 4n are tags, 14 or 18 an Ethernet header. */
static void find_per_packet(struct comparison *c)
{
	i128 packets = 0;

	for (int d = 0; d < DIRECTIONS; d++)
		for (size_t i = 0; i < c->bins; i++) {
			const struct pair *p = &c->pair[d][i];

			if (!both(p))
				continue;
			c->difference += diff(p);
			packets += (i128)p->our_packets;
		}
	c->residue = c->difference;
	if (!packets)
		return;
	c->tenths = rounded(c->difference * 10, packets);
	c->per_packet = rounded(c->difference, packets);
	if (!c->per_packet || absolute(c->per_packet) > 64)
		return;
	c->residue = c->difference - c->per_packet * packets;
	/* It explains the difference if little of it is left. */
	c->per_packet_found = absolute(c->residue) * 20 <= absolute(c->difference);
	if (!c->per_packet_found)
		c->residue = c->difference;
}

static enum verdict judge(const struct pair *p)
{
	i128 d = absolute(diff(p));

	if (!p->ours && !p->theirs)
		return VERDICT_NONE;
	if (!p->ours)
		return VERDICT_OURS_MISSING;
	if (!p->theirs)
		return VERDICT_THEIRS_MISSING;
	if (matches(d, p->our_bytes))
		return VERDICT_MATCH;
	return d * 100 <= (i128)p->our_bytes ? VERDICT_NEAR : VERDICT_MISMATCH;
}

static bool differs(const struct comparison *c, int d, size_t i)
{
	return i < c->bins && both(&c->pair[d][i]) && c->pair[d][i].verdict != VERDICT_MATCH;
}

/* Our traffic is not quite even within a bin, so a lag may leave a little: at most 1 %, and half of the gap. */
static bool fits(i128 left, i128 gap, u128 ours)
{
	return matches(left, ours) || (absolute(left) * 100 <= (i128)ours && absolute(left) * 2 <= absolute(gap));
}

/* The first reason that makes the bin fit. */
static enum cause explain(const struct comparison *c, int d, size_t i)
{
	const struct pair *p = &c->pair[d][i];
	i128 gap = diff(p);
	u128 moved;

	if (c->per_packet_found && matches(gap - c->per_packet * (i128)p->our_packets, p->our_bytes))
		return CAUSE_PER_PACKET;
	if (c->lag_found && lagged(c, d, i, c->lag, &moved) &&
		fits((i128)p->their_bytes - (i128)(moved / BIN_SECONDS), gap, p->our_bytes))
		return CAUSE_LAG;
	if (differs(c, d, i + 1) && matches(gap + diff(p + 1), p->our_bytes))
		return CAUSE_SHIFTED;
	if (i && differs(c, d, i - 1) && matches(gap + diff(p - 1), p->our_bytes))
		return CAUSE_SHIFTED;
	if (gap > 0 && p->missed && gap <= (i128)p->missed * WIRE_MOST)
		return CAUSE_MISSED;
	if (gap < 0 && !differs(c, d, i + 1) && !(i && differs(c, d, i - 1)))
		return CAUSE_STEP;
	return CAUSE_NONE;
}

void reconcile(struct comparison *c, int lag)
{
	c->lag = c->lag_from = c->lag_to = lag == LAG_UNKNOWN ? 0 : lag;
	c->lag_found = c->lag != 0;
	if (lag == LAG_UNKNOWN)
		find_lag(c);
	find_per_packet(c);
	for (int d = 0; d < DIRECTIONS; d++)
		for (size_t i = 0; i < c->bins; i++)
			c->pair[d][i].verdict = judge(&c->pair[d][i]);
	for (int d = 0; d < DIRECTIONS; d++)
		for (size_t i = 0; i < c->bins; i++) {
			struct pair *p = &c->pair[d][i];

			if (differs(c, d, i))
				p->cause = explain(c, d, i);
			c->count[p->verdict]++;
			c->causes[p->cause] += p->cause != CAUSE_NONE;
		}
}
