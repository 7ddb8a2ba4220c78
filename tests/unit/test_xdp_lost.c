/* SPDX-License-Identifier: BSD-3-Clause */
/* A cut asks what the interfaces lost, and does not wait for a kernel that does not answer: the rest comes with a later
 * one. The kernel is the test's own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <time.h>

#include "xdp_lost.h"

#define PORTS	 3
#define SLOWEST 1 /* the port whose driver holds the kernel's lock */

static struct {
	pthread_mutex_t held;
	uint64_t lost[PORTS]; /* that it has not told yet */
} kernel = { .held = PTHREAD_MUTEX_INITIALIZER };

void xdp_missed_open(struct xdp_missed *m, const char *tap, const char *interface, int index, bool takes)
{
	*m = (struct xdp_missed){ .tap = tap, .interface = interface, .index = index, .takes = takes };
}

uint64_t xdp_missed_since(struct xdp_missed *m)
{
	uint64_t since;

	if (!m->index)
		return 0;
	if (m->index == SLOWEST + 1)
		pthread_mutex_lock(&kernel.held);
	since = kernel.lost[m->index - 1];
	kernel.lost[m->index - 1] = 0;
	if (m->index == SLOWEST + 1)
		pthread_mutex_unlock(&kernel.held);
	return since;
}

void xdp_missed_close(struct xdp_missed *m)
{
	*m = (struct xdp_missed){ 0 };
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void lose(void)
{
	for (size_t i = 0; i < PORTS; i++)
		kernel.lost[i] = 10 + i;
}

static void begin(struct xdp_lost *l)
{
	assert_int_equal(xdp_lost_init(l, PORTS), 0);
	for (size_t i = 0; i < PORTS; i++)
		xdp_lost_begin(l, i, "tap", "eth0", (int)i + 1, false);
}

static void each_cut_takes_what_was_lost(void **state)
{
	struct xdp_lost l;

	(void)state;
	begin(&l);
	for (int cut = 0; cut < 1000; cut++) {
		lose();
		xdp_lost_ask(&l);
		for (size_t i = 0; i < PORTS; i++)
			assert_int_equal(xdp_lost_take(&l, i), 10 + i);
		assert_int_equal(xdp_lost_take(&l, 0), 0);
	}
	xdp_lost_free(&l);
}

static void a_cut_does_not_wait_for_long(void **state)
{
	struct xdp_lost l;
	double before = now();
	uint64_t taken = 0;

	(void)state;
	begin(&l);
	lose();
	pthread_mutex_lock(&kernel.held);
	for (int cut = 0; cut < 3; cut++) {
		xdp_lost_ask(&l);
		taken += xdp_lost_take(&l, 0);
		assert_int_equal(xdp_lost_take(&l, SLOWEST), 0);
		assert_int_equal(xdp_lost_take(&l, 2), 0);
	}
	assert_true(now() - before < 5); /* 3 times 0.1 s, on a machine that does other things too */
	assert_int_equal(taken, 10);
	pthread_mutex_unlock(&kernel.held);
	for (taken = 0; taken < 11;) {
		xdp_lost_ask(&l);
		taken += xdp_lost_take(&l, SLOWEST);
	}
	assert_int_equal(taken, 11);
	xdp_lost_free(&l);
}

static void what_ends_is_told_with_the_next_cut(void **state)
{
	struct xdp_lost l;

	(void)state;
	begin(&l);
	lose();
	xdp_lost_end(&l, 0);
	assert_int_equal(xdp_lost_take(&l, 0), 10);
	lose();
	xdp_lost_ask(&l);
	assert_int_equal(xdp_lost_take(&l, 0), 0);
	assert_int_equal(xdp_lost_take(&l, 2), 12);
	xdp_lost_free(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_cut_takes_what_was_lost),
		cmocka_unit_test(a_cut_does_not_wait_for_long),
		cmocka_unit_test(what_ends_is_told_with_the_next_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
