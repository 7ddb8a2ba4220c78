/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Where a running meter keeps what must outlive the process but not the machine, and where its control
 * socket is. The daemon and transitctl find it in the same way, from the configuration.
 */
#ifndef CONTROL_STATE_H
#define CONTROL_STATE_H

#include "config.h"

#define STATE_SOCKET "control" /* in the folder */

/* The folder's path (allocated; the caller frees): `state`, or /dev/shm/transitd-METER-HASH with the hash of
 * the journal's real path, so that two meters of one name never meet. */
char *state_folder(const struct config *c);

/* Makes it, mode 0750, if it is not there. 0 or -errno (logged). */
int state_make(const char *folder);

/* Removes it if there is nothing in it. Not for one that the user named: its owner and mode are the user's. */
void state_remove(const char *folder);

#endif
