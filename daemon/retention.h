/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Keeps the journal as long as `journal_age` says, and longer where something is still needed: what Redis
 * lacks, and what an open statement is made of. Without a contracts file the meter cannot know the
 * statements: then the running calendar quarter and the one before it stay (a period is a quarter at
 * the longest). Deletes a slice at a time in the event loop, between appends; a replay deletes at its
 * end. Main thread.
 */
#ifndef RETENTION_H
#define RETENTION_H

#include <stddef.h>

#include "journal.h"

struct meter;
struct retention;

#define RETENTION_REASON_SIZE 160

/* `meter` is borrowed; its event base, journal and sink outlive this. */
struct retention *retention_new(struct meter *meter);
void retention_free(struct retention *r); /* accepts NULL */

/* Deletes all that may go now. */
void retention_finish(struct retention *r);

/* Why less was deleted at the last look than `journal_age` asks for, or "". */
const char *retention_reason(const struct retention *r);

#endif
