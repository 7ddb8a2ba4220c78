/* SPDX-License-Identifier: BSD-3-Clause */
/* The commands about money, for transitctl's table. */
#ifndef BILL_BILL_H
#define BILL_BILL_H

#include "command.h"

enum exit_status settle_run(const struct ask *ask);
enum exit_status usage_run(const struct ask *ask);

#endif
