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
	int lag; /* seconds that their clock is ahead of ours, a multiple of 60 */
	bool lag_found;
	/* A constant number of bytes a packet: tenths, what it is rounded to, and what is left over. */
	i128 difference, residue;
	int64_t tenths, per_packet;
	bool per_packet_found;
	size_t count[VERDICTS], causes[CAUSES];
};

/* Fills in everything but `from`, `bins` and the pairs' bytes. `lag` given (not INT32_MIN) is not estimated. */
void reconcile(struct comparison *c, int lag);

#endif
