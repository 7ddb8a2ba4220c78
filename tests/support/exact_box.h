/* SPDX-License-Identifier: BSD-3-Clause */
/* The pool that a test program's exact numbers live in; for cmocka's groups. Needs <cmocka.h>'s headers before it. */
#ifndef SUPPORT_EXACT_BOX_H
#define SUPPORT_EXACT_BOX_H

#include "exact.h"

static struct exact_pool *pool;

static int setup(void **state)
{
	(void)state;
	pool = exact_pool_new();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	exact_pool_free(pool);
	return 0;
}

#endif
