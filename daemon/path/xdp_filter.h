/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Filters of the clsact qdisc: how a program is had at tc before Linux 6.6. The kernel keeps a filter with its
 * interface and not by a pin; its mark, a folder in the place of a pin, tells that there is one. The mark is made
 * before the filter and removed after it, so that a kill leaves no filter without a mark.
 *
 * A filter is known by its handle, which is made of the mark's name (METER/TAP-received, METER/TAP-sent).
 */
#ifndef PATH_XDP_FILTER_H
#define PATH_XDP_FILTER_H

#include <stdbool.h>

/* Puts the program on a side of interface `index`, before all filters of a lower priority; the one that the mark stands
 * for is replaced in one step, and taken off where it is on another interface. Makes the qdisc if there is none, which
 * stays. 0 or -errno. */
int xdp_filter_put(const char *mark, int index, bool sent, int program);

/* Does the mark stand for a filter, and is it there? */
bool xdp_filter_is_at(const char *mark, int index, bool sent);

/* Takes it off, and removes the mark. */
void xdp_filter_take(const char *mark, int index, bool sent);

/* The same on whichever interface of this network namespace it is; nothing, if the path is no mark. False: there was a
 * mark, and no filter. */
bool xdp_filter_remove(const char *mark);

#endif
