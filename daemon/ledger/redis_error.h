/* SPDX-License-Identifier: BSD-3-Clause */
/* What Redis says when it does not do what it was asked. */
#ifndef LEDGER_REDIS_ERROR_H
#define LEDGER_REDIS_ERROR_H

#include <stdbool.h>
#include <stddef.h>

#include "redis_conn.h"

/* Whether an error reply has this code: "MOVED 1 ...", or wrapped by a script of Redis before 7 ("ERR
 * Error running script ...: -OOM ..."). */
bool redis_error_is(const char *error, const char *code);

/* How much of an error people should see: its first line, without the name and the line of the script that it
 * happened in ("... script: SHA1, on @user_script:1."). */
size_t redis_error_length(const char *error);

/* Where "MOVED SLOT HOST:PORT" and "ASK SLOT HOST:PORT" point to; an empty host is the one that answered.
 * The host is allocated. False: it is no such error. */
bool redis_error_target(
	const char *error, const struct redis_server *answered, struct redis_server *out);

#endif
