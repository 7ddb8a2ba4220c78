/* SPDX-License-Identifier: BSD-3-Clause */
/* Looks over a text before the YAML library gets it. */
#ifndef CONTROL_YAML_GUARD_H
#define CONTROL_YAML_GUARD_H

#include <stddef.h>

#include "diag.h"

/* 0, or -EINVAL after a line in `d`. */
int yaml_guard(const char *file, const char *text, size_t size, struct diag *d);

#endif
