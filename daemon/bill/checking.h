/* SPDX-License-Identifier: BSD-3-Clause */
/* Checking one statement, from a file or of the closed ones: its seal, and its figures recomputed from rows and
 * contracts. Everything that does not fit is named. */
#ifndef BILL_CHECKING_H
#define BILL_CHECKING_H

#include "billing.h"
#include "closing.h"
#include "sign.h"

struct checking {
	const char *what; /* the file or record, for messages */
	unsigned wrong;
};

/* A closing_differ_fn; `context` is the checking. */
void checking_differs(void *context, const char *path, const char *said, const char *computed);

/* The hash over the record, and the signature by the key that the caller trusts, or else (NULL) its own. */
void checking_seal(struct checking *c, const struct closing_parts *p, const struct sign_key *trusted);

/* Recomputes the statement from rows and contracts, and names what differs. 0, or -errno: it could not be done. */
int checking_recompute(struct billing *b, struct checking *c, const struct closing_parts *p);

/* Reads a public key; NULL for no path. 0, or -errno after a message. */
int checking_key(const char *path, struct sign_key **out);

/* The exit status; prints `good` if all is well. */
enum exit_status checking_told(const struct checking *c, int rc, const char *good);

#endif
