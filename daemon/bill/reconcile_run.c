/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * `transitctl reconcile`: our five-minute bins against the partner's, what explains the differences, and what
 * they are worth under the contract.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bill.h"
#include "clock.h"
#include "log.h"
#include "reconcile_job.h"
#include "text.h"

#define MOST_BINS 1000000 /* nine years */

static int take_row(void *context, const struct row *row)
{
	struct job *j = context;
	const struct row_cell *cell = row->cell;
	struct our_bin *o;
	size_t bin;
	int rc = j->settle ? settle_row(j->settle, row) : 0;

	if (rc || strcmp(cell->partner, j->b.ask->options->partner) || row->start < j->from || row->start >= j->to ||
		(j->c && j->c->peerings.n && !name_list_has(&j->c->peerings, cell->peering)))
		return rc;
	bin = (size_t)((row->start - j->from) / BIN_SECONDS);
	if (j->settle)
		rate_row(j, row, bin);
	/* A row makes the bin known in both directions. */
	for (int d = 0; d < DIRECTIONS; d++) {
		o = &j->ours[d][bin];
		if (o->state < row->status + 1)
			o->state = (uint8_t)(row->status + 1);
	}
	if (row->status == BIN_MISSING)
		return 0; /* nobody watched: nothing was measured */
	o = &j->ours[cell->direction][bin];
	o->packets += row->count.packets;
	o->l2 += row->count.l2_bytes;
	o->l3 += row->count.l3_bytes;
	o->missed = row->missed > o->missed ? row->missed : o->missed;
	return 0;
}

static int64_t bin_of(const struct job *j, const struct their_bin *b)
{
	int64_t start = b->start - (j->shift == LAG_UNKNOWN ? 0 : j->shift);

	return (start - j->from + BIN_SECONDS / 2) / BIN_SECONDS;
}

static int fill_pairs(struct job *j)
{
	char at[RFC3339_SIZE];

	j->cmp.from = j->from;
	j->cmp.bins = j->bins;
	for (int d = 0; d < DIRECTIONS; d++) {
		j->cmp.pair[d] = mem_array(j->bins, sizeof(struct pair));
		for (size_t i = 0; i < j->bins; i++) {
			const struct our_bin *o = &j->ours[d][i];

			j->cmp.pair[d][i] = (struct pair){ .ours = o->state && o->state != BIN_MISSING + 1,
				.our_bytes = our_bytes(o, j->basis), .our_packets = o->packets, .missed = o->missed };
		}
	}
	for (size_t i = 0; i < j->theirs.n; i++) {
		const struct their_bin *t = &j->theirs.bin[i];
		int64_t bin = bin_of(j, t);

		if (t->start < j->from - BIN_SECONDS || bin < 0 || bin >= (int64_t)j->bins)
			continue;
		if (j->cmp.pair[t->direction][bin].theirs) {
			log_error("%s: more than one value falls into the five minutes from %s; one a direction is "
				  "expected", j->b.ask->options->theirs,
				clock_format(at, j->from + bin * BIN_SECONDS));
			return -EINVAL;
		}
		j->cmp.pair[t->direction][bin].theirs = true;
		j->cmp.pair[t->direction][bin].their_bytes = t->bytes;
	}
	return 0;
}

static int pick_contract(struct job *j)
{
	const struct options *o = j->b.ask->options;
	struct period next = period_next(&j->period);

	j->not_rated = "no contract and period given";
	for (size_t i = 0; j->b.all && i < j->b.all->n; i++) {
		const struct contract *c = &j->b.all->contract[i];

		if (strcmp(c->partner, o->partner) || (o->contract && strcmp(c->id, o->contract)))
			continue;
		if (j->has_period && (c->period != j->period.kind || c->to <= period_first_day(&j->period) ||
					     c->from >= period_first_day(&next)))
			continue;
		j->c = c;
		break;
	}
	if (j->b.all && !j->c) {
		log_error("%s: no contract with %s fits", j->b.all->file, o->partner);
		return -EINVAL;
	}
	if (!j->c || !j->has_period)
		return 0;
	j->not_rated = NULL;
	rate_prepare(j);
	return settle_open(j->b.pool, j->b.all, j->c->id, &j->period, j->b.world, &j->b.d, &j->settle);
}

static int set_time(struct job *j)
{
	if (j->settle) {
		settle_period(j->settle, &j->from, &j->to);
	} else if (j->has_period) {
		struct period next = period_next(&j->period);

		j->from = (int64_t)period_first_day(&j->period) * 86400;
		j->to = (int64_t)period_first_day(&next) * 86400;
	} else if (j->theirs.n) {
		j->from = j->theirs.bin[0].start / BIN_SECONDS * BIN_SECONDS;
		j->to = (j->theirs.bin[j->theirs.n - 1].start / BIN_SECONDS + 1) * BIN_SECONDS;
	}
	if (j->to <= j->from || j->to - j->from > (int64_t)MOST_BINS * BIN_SECONDS) {
		log_error("nothing to compare: the partner's file has no bins, or they are years apart");
		return -EINVAL;
	}
	j->bins = (size_t)((j->to - j->from) / BIN_SECONDS);
	for (int d = 0; d < DIRECTIONS; d++)
		j->ours[d] = mem_array(j->bins, sizeof(struct our_bin));
	return 0;
}

static void (*const report_of[FORMATS_AND_PAGES])(struct text *out, const struct job *j) = {
	[FORMAT_TEXT] = report_text,
	[FORMAT_JSON] = report_json,
	[FORMAT_HTML] = report_html,
};

static int compare_and_print(struct job *j)
{
	const struct ask *ask = j->b.ask;
	struct rows_wanted want = { .from = j->from, .to = j->to, .partner = ask->options->partner };
	struct cells *cells = cells_new();
	struct text out = { 0 };
	int rc;

	if (j->settle) {
		int64_t to;

		settle_range(j->settle, &want.from, &to);
	}
	rc = rows_read(ask, &want, cells, &j->b.d, take_row, j, NULL, &j->evidence);
	cells_free(cells);
	if (!rc)
		rc = fill_pairs(j);
	if (rc)
		return rc;
	reconcile(&j->cmp, j->shift == LAG_UNKNOWN ? LAG_UNKNOWN : 0);
	if (j->settle)
		rc = rate_both(j);
	if (!rc) {
		report_of[ask->options->format](&out, j);
		rc = billing_write(ask->options->output, &out);
	}
	text_free(&out);
	return rc;
}

static int read_options(struct job *j, const struct options *o)
{
	char *end;

	j->has_period = o->period != NULL;
	if (o->period && billing_period(o, &j->period))
		return -EINVAL;
	j->shift = LAG_UNKNOWN;
	if (o->shift) {
		long n = strtol(o->shift, &end, 10);

		if (*end || !*o->shift || n < -86400 || n > 86400) {
			log_error("--shift \"%s\" is not allowed; whole seconds, at most a day", o->shift);
			return -EINVAL;
		}
		j->shift = (int)n;
	}
	j->basis = BASES;
	for (int i = 0; o->basis && i < BASES; i++)
		if (!strcmp(o->basis, basis_name[i]))
			j->basis = (enum basis)i;
	if (o->basis && j->basis == BASES) {
		log_error("--basis \"%s\" is unknown; allowed: l3, l2, l2fcs, l1", o->basis);
		return -EINVAL;
	}
	return 0;
}

enum exit_status reconcile_run(const struct ask *ask)
{
	const struct options *o = ask->options;
	struct job j = { .c = NULL };
	int rc;

	if (billing_needs(o, "partner", o->partner) || billing_needs(o, "theirs", o->theirs) || read_options(&j, o))
		return EXIT_BAD_INPUT;
	if (!report_of[o->format]) {
		log_error("reconcile takes --format text, json or html");
		return EXIT_BAD_INPUT;
	}
	rc = billing_open(&j.b, ask);
	if (!rc)
		rc = theirs_read(o->theirs, o->mirrored, &j.b.d, &j.theirs);
	if (!rc)
		rc = pick_contract(&j);
	if (!rc)
		rc = set_time(&j);
	if (j.basis == BASES)
		j.basis = j.c ? j.c->basis : BASIS_L2FCS;
	if (!rc)
		rc = compare_and_print(&j);
	diag_end(&j.b.d);
	for (int d = 0; d < DIRECTIONS; d++) {
		free(j.ours[d]);
		free(j.cmp.pair[d]);
	}
	settle_free(j.settle);
	theirs_free(&j.theirs);
	evidence_clear(&j.evidence);
	rate_clear(&j);
	billing_close(&j.b);
	return billing_status(rc);
}
