/* SPDX-License-Identifier: BSD-3-Clause */
/* Any bytes as a partner's bins: refused with good messages, or bins in order, each once. */
#include <errno.h>

#include "memory_file.h"
#include "said.h"
#include "theirs.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *path = memory_file(0, data, size);
	struct theirs t = { 0 };
	struct said said;
	int err;

	said_open(&said);
	err = theirs_read(path, size & 1, &said.d, &t);
	FUZZ_CHECK(err == (said.d.count ? -EINVAL : 0));
	said_lines(&said, path, false);
	for (size_t i = 1; !err && i < t.n; i++)
		FUZZ_CHECK(t.bin[i - 1].start < t.bin[i].start ||
			   (t.bin[i - 1].start == t.bin[i].start && t.bin[i - 1].direction < t.bin[i].direction));
	theirs_free(&t);
	return 0;
}
