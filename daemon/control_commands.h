/* SPDX-License-Identifier: BSD-3-Clause */
/* Commands of transitctl that ask the running meter, not what it has written; docs/control.md. */
#ifndef CONTROL_COMMANDS_H
#define CONTROL_COMMANDS_H

#include "command.h"

/* 0: healthy; 1: no meter runs, or it is not healthy. */
enum exit_status status_run(const struct ask *ask);

/* 0: the configuration is in force from the next interval on; 1: no meter runs; 2: refused. */
enum exit_status reload_run(const struct ask *ask);
enum exit_status top_run(const struct ask *ask); /* top.h */
enum exit_status detach_run(const struct ask *ask); /* detach.c; needs no meter that runs */

#endif
