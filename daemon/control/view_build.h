/* SPDX-License-Identifier: BSD-3-Clause */
/* A configuration as the packet path reads it. */
#ifndef CONTROL_VIEW_BUILD_H
#define CONTROL_VIEW_BUILD_H

#include "config.h"
#include "view.h"

/* 0 and a finished view; -E2BIG when the configuration asks for more cells than a bank can hold, -ENOMEM.
 * Logs the reason. The view keeps nothing of `c`. */
int view_build(const struct config *c, struct view **out);
void view_free(struct view *v); /* accepts NULL */

#endif
