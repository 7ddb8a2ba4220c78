/* SPDX-License-Identifier: BSD-3-Clause */
/* A meter's reply to `status` as one screen for people. */
#ifndef STATUS_SCREEN_H
#define STATUS_SCREEN_H

#include <stdint.h>
#include <stdio.h>

#include "yaml.h"

/* `now`: Unix seconds, for ages. */
void status_screen(FILE *out, const struct yaml_node *reply, int64_t now);

#endif
