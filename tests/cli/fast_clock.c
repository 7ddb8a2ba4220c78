/* SPDX-License-Identifier: BSD-3-Clause */
/* Preloaded by test_progress.py: the coarse monotonic clock, which only progress.c reads, makes a second at every
 * look, so that short work takes long. */
#include <dlfcn.h>
#include <time.h>

int clock_gettime(clockid_t id, struct timespec *t)
{
	static time_t looks;
	int (*real)(clockid_t, struct timespec *) = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");

	if (id != CLOCK_MONOTONIC_COARSE)
		return real(id, t);
	*t = (struct timespec){ .tv_sec = ++looks };
	return 0;
}
