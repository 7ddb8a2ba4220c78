/* SPDX-License-Identifier: BSD-3-Clause */
/* `transitctl top`: links and peerings as they are now, until `q`. */
#ifndef TOP_TOP_H
#define TOP_TOP_H

#include "command.h"

/* Asks the running meter: control_ask() of the program that links this. */
typedef int top_control_fn(const struct config *c, const char *command, unsigned patience_s, struct text *reply);

/* With --once, or where there is no terminal, one frame as text. `control` NULL: no meter is asked. */
enum exit_status top_watch(const struct ask *ask, top_control_fn *control);

#endif
