/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Preloaded into a program, this gives it a wall clock that a test can set: the system's, and as many
 * nanoseconds more as the 8 bytes of the file $STEPPED_BY say. All other clocks stay what they are.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_S INT64_C(1000000000)

static const int64_t *stepped_by;

__attribute__((constructor)) static void begin(void)
{
	const char *name = getenv("STEPPED_BY");
	int fd = name ? open(name, O_RDONLY | O_CLOEXEC) : -1;
	void *map = fd < 0 ? MAP_FAILED : mmap(NULL, sizeof(*stepped_by), PROT_READ, MAP_SHARED, fd, 0);

	if (map == MAP_FAILED)
		abort();
	close(fd);
	stepped_by = map;
}

int clock_gettime(clockid_t clock, struct timespec *ts)
{
	int error = (int)syscall(SYS_clock_gettime, clock, ts);
	int64_t ns;

	if (error || clock != CLOCK_REALTIME || !stepped_by)
		return error;
	ns = ts->tv_sec * NS_PER_S + ts->tv_nsec + __atomic_load_n(stepped_by, __ATOMIC_RELAXED);
	ts->tv_sec = ns / NS_PER_S;
	ts->tv_nsec = ns % NS_PER_S;
	return 0;
}
