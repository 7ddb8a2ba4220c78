/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One five-minute bin in the making: the sum of its intervals up to some sequence number, and which parts
 * of it have changed since they were last written out. The sink folds intervals of the journal into it and
 * writes absolute totals, so that writing them again changes nothing. The cells' dictionary is remembered
 * from bin to bin; memory is bounded by it.
 */
#ifndef LEDGER_REDIS_FOLD_H
#define LEDGER_REDIS_FOLD_H

#include <stdint.h>

#include "interval.h"

struct redis_args;
struct redis_fold;

struct redis_fold *redis_fold_new(void);
void redis_fold_free(struct redis_fold *f); /* accepts NULL */

/* Forgets all sums: the bin that starts at `start` is empty now. */
void redis_fold_begin(struct redis_fold *f, int64_t start);
int64_t redis_fold_start(const struct redis_fold *f); /* -1 before the first bin */

/* Adds an interval of this bin. */
void redis_fold_add(struct redis_fold *f, const struct interval *iv);

/* What is in the sums counts as written. */
void redis_fold_settle(struct redis_fold *f);

/* Appends the commands (as redis_apply.lua reads them) that write what has changed under key number
 * `key`, and settles. */
void redis_fold_write(struct redis_fold *f, unsigned key, struct redis_args *out);

#endif
