/* SPDX-License-Identifier: BSD-3-Clause */
/* What the cells of a configuration mean, as text (format: docs/configuration.md, "Canonical text"). */
#ifndef CONTROL_CANONICAL_H
#define CONTROL_CANONICAL_H

#include "config.h"

/* Allocated; the caller frees. Equal texts if and only if the same frames give the same records. */
char *canonical_text(const struct config *c);

#endif
