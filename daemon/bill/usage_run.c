/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * `transitctl usage`: five-minute bins of every peering, from meters or from an evidence file. Its CSV is
 * the evidence of statements. Rows of meters leave as they come, so a year of them needs no memory.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "bill.h"
#include "clock.h"
#include "log.h"
#include "rows.h"
#include "sorted.h"
#include "text.h"

struct printing {
	const struct ask *ask;
	struct text line;
	bool failed;
};

/* For people: columns. Programs read JSON or CSV. */
static void text_row(struct text *out, const struct row *row)
{
	static const char *const family[FAMILIES + 1] = { "ipv4", "ipv6", "other", "-" };
	const struct row_cell *c = row->cell;
	char start[RFC3339_SIZE];

	text_printf(out, "%s %-20s %-7s %-12s %-9s %-5s %13llu %19llu %-7s %3u %llu\n",
		clock_format(start, row->start), c->peering,
		c->direction == DIRECTION_EGRESS ? "egress" : "ingress", c->class[0] ? c->class : "-",
		c->cos[0] ? c->cos : "-", family[c->family], (unsigned long long)row->count.packets,
		(unsigned long long)row->count.l2_bytes, bin_status_name[row->status], row->covered,
		(unsigned long long)row->missed);
}

static int put(struct printing *p)
{
	p->failed = fwrite(p->line.data, 1, p->line.size, p->ask->out) != p->line.size;
	text_clear(&p->line);
	return p->failed ? -EIO : 0;
}

static int print_row(void *context, const struct row *row)
{
	struct printing *p = context;

	switch (p->ask->options->format) {
	case FORMAT_CSV:
		evidence_csv(&p->line, row);
		break;
	case FORMAT_JSON:
		evidence_json(&p->line, row);
		text_str(&p->line, "\n");
		break;
	default:
		text_row(&p->line, row);
	}
	return put(p);
}

static int print_header(struct printing *p)
{
	if (p->ask->options->format == FORMAT_CSV)
		text_printf(&p->line, "%s\r\n", evidence_header);
	if (p->ask->options->format == FORMAT_TEXT)
		text_printf(&p->line, "%-20s %-20s %-7s %-12s %-9s %-5s %13s %19s %-7s %3s %s\n", "START", "PEERING",
			"DIR", "CLASS", "COS", "FAM", "PACKETS", "L2 BYTES", "STATUS", "SEC", "MISSED");
	return p->line.size ? put(p) : 0;
}

/* A file is read and checked as a whole before anything is printed. */
static int print_file(struct printing *p, const struct rows_wanted *want, struct cells *cells, struct diag *d)
{
	struct row *row = NULL;
	size_t n = 0;
	int rc = sorted_rows(p->ask->options->usage, want, cells, d, &row, &n);

	if (!rc)
		rc = print_header(p);
	for (size_t i = 0; i < n && !rc; i++)
		rc = print_row(p, &row[i]);
	free(row);
	return rc;
}

static int print_meters(struct printing *p, const struct rows_wanted *want, struct cells *cells, struct diag *d)
{
	struct evidence e = { 0 };
	int rc;

	if (!p->ask->n_sources) {
		log_error("usage needs --config FILE or --usage FILE");
		return -EINVAL;
	}
	rc = print_header(p);
	if (!rc)
		rc = rows_read(p->ask, want, cells, d, print_row, p, NULL, &e);
	evidence_clear(&e);
	return rc;
}

enum exit_status usage_run(const struct ask *ask)
{
	const struct options *o = ask->options;
	struct rows_wanted want = { o->from, o->to, o->partner, o->peering, isatty(fileno(ask->out)) == 1 };
	struct printing p = { .ask = ask };
	struct cells *cells = cells_new();
	struct diag d = { .out = stderr };
	int rc;

	rc = o->usage ? print_file(&p, &want, cells, &d) : print_meters(&p, &want, cells, &d);
	diag_end(&d);
	cells_free(cells);
	text_free(&p.line);
	if (rc && !p.failed)
		return rc == -EINVAL ? EXIT_BAD_INPUT : EXIT_NOT_DONE;
	return command_written(format_flush(ask->out));
}
