/* SPDX-License-Identifier: BSD-3-Clause */
/* The XDP taps of a meter, as a source of the cut. Main thread, but for what cut_source.h says. */
#ifndef LIVE_XDP_H
#define LIVE_XDP_H

#include "cut_source.h"
#include "meter.h"
#include "tap_xdp.h"

struct live_xdp;

/* `folder` (borrowed) is that of the state, where the spill is. *out stays NULL when the meter has no XDP taps. 0 or -errno (logged). */
int live_xdp_open(struct meter *m, const char *folder, struct live_xdp **out);
void live_xdp_close(struct live_xdp *x); /* accepts NULL */

/* Frames count from here on. What a dead daemon had cut and not yet put into the spill is there when this
 * returns. Before recover_run(). `in_journal`: the newest generation that the journal has. 0 or -errno
 * (logged). */
int live_xdp_attach(struct live_xdp *x, uint64_t in_journal);

struct cut_source live_xdp_source(struct live_xdp *x);

/* Makes what the kernel needs to count by `next` from a cut on. 0 or -errno (logged): nothing has changed. */
int live_xdp_prepare(struct live_xdp *x, const struct era *next);

/* What tap `tap` missed since the last call. */
uint64_t live_xdp_missed(struct live_xdp *x, uint32_t tap);

/* How tap `tap` is metered now. */
void live_xdp_state(struct live_xdp *x, uint32_t tap, struct tap_xdp_state *out);

#endif
