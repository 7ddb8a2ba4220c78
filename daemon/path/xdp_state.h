/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The counters of one configuration of a meter (an era) in the kernel, and what they mean: pinned, so that a
 * daemon that is killed loses none. One thread at a time; who holds the meter's folder keeps others out.
 *
 * Each bank has a label: the generation (ledger/bankfile.h) of the interval it counts for, and its start.
 * One bank is current. What holds after a kill at any moment; safe is a generation that the spill or the
 * journal has:
 *
 *   label 0, or a safe generation              nothing in it that is not written down: to be cleared
 *   not current, generation above current's    never was current: nothing in it
 *   not current, else                          an interval that is to be written down
 *   current                                    what was counted since the last cut
 *
 * XDP_OPEN is the generation of a current bank between two daemons: above all others, and never safe.
 */
#ifndef PATH_XDP_STATE_H
#define PATH_XDP_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "digest.h"
#include "layout.h"
#include "xdp_bank.h"
#include "xdp_pins.h"

#define XDP_BANKS 2
#define XDP_OPEN  (UINT64_C(1) << 63)

struct xdp_record; /* the pinned form */

struct xdp_state {
	char folder[XDP_PINS_SIZE]; /* of the era */
	int record_fd, current_fd;
	size_t record_size;
	struct xdp_record *record;
	struct layout layout; /* as the record has it */
	unsigned interval; /* seconds, likewise */
	struct xdp_shape shape;
	struct xdp_bank bank[XDP_BANKS];
	unsigned current; /* number of a bank */
	int resting;	  /* the one that the last cut left, -1: none */
};

/* What was pinned in `folder`: 0, -ENOENT when nothing that is whole is, or -errno (logged). -EINVAL: what is there
 * cannot be read by this version. */
int xdp_state_open(struct xdp_state *s, const char *folder);

/* A new one, pinned. 0 or -errno (logged). */
int xdp_state_create(struct xdp_state *s, const char *folder, const struct layout *layout, unsigned interval);

/* Lets go; what is pinned stays, or does not. Both accept one that holds nothing, as XDP_STATE_NONE does. */
void xdp_state_close(struct xdp_state *s);
void xdp_state_remove(struct xdp_state *s);
#define XDP_STATE_NONE ((struct xdp_state){ .record_fd = -1, .current_fd = -1, .resting = -1 })

bool xdp_state_fits(const struct xdp_state *s, const struct layout *layout, unsigned interval);

/* The configuration under which counting goes on. */
void xdp_state_set_config(struct xdp_state *s, const struct digest *config);
struct digest xdp_state_config(const struct xdp_state *s);

/* Sorts out what a dead daemon left, by the rules above: clears what is safe, and raises *newest to the
 * newest generation that a label has. */
typedef bool xdp_state_safe_fn(void *context, uint64_t generation);
void xdp_state_sort(struct xdp_state *s, xdp_state_safe_fn *is_safe, void *context, uint64_t *newest);

/* The oldest interval that is to be written down, as `generation`: its banks and its start, or NULL. With
 * `and_current` the current bank, at rest, counts among them. Then xdp_state_done(). */
struct bank **xdp_state_left(
	struct xdp_state *s, uint64_t generation, bool and_current, size_t *n, int64_t *start);
void xdp_state_done(struct xdp_state *s, uint64_t generation);

/* The current bank counts for this interval from now on; or for one still to be told. */
void xdp_state_label(struct xdp_state *s, uint64_t generation, int64_t start);
void xdp_state_label_open(struct xdp_state *s);

/* The cut: the other bank becomes current, as `generation`; s->resting is the old one, or -1 (logged) when
 * they could not be changed: what is counted goes on in the current one, for this interval. */
void xdp_state_next(struct xdp_state *s, uint64_t generation, int64_t start);

/* The resting bank is written down. */
void xdp_state_rest_done(struct xdp_state *s);

/* Waits until no program runs that counts in another bank than the current one. */
void xdp_state_quiesce(struct xdp_state *s);

/* Nothing is attached any more that counts here: the current bank is the one at rest when this returns. */
void xdp_state_stop(struct xdp_state *s);

/* Is everything written down? */
bool xdp_state_empty(const struct xdp_state *s);

#endif
