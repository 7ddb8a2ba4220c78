/* SPDX-License-Identifier: BSD-3-Clause */
/* The other end of the control socket: one line to the running meter, its one line back. */
#ifndef CONTROL_CLIENT_H
#define CONTROL_CLIENT_H

#include "config.h"
#include "text.h"

/* Asks the meter of `c`. 0 and the reply without its line's end; -ENOENT: no meter runs on this
 * configuration; -ETIMEDOUT: it said nothing for `patience_s` seconds; another -errno. All but -ENOENT
 * are logged. */
int control_ask(const struct config *c, const char *command, unsigned patience_s, struct text *reply);

#endif
