/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "journal_box.h"

int box_open(struct box *b)
{
	return journal_open(b->path, JOURNAL_WRITE, "aktau-1", 10, b->book, &b->journal);
}

void box_close(struct box *b)
{
	journal_close(b->journal);
	b->journal = NULL;
}

int box_up(void **state)
{
	struct box *b = calloc(1, sizeof(*b));
	const char *text = make_config(&b->make.config);

	b->make.meter = "aktau-1";
	b->make.interval = 10;
	b->make.n_taps = 2;
	b->make.n_cells = 8;
	b->make.percent = 60;
	b->folder = make_folder();
	snprintf(b->path, sizeof(b->path), "%s/a.db", b->folder);
	b->book = cellbook_new();
	*state = b;
	return box_open(b) || journal_put_config(b->journal, &b->make.config, text);
}

int box_down(void **state)
{
	struct box *b = *state;

	box_close(b);
	for (size_t i = 0; i < b->n; i++)
		interval_free(b->iv[i]);
	cellbook_free(b->book);
	remove_folder(b->folder);
	free(b);
	return 0;
}

void box_fill(struct box *b, size_t n)
{
	int64_t start = BOX_FIRST;
	uint64_t seed = 42;

	for (size_t i = 0; i < n; i++) {
		uint64_t step = make_random(&seed) % 20;

		b->iv[b->n] = make_interval(&b->make, b->book, start, i + 1);
		assert_int_equal(journal_append(b->journal, b->iv[b->n]), 0);
		assert_int_equal(b->iv[b->n]->seq, b->n + 1);
		b->n++;
		start += step == 0 ? 0 : step == 1 ? -40 : step == 2 ? 3600 : 10;
	}
}

static void assert_same(const struct interval *a, const struct interval *b)
{
	struct text x = { 0 }, y = { 0 };

	interval_encode(a, &x);
	interval_encode(b, &y);
	assert_string_equal(x.data, y.data);
	assert_memory_equal(&a->chain, &b->chain, sizeof(a->chain));
	text_free(&x);
	text_free(&y);
}

struct expect {
	struct box *b;
	size_t next;
	int64_t from, to;
	uint64_t first, last;
};

static int expect_next(void *context, const struct interval *iv)
{
	struct expect *e = context;

	for (;; e->next++) {
		const struct interval *own = e->next < e->b->n ? e->b->iv[e->next] : NULL;

		assert_non_null(own);
		if (own->start >= e->from && own->start < e->to && own->seq >= e->first &&
			own->seq <= e->last)
			break;
	}
	assert_same(iv, e->b->iv[e->next++]);
	return 0;
}

void box_walk(struct box *b, struct journal *j, const struct journal_range *range)
{
	struct expect e = { b, 0, range->from, range->to ? range->to : INT64_MAX, range->first_seq,
		range->last_seq ? range->last_seq : UINT64_MAX };

	assert_int_equal(journal_walk(j, range, expect_next, &e), 0);
	for (; e.next < b->n; e.next++) {
		const struct interval *own = b->iv[e.next];

		assert_false(own->start >= e.from && own->start < e.to && own->seq >= e.first &&
			own->seq <= e.last);
	}
}

void box_write(const char *path, const void *data, size_t size)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, size), (ssize_t)size);
	close(fd);
}

char *box_read(const char *path, size_t *size)
{
	int fd = open(path, O_RDONLY);
	struct stat st;
	char *data;

	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	*size = (size_t)st.st_size;
	data = malloc(*size + 1);
	assert_int_equal(read(fd, data, *size), st.st_size);
	close(fd);
	return data;
}
