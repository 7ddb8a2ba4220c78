/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A disk that fails or is full. Each write and sync of a whole life of a journal (made, filled,
 * closed) fails once, the n-th in the n-th run: the call that meets it says so, nothing of it is
 * stored, and the same interval can be given again. At each failure the files are copied as a crash
 * would leave them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "journal.h"
#include "log.h"
#include "make_interval.h"

#define INTERVALS 4
#define FIRST	  INT64_C(1795305600)

static struct make make = {
	.meter = "m", .interval = 10, .n_taps = 2, .n_cells = 60, .percent = 80
};
static char *folder, path[200];

/* The failing disk: SQLite's own system calls, and the syncs that it takes from the C library. */

static struct {
	long countdown; /* calls until one fails; 0: none will */
	int error;
	bool sync; /* syncs fail, not writes */
	bool fired;
} fault;

static bool fails(bool sync)
{
	if (!fault.countdown || fault.sync != sync || --fault.countdown)
		return false;
	fault.fired = true;
	errno = fault.error;
	return true;
}

static ssize_t failing_write(int fd, const void *data, size_t size)
{
	return fails(false) ? -1 : write(fd, data, size);
}

static ssize_t failing_pwrite(int fd, const void *data, size_t size, off_t at)
{
	return fails(false) ? -1 : pwrite(fd, data, size, at);
}

static int failing_truncate(int fd, off_t size)
{
	return fails(false) ? -1 : ftruncate(fd, size);
}

int fsync(int fd)
{
	return fails(true) ? -1 : ((int (*)(int))dlsym(RTLD_NEXT, "fsync"))(fd);
}

int fdatasync(int fd)
{
	return fails(true) ? -1 : ((int (*)(int))dlsym(RTLD_NEXT, "fdatasync"))(fd);
}

static void use_failing_disk(void)
{
	sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);

	sqlite3_initialize();
	vfs->xSetSystemCall(vfs, "write", (sqlite3_syscall_ptr)failing_write);
	vfs->xSetSystemCall(vfs, "pwrite", (sqlite3_syscall_ptr)failing_pwrite);
	vfs->xSetSystemCall(vfs, "pwrite64", (sqlite3_syscall_ptr)failing_pwrite);
	vfs->xSetSystemCall(vfs, "ftruncate", (sqlite3_syscall_ptr)failing_truncate);
}

/* What is in the journal at `where`; fails the test if it does not verify. -1: it is no journal
 * yet. */

static void complain(void *context, const char *what)
{
	(void)context;
	fail_msg("%s", what);
}

static int64_t check(const char *where)
{
	struct cellbook *book = cellbook_new();
	struct journal_head head = { 0 };
	struct journal *j = NULL;
	long countdown = fault.countdown;
	int err;

	fault.countdown = 0; /* the writer's disk fails, not the reader's */
	err = journal_open(where, JOURNAL_READ, "m", 10, book, &j);

	if (!err) {
		assert_int_equal(journal_verify(j, complain, NULL), 0);
		assert_int_equal(journal_head(j, &head), 0);
	} else {
		assert_int_equal(err, -ENOENT);
	}
	journal_close(j);
	cellbook_free(book);
	fault.countdown = countdown;
	return err ? -1 : (int64_t)head.seq;
}

static void copy_file(const char *from, const char *to)
{
	char data[65536];
	int in = open(from, O_RDONLY), out;
	ssize_t n;

	unlink(to);
	if (in < 0)
		return;
	out = open(to, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	while ((n = read(in, data, sizeof(data))) > 0)
		assert_int_equal(write(out, data, (size_t)n), n);
	close(in);
	close(out);
}

/* What a reader would find if the machine had stopped here (the -shm file is memory). */
static int64_t check_after_a_crash_here(void)
{
	char crashed[220], from[220], to[220];

	snprintf(crashed, sizeof(crashed), "%s/crashed.db", folder);
	copy_file(path, crashed);
	snprintf(from, sizeof(from), "%s-wal", path);
	snprintf(to, sizeof(to), "%s/crashed.db-wal", folder);
	copy_file(from, to);
	snprintf(to, sizeof(to), "%s/crashed.db-shm", folder);
	unlink(to);
	return check(crashed);
}

/* Opens, again if that is what failed. */
static struct journal *open_again_and_again(struct cellbook *book)
{
	struct journal *j = NULL;
	const char *text = make_config(&make.config);

	while (journal_open(path, JOURNAL_WRITE, "m", 10, book, &j)) {
		assert_true(fault.fired);
		fault.fired = false;
		check_after_a_crash_here();
	}
	while (journal_put_config(j, &make.config, text)) {
		assert_true(fault.fired);
		fault.fired = false;
	}
	return j;
}

static void append_again_and_again(struct journal *j, struct cellbook *book, int64_t seq)
{
	struct interval *iv = make_interval(&make, book, FIRST + seq * 10, (uint64_t)seq);
	int err;

	while ((err = journal_append(j, iv))) {
		assert_true(fault.fired);
		assert_true(err == -fault.error || err == -ENOSPC || err == -EIO);
		fault.fired = false;
		assert_int_equal(iv->seq, 0);
		assert_int_equal(
			check(path), seq - 1); /* nothing of it, for anybody who reads now */
		/* After a crash it may be there, whole: its sync failed, not its write. */
		assert_in_range(check_after_a_crash_here(), seq - 1, seq);
	}
	assert_int_equal(iv->seq, seq);
	assert_int_equal(check_after_a_crash_here(), seq);
	interval_free(iv);
}

/* A journal's life with one failure in it. False: the failure was never reached. */
static bool live(long n, bool sync, int error)
{
	struct cellbook *book = cellbook_new();
	struct journal *j;
	bool reached;

	fault.countdown = n;
	fault.sync = sync;
	fault.error = error;
	fault.fired = false;
	j = open_again_and_again(book);
	for (int64_t seq = 1; seq <= INTERVALS; seq++) {
		make.n_cells = 40 + 20 * (unsigned)seq;
		append_again_and_again(j, book, seq);
	}
	journal_close(j);
	reached = fault.countdown == 0;
	fault.countdown = 0;
	assert_int_equal(check(path), INTERVALS);
	cellbook_free(book);
	return reached;
}

static void remove_journal(void)
{
	static const char *const suffix[] = { "", "-wal", "-shm", "-journal", ".lock" };
	char name[220];

	for (size_t i = 0; i < sizeof(suffix) / sizeof(*suffix); i++) {
		snprintf(name, sizeof(name), "%s%s", path, suffix[i]);
		unlink(name);
	}
}

static void any_failure_is_survived(bool sync, int error, long at_least)
{
	long n = 1;

	for (; live(n, sync, error); n++)
		remove_journal();
	remove_journal();
	assert_true(n > at_least); /* as many calls were there to fail */
	print_message("%ld calls, each failed once\n", n - 1);
}

static void any_write_may_meet_a_full_disk(void **state)
{
	(void)state;
	any_failure_is_survived(false, ENOSPC, 20);
}

static void any_write_may_fail(void **state)
{
	(void)state;
	any_failure_is_survived(false, EIO, 20);
}

static void any_sync_may_fail(void **state)
{
	(void)state;
	any_failure_is_survived(true, EIO, 5);
}

/* Really full: appends until `full`, makes room, goes on. */
static void fill_and_go_on(const char *where, int error, void (*make_room)(void))
{
	struct cellbook *book = cellbook_new();
	struct journal *j = NULL;
	const char *text = make_config(&make.config);
	struct interval *iv = NULL;
	int64_t seq = 0;
	int err = 0;

	make.n_cells = 300;
	assert_int_equal(journal_open(where, JOURNAL_WRITE, "m", 10, book, &j), 0);
	assert_int_equal(journal_put_config(j, &make.config, text), 0);
	while (!err && seq < 10000) {
		interval_free(iv);
		seq++;
		iv = make_interval(&make, book, FIRST + seq * 10, (uint64_t)seq);
		err = journal_append(j, iv);
	}
	assert_true(err == error || err == -EIO); /* SQLite tells a full disk, and little else */
	assert_true(seq > 3);
	assert_int_equal(journal_append(j, iv), err); /* it stays full */
	assert_int_equal(check(where), seq - 1);
	make_room();
	assert_int_equal(journal_append(j, iv), 0);
	assert_int_equal(iv->seq, seq);
	interval_free(iv);
	journal_close(j);
	assert_int_equal(check(where), seq);
	cellbook_free(book);
}

static void raise_limit(void)
{
	struct rlimit limit;

	getrlimit(RLIMIT_FSIZE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_FSIZE, &limit);
}

static void a_file_size_limit_is_an_error_and_not_the_end(void **state)
{
	struct rlimit limit;

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = 1 << 20;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	fill_and_go_on(path, -EFBIG, raise_limit);
}

static char filler[220];

static void remove_filler(void)
{
	unlink(filler);
}

static void a_full_file_system_is_an_error_and_not_the_end(void **state)
{
	char where[220], block[65536] = { 1 };
	int fd;

	(void)state;
	if (geteuid() || unshare(CLONE_NEWNS) ||
		mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
		mount("none", folder, "tmpfs", 0, "size=4m")) {
		print_message("skipped: a small file system can be mounted by root alone\n");
		skip();
	}
	snprintf(where, sizeof(where), "%s/a.db", folder);
	snprintf(filler, sizeof(filler), "%s/filler", folder);
	fd = open(filler, O_WRONLY | O_CREAT, 0644);
	for (int i = 0; i < 32; i++)
		assert_int_equal(write(fd, block, sizeof(block)), sizeof(block));
	close(fd);
	fill_and_go_on(where, -ENOSPC, remove_filler);
	umount(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_write_may_meet_a_full_disk),
		cmocka_unit_test(any_write_may_fail),
		cmocka_unit_test(any_sync_may_fail),
		cmocka_unit_test(a_file_size_limit_is_an_error_and_not_the_end),
		cmocka_unit_test(a_full_file_system_is_an_error_and_not_the_end),
	};
	int failed;

	log_init("test_journal_disk", 0);
	folder = make_folder();
	snprintf(path, sizeof(path), "%s/a.db", folder);
	use_failing_disk();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	remove_folder(folder);
	return failed;
}
