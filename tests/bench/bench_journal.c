/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the journal costs: an append of few and of many records, and to a file that holds a month already; a
 * month of usage, a walk, a verification; deleting old intervals beside appends. Prints milliseconds and nanoseconds a row; asserts nothing. Usage: bench_journal
 * [FOLDER]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "journal.h"
#include "make_interval.h"

#define MONTH_BINS 8928
#define START	   INT64_C(1793491200) /* 2026-11-01T00:00:00Z */

struct bench {
	char path[300];
	struct cellbook *book;
	struct journal *journal;
	uint64_t rows;
	int64_t end; /* of the newest interval */
};

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double file_mb(const struct bench *b)
{
	struct stat st;

	return stat(b->path, &st) ? 0 : (double)st.st_size / 1e6;
}

static double median(double *ms, unsigned n)
{
	qsort(ms, n, sizeof(*ms), compare);
	return ms[n / 2];
}

/* Appends `n` intervals of `seconds`; prints min, median and max of one append. */
static void append(struct bench *b, const char *what, unsigned seconds, unsigned cells, unsigned n)
{
	struct make m = {
		.meter = "m", .interval = seconds, .n_taps = 4, .n_cells = cells, .percent = 100
	};
	double *ms = calloc(n, sizeof(*ms));
	const char *text = make_config(&m.config);
	struct interval *iv = NULL;

	unlink(b->path);
	b->book = cellbook_new();
	if (journal_open(b->path, JOURNAL_WRITE, "m", seconds, b->book, &b->journal) ||
		journal_put_config(b->journal, &m.config, text))
		exit(1);
	iv = make_interval(&m, b->book, START, 7);
	for (unsigned i = 0; i < n; i++) {
		double before;

		iv->start = START + (int64_t)i * seconds;
		iv->end = iv->start + seconds;
		before = now();
		if (journal_append(b->journal, iv))
			exit(1);
		ms[i] = now() - before;
	}
	b->rows = iv->n_records * (uint64_t)n;
	b->end = iv->end;
	interval_free(iv);
	printf("append, %s: median of the first %u: %.2f ms, of the last: %.2f ms\n", what, n / 10,
		median(ms, n / 10), median(ms + n - n / 10, n / 10));
	qsort(ms, n, sizeof(*ms), compare);
	printf("append, %s: %u intervals of %u records: min %.2f ms, median %.2f ms, max %.2f ms\n",
		what, n, cells, ms[0], ms[n / 2], ms[n - 1]);
	free(ms);
}

static int count_usage(void *context, const struct usage_count *u)
{
	*(uint64_t *)context += u->count.packets > 0;
	return 0;
}

static int count_interval(void *context, const struct interval *iv)
{
	*(uint64_t *)context += iv->n_records;
	return 0;
}

static void complain(void *context, const char *what)
{
	(void)context;
	fprintf(stderr, "%s\n", what);
}

static void report(const char *what, double before, uint64_t rows)
{
	double ms = now() - before;

	printf("%s: %llu rows, %.0f ms, %.0f ns a row\n", what, (unsigned long long)rows, ms,
		rows ? ms * 1e6 / (double)rows : 0);
}

static void reopen(struct bench *b)
{
	journal_close(b->journal);
	cellbook_free(b->book);
	b->book = cellbook_new();
	if (journal_open(b->path, JOURNAL_READ, "m", 0, b->book, &b->journal))
		exit(1);
	printf("file: %.0f MB, %.1f bytes a record\n", file_mb(b),
		file_mb(b) * 1e6 / (double)b->rows);
}

/* As the daemon does it in its steady state: what is new goes in, then something old goes, slice by slice. */
static void append_and_prune(struct bench *b, unsigned n)
{
	struct make m = { .meter = "m", .interval = 300, .n_taps = 4, .n_cells = 2048, .percent = 100 };
	double *in = calloc(n, sizeof(*in)), *out = calloc(2 * n, sizeof(*out)), before;
	unsigned slices = 0;
	struct interval *iv;

	make_config(&m.config);
	b->book = cellbook_new();
	if (journal_open(b->path, JOURNAL_WRITE, "m", 300, b->book, &b->journal))
		exit(1);
	iv = make_interval(&m, b->book, START, 7);
	for (unsigned i = 0; i < n; i++) {
		const struct journal_limit limit = { START + 300 * (int64_t)(i + 1), UINT64_MAX };
		int more = 1;

		iv->start = b->end + 300 * (int64_t)i;
		iv->end = iv->start + 300;
		before = now();
		if (journal_append(b->journal, iv))
			exit(1);
		in[i] = now() - before;
		while (more > 0 && slices < 2 * n) {
			before = now();
			more = journal_prune(b->journal, &limit);
			out[slices] = now() - before;
			slices += more > 0;
		}
	}
	interval_free(iv);
	printf("beside deleting: append, median %.2f ms", median(in, n));
	printf("; %u slices of five minutes' usage or 2,048 records, median %.2f ms", slices, median(out, slices));
	printf(", max %.2f ms\n", out[slices - 1]);
	free(in);
	free(out);
}

static void close_all(struct bench *b)
{
	journal_close(b->journal);
	cellbook_free(b->book);
}

int main(int argc, char **argv)
{
	struct bench b = { 0 };
	char *folder = NULL;
	uint64_t rows;
	double before;

	if (argc > 1)
		snprintf(b.path, sizeof(b.path), "%s/bench.db", argv[1]);
	else
		snprintf(b.path, sizeof(b.path), "%s/bench.db", folder = make_folder());
	append(&b, "10 s", 10, 2048, 300);
	close_all(&b);
	append(&b, "10 s", 10, 65536, 30);
	close_all(&b);
	append(&b, "a month of 300 s", 300, 2048, MONTH_BINS);
	reopen(&b);
	for (int i = 0; i < 2; i++) {
		rows = 0;
		before = now();
		journal_usage(b.journal, 0, 0, count_usage, &rows);
		report("usage of the month", before, rows);
	}
	rows = 0;
	before = now();
	journal_walk(b.journal, &(struct journal_range){ .last_seq = 1000 }, count_interval, &rows);
	report("walk of 1,000 intervals", before, rows);
	before = now();
	if (journal_verify(b.journal, complain, NULL))
		exit(1);
	report("verification of the month", before, b.rows);
	close_all(&b);
	append_and_prune(&b, 500);
	close_all(&b);
	if (folder)
		remove_folder(folder);
	return 0;
}
