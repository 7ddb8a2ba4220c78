/* SPDX-License-Identifier: BSD-3-Clause */
#include "rows.h"

#include <errno.h>
#include <inttypes.h>

#include "clock.h"
#include "log.h"
#include "merge.h"
#include "progress.h"
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

/* Rows on their way, counted for who waits. */
struct ticking {
	row_fn *each;
	void *context;
	uint64_t rows;
	struct progress progress;
};

static int tick_row(void *context, const struct row *row)
{
	struct ticking *t = context;
	char at[RFC3339_SIZE];

	t->rows++;
	if (progress_due(&t->progress))
		progress_show(&t->progress, "reading usage: %" PRIu64 " rows, at %s", t->rows,
			clock_format(at, row->start));
	return t->each(t->context, row);
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

int rows_read_file(const char *path, struct cells *cells, struct diag *d, row_fn *each, void *context,
	struct evidence *out)
{
	struct ticking t = { .each = each, .context = context };
	int rc;

	progress_begin(&t.progress);
	rc = evidence_read(path, cells, d, tick_row, &t, out);
	progress_end(&t.progress);
	return rc;
}

int rows_read(const struct ask *ask, const struct rows_wanted *want, struct cells *cells, struct diag *d,
	row_fn *each, void *context, struct text *keep, struct evidence *out)
{
	struct ticking t = { .each = each, .context = context };
	int rc;

	if (ask->options->usage)
		return rows_read_file(ask->options->usage, cells, d, each, context, out);
	if (!ask->n_sources) {
		log_error("%s needs --usage FILE or --config FILE", ask->options->command);
		return -EINVAL;
	}
	if (!want->quiet)
		progress_begin(&t.progress);
	rc = read_sources(ask, want, cells, tick_row, &t, keep, out);
	progress_end(&t.progress);
	return rc;
}
