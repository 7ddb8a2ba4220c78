/* SPDX-License-Identifier: BSD-3-Clause */
#include "rows.h"

#include <errno.h>

#include "log.h"

int rows_read(const struct ask *ask, const struct rows_wanted *want, struct cells *cells, struct diag *d,
	row_fn *each, void *context, struct evidence *out)
{
	(void)want;
	if (ask->options->usage)
		return evidence_read(ask->options->usage, cells, d, each, context, out);
	log_error("%s needs --usage FILE or --config FILE", ask->options->command);
	return -EINVAL;
}
