/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The live taps of a meter: DPDK ports, which workers poll, and the kernel's XDP programs, which count by
 * themselves. Also what the ports say of themselves: frames they could not deliver, and the cross-check of
 * what they received with what was counted. Main thread, but for the two functions that say otherwise.
 */
#ifndef LIVE_TAPS_H
#define LIVE_TAPS_H

#include <stdbool.h>

#include "cut_source.h"
#include "meter.h"
#include "worker.h"

struct live_taps;
struct live_drift;

/* `folder` (borrowed) is that of the state. A port gets queues for up to `n_workers`. 0 or -errno (logged). */
int live_taps_open(struct meter *m, const char *folder, size_t n_workers, struct live_taps **out);
void live_taps_close(struct live_taps *t); /* after the workers have ended; accepts NULL */

/* Whether there is anything for workers to poll. */
bool live_taps_are_polled(const struct live_taps *t);

/* A reload: makes what the taps need to count by `next` from a cut on. 0 or -errno (logged): nothing has changed. */
int live_taps_prepare(struct live_taps *t, const struct era *next);

/* Deals the queues to the workers [n_workers] of live_taps_open(): each frees its `queue` array. */
void live_taps_deal(struct live_taps *t, struct worker *worker, size_t n_workers);

/* XDP taps count from here on, and what a dead daemon's had counted is in the spill. Before recover_run().
 * `in_journal`: the newest generation that the journal has. 0 or -errno (logged). */
int live_taps_attach(struct live_taps *t, uint64_t in_journal);

/* What counts beside the workers; without ops when nothing does. */
struct cut_source live_taps_source(const struct live_taps *t);

/* The cutter's thread: what tap `tap` missed since the last call, and an interval that was cut. `self` is
 * the taps. */
uint64_t live_taps_missed(void *self, uint32_t tap);
void live_taps_seen(void *self, const struct interval *iv);

/* How a tap on a kernel interface is metered now. False: `tap` is none. */
struct tap_xdp_state;
bool live_taps_interface(const struct live_taps *t, uint32_t tap, struct tap_xdp_state *out);

/* The cross-check, tap by tap; the taps own it. */
struct live_drift *live_taps_drift(const struct live_taps *t);

/* Logs it: at the end, when nothing moves any more and both should be one number. */
void live_taps_tell_drift(const struct live_taps *t);

#endif
