/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Keeps memory in step with the meters: reads what there is, month by month and a day at a time, so that the
 * caller's loop goes on between two steps; then looks for new intervals and reads the bins again that they
 * changed. All five-minute figures come from usage rows (bill/merge.h), as those of every other command.
 * One thread.
 */
#ifndef SERVE_FOLLOW_H
#define SERVE_FOLLOW_H

#include "recent.h"
#include "source.h"

struct follow;

/* Sources and topology are borrowed. Nothing is read yet. */
struct follow *follow_new(struct source *source, size_t n, struct topology *t);
void follow_free(struct follow *f); /* accepts NULL */

/* Before the first step: of this partner the store keeps all bins from `from` on, however old. */
void follow_keep(struct follow *f, const char *partner, int64_t from);

/* The next piece of what there was at the beginning: first the month of the newest interval and the one before
 * it, then, into the load alone, what is older. 1: there is more, or no interval yet; 0: all is read; or -errno
 * (logged). */
int follow_step(struct follow *f);
/* Whether the two months are read; and hundredths of the way to there. */
bool follow_ready(const struct follow *f);
unsigned follow_percent(const struct follow *f);
/* Whether all is read: what looks back over months may be asked. */
bool follow_complete(const struct follow *f);

/* Once ready: asks the meters for new intervals. 1: there are some, and memory has them; 0: none; -errno (logged once
 * for as long as it lasts): a source cannot be read now. */
int follow_poll(struct follow *f);

/* Load of links since the first bin; of peerings and classes since the month before the current one, and of
 * partners that are kept from their time on. */
struct load *follow_load(const struct follow *f);
struct store *follow_store(const struct follow *f);
struct recent *follow_recent(const struct follow *f);

/* Counts up with every change of the bins. */
uint64_t follow_version(const struct follow *f);
/* Start of the store's first bin, and of the current month: that of the newest interval, in UTC. 0: no interval. */
int64_t follow_from(const struct follow *f);
int64_t follow_month(const struct follow *f);
/* End of the newest interval's bin. 0: no interval. */
int64_t follow_end(const struct follow *f);

struct follow_meter {
	const char *name;
	unsigned interval;  /* seconds */
	struct journal_head head;
	bool failing;	    /* the last look did not succeed */
};
size_t follow_meters(const struct follow *f);
struct follow_meter follow_meter(const struct follow *f, size_t i);
struct source *follow_source(const struct follow *f, size_t i);

#endif
