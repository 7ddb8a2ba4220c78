/* SPDX-License-Identifier: BSD-3-Clause */
#include "diag.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"

static unsigned diag_limit(const struct diag *d)
{
	return d->most ? d->most : DIAG_MOST;
}

/* Below 0x20, DEL, and U+0080 to U+009F, which terminals take as controls as well. */
static bool is_control(const unsigned char *s, size_t at, size_t size)
{
	if (s[at] == 0xc2 && at + 1 < size)
		return s[at + 1] >= 0x80 && s[at + 1] <= 0x9f;
	if (s[at] >= 0x80 && s[at] <= 0x9f && at > 0)
		return s[at - 1] == 0xc2;
	return s[at] < 0x20 || s[at] == 0x7f;
}

/* What a file brought into a message must not move the cursor of whoever reads it. */
static void put_plain(FILE *out, const char *s)
{
	size_t size = strlen(s);

	for (size_t i = 0; i < size; i++)
		if (is_control((const unsigned char *)s, i, size))
			fprintf(out, "\\x%02x", (unsigned char)s[i]);
		else
			fputc(s[i], out);
}

void diag_at(struct diag *d, const char *file, unsigned line, const char *format, ...)
{
	char *what = NULL;
	va_list ap;

	if (d->count++ >= diag_limit(d))
		return;
	va_start(ap, format);
	if (vasprintf(&what, format, ap) < 0)
		what = NULL; /* no memory for the words; the place is told */
	va_end(ap);
	if (d->out == stderr)
		log_line_erase();
	put_plain(d->out, file);
	if (line)
		fprintf(d->out, ":%u", line);
	fputs(": ", d->out);
	put_plain(d->out, what ? what : "(no memory to say what)");
	fputc('\n', d->out);
	free(what);
}

#define QUOTE_MOST 60 /* bytes of the text that are shown; each takes up to 4 */

bool diag_is_plain(const char *s, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (is_control((const unsigned char *)s, i, size))
			return false;
	return true;
}

char *diag_quote(char buf[static DIAG_QUOTE_SIZE], const char *s, size_t size)
{
	size_t most = size > QUOTE_MOST ? QUOTE_MOST : size, at = 0;

	while (most < size && most > 0 && ((unsigned char)s[most] & 0xc0) == 0x80)
		most--; /* not in the middle of a UTF-8 character */
	buf[at++] = '"';
	for (size_t i = 0; i < most; i++) {
		if (is_control((const unsigned char *)s, i, size))
			at += (size_t)snprintf(buf + at, 5, "\\x%02x", (unsigned char)s[i]);
		else
			buf[at++] = s[i];
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
