/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Closed statements: one SQLite file beside the contracts, apart from the meters' journals, since a statement
 * may come from many meters and is kept far longer than bins. Records are only ever added: numbers have no
 * gaps, the file itself refuses changes, and each record's text holds the SHA-256 of the one before.
 * Functions return 0 or -errno and log what failed with the file's path. One handle, one thread.
 */
#ifndef LEDGER_JOURNAL_CLOSED_H
#define LEDGER_JOURNAL_CLOSED_H

#include <stdbool.h>
#include <stdint.h>

struct closed;

struct closed_record {
	uint64_t number; /* 1, 2, 3 ... */
	const char *contract, *period;
	unsigned revision; /* 1, 2 ... of this contract and period */
	const char *text;  /* the canonical record */
	const char *sha256; /* of the text, hexadecimal */
	const char *public_key, *signature; /* hexadecimal, or "" */
};

/* -ENOENT when it is not there and `create` is false. */
int closed_open(const char *path, bool create, struct closed **out);
void closed_close(struct closed *c); /* accepts NULL */

/* Walks the records in order of their number; of one contract if `contract` is given. The record is the
 * callback's only until it returns; anything but 0 ends the walk and is returned. */
typedef int closed_each_fn(void *context, const struct closed_record *r);
int closed_walk(struct closed *c, const char *contract, closed_each_fn *each, void *context);

/* Adds one record in one transaction. `make` gets the number that it will have, the hash of the last one (64
 * zeros for the first) and the newest record of this contract and period (NULL: none), and fills in text,
 * sha256, public_key and signature, which must live until closed_add() returns. */
typedef int closed_make_fn(void *context, uint64_t number, const char *previous,
	const struct closed_record *newest, struct closed_record *out);
int closed_add(struct closed *c, const char *contract, const char *period, closed_make_fn *make, void *context);

#endif
