/* SPDX-License-Identifier: BSD-3-Clause */
/* Any bytes as a token file: refused with good messages that hold no token, or tokens of which each is found by what
 * stands in the file and by nothing else. */
#include <errno.h>
#include <string.h>

#include "said.h"
#include "web_token.h"

static void check(const struct web_tokens *t, const uint8_t *data, size_t size)
{
	FUZZ_CHECK(t->n > 0);
	for (size_t i = 0; i < t->n; i++) {
		FUZZ_CHECK(*t->token[i].name && strlen(t->token[i].name) < NAME_SIZE);
		FUZZ_CHECK(strlen(t->token[i].scope) < NAME_SIZE);
		FUZZ_CHECK(web_tokens_know(t, &t->token[i].digest) == &t->token[i]);
		for (size_t j = 0; j < i; j++)
			FUZZ_CHECK(strcmp(t->token[i].name, t->token[j].name));
	}
	FUZZ_CHECK(!web_tokens_find(t, "", 0));
	/* A whole file is a token only if it is nothing else. */
	if (web_tokens_find(t, (const char *)data, size))
		FUZZ_CHECK(t->n == 1 && !memchr(data, ' ', size) && !memchr(data, '\n', size));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct web_tokens t = { 0 };
	struct said said;
	int err;

	said_open(&said);
	err = web_tokens_parse("tokens", (const char *)data, size, &said.d, &t);
	FUZZ_CHECK(err == (said.d.count ? -EINVAL : 0));
	said_check(&said, "tokens:");
	if (!err)
		check(&t, data, size);
	web_tokens_free(&t);
	return 0;
}
