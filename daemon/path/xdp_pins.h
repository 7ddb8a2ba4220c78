/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Where a meter's programs and maps are pinned, so that they outlive the daemon: a folder a meter in the
 * kernel's bpf file system. transitctl uses it too.
 *
 *   ROOT/transitd/METER/TAP-received   the program that sees what the tap's interface receives: its link, or the
 *                                      mark of its filter (xdp_filter.h)
 *                      /TAP-sent       the same for what it sends
 *                      /era-N/state    the meaning of the counters of one configuration (xdp_state.h)
 *                            /current  which bank is counted in
 *                            /bank-N   counters
 *
 * There is one era, and for as long as a reload takes, or until what a dead daemon left is written down, more:
 * the highest number is the newest.
 *
 * ROOT is /sys/fs/bpf in the mount namespace of the oldest process above us that we may look at: one of
 * our own (`ip netns exec` makes one) ends with us.
 */
#ifndef PATH_XDP_PINS_H
#define PATH_XDP_PINS_H

#include <stdbool.h>
#include <stddef.h>

#define XDP_PINS_SIZE 256

/* Writes the folder of `meter`, making the folders above it, and mounting the file system if that is missing.
 * 0, or -errno (logged). */
int xdp_pins_folder(char path[static XDP_PINS_SIZE], const char *meter);

/* The meter's name out of its folder. */
const char *xdp_pins_name(const char *path);

/* The folder of an era in that of its meter, and the lowest number of one above `after`, 0: there is none. */
void xdp_pins_era(char path[static XDP_PINS_SIZE], const char *folder, unsigned number);
unsigned xdp_pins_next_era(const char *folder, unsigned after);

/* Unpins an era's maps and removes its folder. What no process holds and no program uses ends with it. */
void xdp_pins_remove_era(const char *path);

/* Unpins everything in the folder of a meter, links and filters first, and removes it. The number of these, or -errno;
 * -ENOENT when there is no folder. */
int xdp_pins_remove(const char *path);

/* Takes off the links and filters that `keep` does not want kept. */
typedef bool xdp_pins_keep_fn(void *context, const char *name);
void xdp_pins_unlink(const char *path, xdp_pins_keep_fn *keep, void *context);

/* Makes the folder and holds it, so that one process at a time works with it: a descriptor, or -errno
 * (-EWOULDBLOCK: another one does). */
int xdp_pins_hold(const char *path);

#endif
