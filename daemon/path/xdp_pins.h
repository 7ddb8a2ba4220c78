/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Where a meter's programs and maps are pinned, so that they outlive the daemon: a folder a meter in the
 * kernel's bpf file system. Files alone: transitctl uses it too, and needs no libbpf to unpin.
 *
 *   ROOT/transitd/METER/state         the meaning of the counters (xdp_state.h)
 *                      /current       which bank is counted in
 *                      /bank-N        counters
 *                      /TAP-received  a link: the program that sees what the tap's interface receives
 *                      /TAP-sent      the same for what it sends
 *   ROOT/transitd/METER_old/          the same of another layout, on its way into the journal
 *
 * ROOT is /sys/fs/bpf in the mount namespace of the oldest process above us that we may look at: one of
 * our own (`ip netns exec` makes one) ends with us.
 */
#ifndef PATH_XDP_PINS_H
#define PATH_XDP_PINS_H

#include <stdbool.h>
#include <stddef.h>

#define XDP_PINS_SIZE 256

/* Writes the folder of `meter` with `suffix`, making the folders above it, and mounting the file system if
 * that is missing. 0, or -errno (logged). */
int xdp_pins_folder(char path[static XDP_PINS_SIZE], const char *meter, const char *suffix);

/* The meter's name out of its folder. */
const char *xdp_pins_name(const char *path);

/* Unpins everything in the folder, links first, and removes it. What no process holds ends with it. The
 * number of links that were pinned there, or -errno; -ENOENT when there is no folder. */
int xdp_pins_remove(const char *path);

/* Unpins the links that `keep` does not want kept. */
typedef bool xdp_pins_keep_fn(void *context, const char *name);
void xdp_pins_unlink(const char *path, xdp_pins_keep_fn *keep, void *context);

/* Makes the folder and holds it, so that one process at a time works with it: a descriptor, or -errno
 * (-EWOULDBLOCK: another one does). */
int xdp_pins_hold(const char *path);

#endif
