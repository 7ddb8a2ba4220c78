/* SPDX-License-Identifier: BSD-3-Clause */
/* The commands about money, for transitctl's table. */
#ifndef BILL_BILL_H
#define BILL_BILL_H

#include "command.h"

/* The interval chain as verify_run(), and statements. */
enum exit_status verify_all_run(const struct ask *ask);
enum exit_status capacity_run(const struct ask *ask);
enum exit_status net_run(const struct ask *ask);
enum exit_status reconcile_run(const struct ask *ask);
enum exit_status keygen_run(const struct ask *ask);
enum exit_status settle_run(const struct ask *ask);
enum exit_status usage_run(const struct ask *ask);

#endif
