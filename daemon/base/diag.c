/* SPDX-License-Identifier: BSD-3-Clause */
#include "diag.h"

#include <stdarg.h>

static unsigned diag_limit(const struct diag *d)
{
	return d->most ? d->most : DIAG_MOST;
}

void diag_at(struct diag *d, const char *file, unsigned line, const char *format, ...)
{
	va_list ap;

	if (d->count++ >= diag_limit(d))
		return;
	if (line)
		fprintf(d->out, "%s:%u: ", file, line);
	else
		fprintf(d->out, "%s: ", file);
	va_start(ap, format);
	vfprintf(d->out, format, ap);
	va_end(ap);
	fputc('\n', d->out);
}

void diag_end(const struct diag *d)
{
	if (d->count > diag_limit(d))
		fprintf(d->out, "... and %u more mistakes\n", d->count - diag_limit(d));
	fflush(d->out);
}
