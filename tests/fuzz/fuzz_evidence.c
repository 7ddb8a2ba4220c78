/* SPDX-License-Identifier: BSD-3-Clause */
/* Any bytes as an evidence file: refused with good messages, or rows that say the same when they are printed and
 * read again. */
#include <errno.h>

#include "evidence.h"
#include "memory_file.h"
#include "said.h"

struct seen {
	struct text csv;
	uint64_t rows;
};

static int take(void *context, const struct row *row)
{
	struct seen *s = context;
	struct text json = { 0 };

	FUZZ_CHECK(row->start % BIN_SECONDS == 0 && row->covered <= BIN_SECONDS && row->status < BIN_STATUSES);
	FUZZ_CHECK(!row->cell->class[0] == (row->cell->family == FAMILIES));
	evidence_csv(&s->csv, row);
	evidence_json(&json, row);
	FUZZ_CHECK(diag_is_plain(json.data, json.size));
	text_free(&json);
	s->rows++;
	return 0;
}

static int read_it(const char *path, struct diag *d, struct seen *out)
{
	struct cells *cells = cells_new();
	struct evidence e = { 0 };
	int err;

	*out = (struct seen){ .rows = 0 };
	text_printf(&out->csv, "%s\r\n", evidence_header);
	err = evidence_read(path, cells, d, take, out, &e);
	FUZZ_CHECK(err || e.rows == out->rows);
	evidence_clear(&e);
	cells_free(cells);
	return err;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *path = memory_file(0, data, size);
	struct seen first, second;
	struct said said;
	int err;

	said_open(&said);
	err = read_it(path, &said.d, &first);
	FUZZ_CHECK(err == (said.d.count ? -EINVAL : 0));
	said_check(&said, path);
	if (!err) {
		said_open(&said);
		FUZZ_CHECK(!read_it(memory_file(1, first.csv.data, first.csv.size), &said.d, &second));
		FUZZ_CHECK(first.csv.size == second.csv.size && !memcmp(first.csv.data, second.csv.data, first.csv.size));
		said_check(&said, "");
		text_free(&second.csv);
	}
	text_free(&first.csv);
	return 0;
}
