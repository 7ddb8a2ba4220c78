/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Our bins against the partner's (settlement rules, section 5): pure functions of two series. Integers
 * throughout; a bin that either side lacks is not compared.
 */
#ifndef BILL_RECONCILE_H
#define BILL_RECONCILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exact.h"
#include "transitd/words.h"

__extension__ typedef __int128 i128;

enum verdict { VERDICT_MATCH, VERDICT_NEAR, VERDICT_MISMATCH, VERDICT_OURS_MISSING, VERDICT_THEIRS_MISSING,
	VERDICT_NONE /* neither has it */, VERDICTS };
enum cause { CAUSE_NONE, CAUSE_PER_PACKET, CAUSE_LAG, CAUSE_SHIFTED, CAUSE_STEP, CAUSE_MISSED, CAUSES };

extern const char *const verdict_name[VERDICTS];
extern const char *const cause_name[CAUSES];

struct pair {
	bool ours, theirs; /* who has the bin */
	u128 our_bytes, our_packets, their_bytes;
	uint64_t missed; /* packets that our taps missed */
	enum verdict verdict;
	enum cause cause;
};

struct comparison {
	int64_t from;
	size_t bins;
	struct pair *pair[DIRECTIONS];
	int lag; /* seconds that their clock is ahead of ours */
	bool lag_found;
	int lag_from, lag_to; /* the lags beside it that fit nearly as well: how finely the data tell it */
	/* A constant number of bytes a packet: tenths, what it is rounded to, and what is left over. */
	i128 difference, residue;
	int64_t tenths, per_packet;
	bool per_packet_found;
	size_t count[VERDICTS], causes[CAUSES];
};

#define LAG_UNKNOWN INT32_MIN

/* Fills in everything but `from`, `bins` and the pairs' bytes. A `lag` that is given (not LAG_UNKNOWN) is not
 * estimated. An estimate is to the second, within 600 s: bins have 300 s, so a lag between two multiples of that
 * is found by taking our traffic as even within each bin. */
void reconcile(struct comparison *c, int lag);

#endif
