/* SPDX-License-Identifier: BSD-3-Clause */
/* `transitctl keygen --key FILE`: a key pair for closing statements; the public key goes to FILE.pub. */
#include <errno.h>
#include <string.h>

#include "bill.h"
#include "billing.h"
#include "log.h"
#include "sign.h"
#include "text.h"

enum exit_status keygen_run(const struct ask *ask)
{
	const char *path = ask->options->key;
	struct text public_path = { 0 };
	char hex[SIGN_KEY_HEX_SIZE];
	struct sign_key *key;
	int rc;

	if (billing_needs(ask->options, "key", path))
		return EXIT_BAD_INPUT;
	text_printf(&public_path, "%s.pub", path);
	rc = sign_generate(path, public_path.data);
	if (!rc)
		rc = sign_read_public(public_path.data, &key);
	if (rc) {
		log_error("%s: %s", path, strerror(-rc));
	} else {
		fprintf(ask->out, "{\"private\":\"%s\",\"public\":\"%s\",\"public_key\":\"%s\"}\n", path,
			public_path.data, sign_public_hex(hex, key));
		sign_free(key);
	}
	text_free(&public_path);
	return rc ? EXIT_NOT_DONE : command_written(format_flush(ask->out));
}
