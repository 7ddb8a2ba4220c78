/* SPDX-License-Identifier: BSD-3-Clause */
/* What a meter's configuration knows that contracts refer to: peerings with their links, and classes. */
#ifndef BILL_WORLD_CONFIG_H
#define BILL_WORLD_CONFIG_H

#include "config.h"
#include "world.h"

/* Adds what the configuration names. */
void world_config(struct world *w, const struct config *c);

/* Adds what a configuration's canonical text names (control/canonical.h): other meters' are known by it. */
void world_canonical(struct world *w, const char *text);

#endif
