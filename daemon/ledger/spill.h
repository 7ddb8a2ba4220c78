/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Intervals that have been cut and are not yet in the journal, one file each in the meter's state folder
 * (tmpfs), named by generation: "GENERATION.interval", the canonical text. A file appears whole, by
 * rename. What a full disk or a kill keeps from the journal waits here.
 */
#ifndef LEDGER_SPILL_H
#define LEDGER_SPILL_H

#include <stdint.h>

#include "cellbook.h"
#include "interval.h"

/* 0 or -errno (logged). */
int spill_put(const char *folder, const struct interval *iv);

/* The journal has it. */
void spill_drop(const char *folder, uint64_t generation);

/* The journal will never have it: it stays as "GENERATION.refused", for a person. */
void spill_refuse(const char *folder, uint64_t generation);

/* Calls `each` for every interval in the spill, in no order; each becomes the callback's. A file that is no
 * interval stays as "GENERATION.unreadable", for a person. 0, what `each` returned, or -errno (logged). */
typedef int spill_each_fn(void *context, struct interval *iv);
int spill_each(const char *folder, struct cellbook *book, spill_each_fn *each, void *context);

#endif
