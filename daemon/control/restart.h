/* SPDX-License-Identifier: BSD-3-Clause */
/* What a running meter cannot change: a reload with another value is refused. */
#ifndef CONTROL_RESTART_H
#define CONTROL_RESTART_H

#include "config.h"

/* The key whose new value needs a restart of the meter, or NULL if none does. */
const char *restart_needed(const struct config *running, const struct config *next);

#endif
