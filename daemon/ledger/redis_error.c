/* SPDX-License-Identifier: BSD-3-Clause */
#include "redis_error.h"

#include <stdlib.h>
#include <string.h>

#include "text.h"

#define SHA1_DIGITS 40

bool redis_error_is(const char *error, const char *code)
{
	size_t n = strlen(code);

	if (strncmp(error, code, n) == 0 && (error[n] == ' ' || !error[n]))
		return true;
	/* Inside a script's error: "... -CODE why". */
	for (const char *at = strchr(error, '-'); at; at = strchr(at + 1, '-'))
		if (strncmp(at + 1, code, n) == 0 && at[n + 1] == ' ')
			return true;
	return false;
}

size_t redis_error_length(const char *error)
{
	static const char script[] = " script: ";
	size_t length = strcspn(error, "\r\n");

	for (const char *at = strstr(error, script); at; at = strstr(at + 1, script))
		if (strspn(at + strlen(script), "0123456789abcdef") == SHA1_DIGITS && (size_t)(at - error) < length)
			return (size_t)(at - error);
	return length;
}

bool redis_error_target(
	const char *error, const struct redis_server *answered, struct redis_server *out)
{
	const char *slot = strchr(error, ' '), *at, *colon;
	long port;

	if (!redis_error_is(error, "MOVED") && !redis_error_is(error, "ASK"))
		return false;
	at = slot ? strchr(slot + 1, ' ') : NULL;
	colon = at ? strrchr(at, ':') : NULL; /* the last one: an IPv6 address has more */
	port = colon ? strtol(colon + 1, NULL, 10) : 0;
	if (port < 1 || port > 65535)
		return false;
	at++;
	out->host = at == colon ? mem_dup(answered->host) : strndup(at, (size_t)(colon - at));
	out->port = (uint16_t)port;
	return out->host != NULL;
}
