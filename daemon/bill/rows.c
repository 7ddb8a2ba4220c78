/* SPDX-License-Identifier: BSD-3-Clause */
#include "rows.h"

#include <errno.h>

#include "log.h"
#include "merge.h"
#include "text.h"

/* The CSV of the rows as they pass, by its digest: the evidence that `transitctl usage` would print. */
struct passing {
	row_fn *each;
	void *context;
	struct digest_stream *sha;
	struct text line;
	struct text *keep; /* or NULL */
	uint64_t rows;
};

static void pass_line(struct passing *p)
{
	digest_stream_add(p->sha, p->line.data, p->line.size);
	if (p->keep)
		text_add(p->keep, p->line.data, p->line.size);
	text_clear(&p->line);
}

static int pass_row(void *context, const struct row *row)
{
	struct passing *p = context;

	evidence_csv(&p->line, row);
	pass_line(p);
	p->rows++;
	return p->each(p->context, row);
}

static int read_sources(const struct ask *ask, const struct rows_wanted *want, struct cells *cells,
	row_fn *each, void *context, struct text *keep, struct evidence *out)
{
	struct passing p = { .each = each, .context = context, .sha = digest_stream_new(), .keep = keep };
	int rc;

	text_printf(&p.line, "%s\r\n", evidence_header);
	pass_line(&p);
	rc = merge_rows(ask, want, cells, pass_row, &p);
	*out = (struct evidence){ NULL, digest_stream_end(p.sha), p.rows };
	text_free(&p.line);
	return rc;
}

int rows_read(const struct ask *ask, const struct rows_wanted *want, struct cells *cells, struct diag *d,
	row_fn *each, void *context, struct text *keep, struct evidence *out)
{
	if (ask->options->usage)
		return evidence_read(ask->options->usage, cells, d, each, context, out);
	if (ask->n_sources)
		return read_sources(ask, want, cells, each, context, keep, out);
	log_error("%s needs --usage FILE or --config FILE", ask->options->command);
	return -EINVAL;
}
