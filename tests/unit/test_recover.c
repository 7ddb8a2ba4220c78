/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A daemon is killed after every step of bankfile.h's order, and the one that recovers is killed as well:
 * what the journal and the spill hold in the end is what was counted, once.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bank_box.h"
#include "journal.h"
#include "make_interval.h"
#include "recover.h"
#include "spill.h"
#include "text.h"

struct death {
	struct bank_box box;
	struct bankfile *file;
	struct journal *journal;
	struct interval *cut;
	uint64_t counted;
};

/* Generation 1 is counted in set 0, handed over, and generation 2 begun: the steps in their order. */
static void begin_next(struct death *d)
{
	bank_box_begin(d->file, 1, 2);
}

static void last_burst(struct death *d)
{
	d->counted += bank_box_count(&d->box, d->file, 0, 3);
}

static void first_burst(struct death *d)
{
	d->counted += bank_box_count(&d->box, d->file, 1, 3);
}

static void half_a_spill(struct death *d)
{
	char *path = bank_box_path(&d->box, "1.partial");

	d->cut = bank_box_take(&d->box, d->file, 0, 1);
	bank_box_write(path, "interval m", 10);
	free(path);
}

static void spill(struct death *d)
{
	assert_int_equal(spill_put(d->box.folder, d->cut), 0);
}

static void done(struct death *d)
{
	bankfile_done(d->file, 0);
}

static void more(struct death *d)
{
	d->counted += bank_box_count(&d->box, d->file, 1, 30);
}

static void append(struct death *d)
{
	assert_int_equal(journal_append(d->journal, d->cut), 0);
}

static void drop(struct death *d)
{
	spill_drop(d->box.folder, 1);
}

static void (*const step[])(struct death *d) = { begin_next, last_burst, first_burst, half_a_spill, spill, done,
	more, append, drop };
#define STEPS (sizeof(step) / sizeof(*step))

static void live(struct death *d, size_t steps)
{
	const char *config;
	char *path;

	*d = (struct death){ 0 };
	bank_box_open(&d->box, 5);
	config = make_config(&d->box.config);
	path = bank_box_path(&d->box, "j.db");
	assert_int_equal(journal_open(path, JOURNAL_WRITE, BOX_METER, BOX_INTERVAL, d->box.book, &d->journal), 0);
	assert_int_equal(journal_put_config(d->journal, &d->box.config, config), 0);
	free(path);
	d->file = bank_box_file(&d->box, "banks-1");
	bank_box_begin(d->file, 0, 1);
	d->counted = bank_box_count(&d->box, d->file, 0, 40);
	for (size_t i = 0; i < steps; i++)
		step[i](d);
	bankfile_close(d->file);
}

static int add(void *context, const struct interval *iv)
{
	*(uint64_t *)context += bank_box_packets(iv);
	return 0;
}

static uint64_t in_journal(struct death *d)
{
	uint64_t packets = 0;

	assert_int_equal(journal_walk(d->journal, &(struct journal_range){ 0 }, add, &packets), 0);
	return packets;
}

static void recover(struct death *d, struct recovered *r)
{
	uint64_t generation;

	assert_int_equal(journal_generation(d->journal, &generation), 0);
	assert_int_equal(recover_run(d->box.folder, generation, d->box.book, r), 0);
	for (size_t i = 0; i < r->n; i++) {
		assert_true(r->iv[i]->generation > generation && r->iv[i]->generation <= r->generation);
		generation = r->iv[i]->generation;
	}
}

/* Recovers and is killed at once; with the bank file back, as if killed before it was removed. */
static void die_recovering(struct death *d, bool before_removal)
{
	char *path = bank_box_path(&d->box, "banks-1");
	struct text file = { 0 };
	struct recovered r;

	if (before_removal)
		bank_box_read(path, &file);
	recover(d, &r);
	recover_free(&r);
	if (before_removal)
		bank_box_write(path, file.data, file.size);
	text_free(&file);
	free(path);
}

/* Recovers and writes `most` intervals before it is killed, or ends. */
static void write_recovered(struct death *d, size_t most)
{
	struct recovered r;

	recover(d, &r);
	for (size_t i = 0; i < r.n && i < most; i++) {
		assert_int_equal(journal_append(d->journal, r.iv[i]), 0);
		if (i + 1 < most) /* else killed between the journal and this */
			spill_drop(d->box.folder, r.iv[i]->generation);
	}
	recover_free(&r);
}

/* Only these may be left: the journal's own, and what a person never has to look at. */
static void nothing_is_left(struct death *d)
{
	static const char *const gone[] = { "banks-1", "1.interval", "2.interval", "unreadable-banks-1" };
	struct stat st;

	for (size_t i = 0; i < sizeof(gone) / sizeof(*gone); i++) {
		char *path = bank_box_path(&d->box, gone[i]);

		assert_int_equal(stat(path, &st), -1);
		free(path);
	}
}

static void killed_after_each_step_and_while_recovering(void **state)
{
	(void)state;
	for (size_t steps = 0; steps <= STEPS; steps++) {
		for (unsigned how = 0; how < 4; how++) {
			struct death d;

			live(&d, steps);
			if (how & 1)
				die_recovering(&d, true);
			if (how & 2) {
				die_recovering(&d, false);
				write_recovered(&d, 1);
			}
			write_recovered(&d, SIZE_MAX);
			assert_int_equal(in_journal(&d), d.counted);
			write_recovered(&d, SIZE_MAX);
			assert_int_equal(in_journal(&d), d.counted);
			assert_int_equal(journal_verify(d.journal, NULL, NULL), 0);
			nothing_is_left(&d);
			interval_free(d.cut);
			journal_close(d.journal);
			bank_box_close(&d.box);
		}
	}
}

static void bad_bank_files_stand_aside(void **state)
{
	static const char foreign[] = "not a bank file, but long enough to look like one";
	static const char *const aside[] = { "unreadable-banks-1", "unreadable-banks-1-2", "unreadable-banks-1-3" };
	struct recovered r;
	struct bank_box b;
	struct stat st;
	char *path;

	(void)state;
	bank_box_open(&b, 5);
	path = bank_box_path(&b, "banks-1");
	for (int i = 0; i < 3; i++) { /* none pushes another out */
		bank_box_write(path, foreign, sizeof(foreign));
		assert_int_equal(recover_run(b.folder, 0, b.book, &r), 0);
		assert_int_equal(r.n, 0);
		recover_free(&r);
		char *kept = bank_box_path(&b, aside[i]);

		assert_int_equal(stat(kept, &st), 0);
		assert_int_equal(st.st_size, sizeof(foreign));
		free(kept);
	}
	bank_box_write(path, "", 0);
	assert_int_equal(recover_run(b.folder, 5, b.book, &r), 0);
	assert_int_equal(r.n, 0);
	assert_int_equal(r.generation, 5);
	recover_free(&r);
	assert_int_equal(stat(path, &st), -1);
	free(path);
	bank_box_close(&b);
}

/* What cannot be read waits for a person, and its counters, if they are still there, are taken instead. */
static void bad_spills_stand_aside(void **state)
{
	static const char *const bad[] = { "", "interval", "interval m 0 x\n" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct recovered r;
		struct bank_box b;
		struct bankfile *f;
		uint64_t frames;
		char *path, *aside;
		struct text kept = { 0 };

		bank_box_open(&b, 5);
		path = bank_box_path(&b, "9.interval");
		aside = bank_box_path(&b, "9.unreadable");
		bank_box_write(path, bad[i], strlen(bad[i]));
		f = bank_box_file(&b, "banks-1");
		bank_box_begin(f, 0, 9);
		frames = bank_box_count(&b, f, 0, 9);
		bankfile_close(f);
		assert_int_equal(recover_run(b.folder, 0, b.book, &r), 0);
		assert_int_equal(r.n, 1);
		assert_int_equal(bank_box_packets(r.iv[0]), frames);
		bank_box_read(aside, &kept);
		assert_string_equal(kept.data, bad[i]);
		text_free(&kept);
		recover_free(&r);
		free(path);
		free(aside);
		bank_box_close(&b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(killed_after_each_step_and_while_recovering),
		cmocka_unit_test(bad_bank_files_stand_aside),
		cmocka_unit_test(bad_spills_stand_aside),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
