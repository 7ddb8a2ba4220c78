/* SPDX-License-Identifier: BSD-3-Clause */
/* The processor's own clock: cheap enough to be read once a burst. Only differences and ratios mean
 * anything. */
#ifndef PATH_CYCLES_H
#define PATH_CYCLES_H

#include <stdint.h>

#if defined(__x86_64__)
static inline uint64_t cycles_now(void)
{
	return __builtin_ia32_rdtsc();
}
#else
#include <time.h>

static inline uint64_t cycles_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}
#endif

#endif
