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

#define QUOTE_MOST 60 /* bytes of the text that are shown; each takes up to 4 */

char *diag_quote(char buf[static DIAG_QUOTE_SIZE], const char *s, size_t size)
{
	size_t most = size > QUOTE_MOST ? QUOTE_MOST : size, at = 0;

	while (most < size && most > 0 && ((unsigned char)s[most] & 0xc0) == 0x80)
		most--; /* not in the middle of a UTF-8 character */
	buf[at++] = '"';
	for (size_t i = 0; i < most; i++) {
		unsigned char c = (unsigned char)s[i];

		if (c < 0x20 || c == 0x7f)
			at += (size_t)snprintf(buf + at, 5, "\\x%02x", c);
		else
			buf[at++] = (char)c;
	}
	if (most < size)
		at += (size_t)snprintf(buf + at, 4, "...");
	buf[at++] = '"';
	buf[at] = 0;
	return buf;
}

void diag_end(const struct diag *d)
{
	if (d->count > diag_limit(d))
		fprintf(d->out, "... and %u more mistakes\n", d->count - diag_limit(d));
	fflush(d->out);
}
