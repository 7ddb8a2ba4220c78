/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One closed interval: what every tap delivered and what every cell counted, and its canonical
 * text.
 *
 * The canonical text is what the hash chain covers, what Redis holds and what a partner can
 * recompute with sha256sum. Lines end in '\n', fields are separated by one space, taps are sorted
 * by name, records by cell_name_compare(), only records that counted something:
 *
 *   interval METER SEQ START END COVERED_MS ORIGIN CONFIG_DIGEST
 *   tap NAME PACKETS L2_BYTES UNKNOWN_PACKETS UNKNOWN_L2_BYTES MALFORMED LATE MISSED
 *   record LINK PARTNER PEERING DIRECTION CLASS COS FAMILY PACKETS L2_BYTES L3_BYTES
 *
 * START and END are RFC 3339 UTC, the digest is hexadecimal, numbers are decimal without leading
 * zeros. chain(n) = SHA-256(hex(chain(n-1)) "\n" text(n)); chain(0) is 32 zero bytes.
 */
#ifndef LEDGER_INTERVAL_H
#define LEDGER_INTERVAL_H

#include <stddef.h>
#include <stdint.h>

#include "cellbook.h"
#include "digest.h"
#include "text.h"
#include "transitd/words.h"

enum origin {
	ORIGIN_LIVE,	  /* cut by the clock of a running meter */
	ORIGIN_CAPTURE,	  /* cut by the timestamps of capture files */
	ORIGIN_RECOVERED, /* found in the counters that a dead daemon left behind */
	ORIGINS,
};

struct tap_count {
	char name[NAME_SIZE];
	uint64_t packets, l2_bytes;		   /* what the tap delivered */
	uint64_t unknown_packets, unknown_l2_bytes; /* of these, in no cell */
	uint64_t malformed, late;
	uint64_t missed; /* what the tap could not deliver; not in packets */
};

struct record {
	const struct cell_name *cell; /* borrowed from a cellbook that outlives the interval */
	struct counters count;
};

struct interval {
	char meter[NAME_SIZE];
	uint64_t seq;	     /* 1, 2, 3 ... per meter and journal; 0: not yet numbered */
	int64_t start, end;  /* Unix seconds, [start, end) */
	uint32_t covered_ms; /* how long the meter ran inside [start, end) */
	enum origin origin;
	struct digest config; /* of the configuration in force */
	struct digest chain;  /* set by whoever numbers or reads it */
	uint64_t
		generation; /* of the counters it was cut from (bankfile.h); 0: of none. Not in the text */
	struct tap_count *taps;
	struct record *records;
	size_t n_taps, n_records;
};

/* Only such records are written anywhere. */
static inline int record_counted(const struct record *r)
{
	return r->count.packets || r->count.l2_bytes || r->count.l3_bytes;
}

struct interval *interval_new(size_t n_taps, size_t n_records);
void interval_free(struct interval *iv); /* accepts NULL */

/* An interval from `start` on in which the same taps delivered nothing, not covered; of no generation. */
struct interval *interval_silent(const struct interval *like, int64_t start);

/* Points the records at the entries of another book, which must outlive the interval. */
void interval_adopt(struct interval *iv, struct cellbook *book);

/* Sorts taps and records into canonical order. */
void interval_sort(struct interval *iv);

/* Appends the canonical text of a sorted interval. */
void interval_encode(const struct interval *iv, struct text *out);

/* Reads a canonical text back (chain is left zero). 0, or -EINVAL; nothing but the exact form that
 * interval_encode() writes is accepted. */
int interval_decode(const char *text, size_t size, struct cellbook *book, struct interval **out);

/* chain(n) from chain(n-1) and the canonical text. */
struct digest interval_chain(const struct digest *previous, const char *text, size_t size);

/* 0; -EINVAL: not in canonical order, or a tap or a cell twice; -EBADMSG: not the conservation
 * identity of contract section 2, sum(records) + sum(unknown) = sum(taps), packets and l2_bytes. */
int interval_check(const struct interval *iv);

extern const char *const origin_name[ORIGINS]; /* "live", "capture", "recovered" */

#endif
