/* SPDX-License-Identifier: BSD-3-Clause */
/* `transitctl verify` for the closed statements that --contracts or --statements name. */
#ifndef BILL_VERIFY_CLOSED_H
#define BILL_VERIFY_CLOSED_H

#include "command.h"

enum exit_status verify_closed(const struct ask *ask);

#endif
