/* SPDX-License-Identifier: BSD-3-Clause */
/* What the cells of a configuration mean, as text (format: docs/configuration.md, "Canonical text"). */
#ifndef CONTROL_CANONICAL_H
#define CONTROL_CANONICAL_H

#include "config.h"

/* Allocated; the caller frees. Equal texts if and only if the same frames give the same records. */
char *canonical_text(const struct config *c);
/* Gives each line of such a text, without its end, to `give`. A line of 256 bytes or more is none that
 * canonical_text() wrote (names are short), and is passed over. */
void canonical_lines(const char *text, void (*give)(void *to, const char *line), void *to);

#endif
