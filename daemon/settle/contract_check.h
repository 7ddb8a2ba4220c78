/* SPDX-License-Identifier: BSD-3-Clause */
/* What no single key can tell: defaults that follow from other keys, and contradictions between keys. */
#ifndef SETTLE_CONTRACT_CHECK_H
#define SETTLE_CONTRACT_CHECK_H

#include "contract_key.h"

/* After one contract's keys are read. */
void contract_finish(struct reading *r, struct contract *c);
/* After all: sorts the versions, numbers them, and refuses those that overlap. */
void contract_versions(struct reading *r, struct contracts *all);

#endif
