/* SPDX-License-Identifier: BSD-3-Clause */
/* `transitctl serve`: the page for a network operations room, and what it asks, over HTTP. */
#ifndef SERVE_SERVE_H
#define SERVE_SERVE_H

#include "command.h"

/* Until SIGTERM or SIGINT. */
enum exit_status serve_run(const struct ask *ask);

#endif
