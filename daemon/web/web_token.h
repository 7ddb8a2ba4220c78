/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Bearer tokens from a file (RFC 6750): lines "NAME TOKEN" or "NAME TOKEN SCOPE"; '#' starts a
 * comment. NAME and SCOPE are names of the contract; a token has 16 to 256 characters of A-Z a-z
 * 0-9 - . _ ~ + / =. What a scope means is the program's choice (transitctl serve: a partner). A
 * line of a token alone has the name "default". Kept and compared as SHA-256, in constant time,
 * always with all of them.
 */
#ifndef WEB_WEB_TOKEN_H
#define WEB_WEB_TOKEN_H

#include <stddef.h>

#include "diag.h"
#include "digest.h"
#include "transitd/words.h"

struct web_token {
	char name[NAME_SIZE];
	char scope[NAME_SIZE]; /* "": the whole */
	struct digest digest;
};

struct web_tokens {
	struct web_token *token;
	size_t n; /* at least 1 */
};

/* `text` need not be terminated. 0; -EINVAL after lines in `d`. *out is set on success alone. */
int web_tokens_parse(
	const char *file, const char *text, size_t size, struct diag *d, struct web_tokens *out);
void web_tokens_free(struct web_tokens *t);

/* NULL: no such token. */
const struct web_token *web_tokens_know(const struct web_tokens *t, const struct digest *d);
const struct web_token *web_tokens_find(const struct web_tokens *t, const char *said, size_t size);

/* A file of tokens that is read again when it has changed. */
struct web_token_file;

/* `path`: of the file, or "credential:NAME" (systemd). 0, or -errno and -EINVAL (logged). */
int web_token_file_open(const char *path, struct web_token_file **out);
void web_token_file_close(struct web_token_file *f); /* accepts NULL */
/* The tokens in force: those of the file, or the last good ones if it cannot be used now (logged
 * once). */
const struct web_tokens *web_token_file_now(struct web_token_file *f);

#endif
