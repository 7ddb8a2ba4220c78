/* SPDX-License-Identifier: BSD-3-Clause */
/* Any bytes as a statement: refused, or taken apart so that the pieces are where they say; it differs in nothing from
 * itself. */
#include <errno.h>

#include "closing.h"
#include "said.h"

static void differs(void *context, const char *path, const char *a, const char *b)
{
	(void)context, (void)path, (void)a, (void)b;
	FUZZ_CHECK(!"a statement differs from itself");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct closing_parts p = { 0 };
	struct text line = { 0 };
	struct said said;
	int err;

	text_add(&line, (const char *)data, size);
	said_open(&said);
	err = closing_read("S.json", line.data, line.size, &said.d, &p);
	FUZZ_CHECK(!err || said.d.count);
	said_lines(&said, "S.json", false);
	if (!err) {
		FUZZ_CHECK(p.statement_text >= line.data && p.statement_text + p.statement_size <= line.data + line.size);
		FUZZ_CHECK(!p.sealed || (p.record_text >= line.data && p.record_text < p.statement_text));
		closing_compare(p.statement, p.statement, differs, NULL);
		yaml_free(p.yaml);
	}
	text_free(&line);
	return 0;
}
