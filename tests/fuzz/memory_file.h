/* SPDX-License-Identifier: BSD-3-Clause */
/* A file in memory with a path, for entries that open files. */
#ifndef FUZZ_MEMORY_FILE_H
#define FUZZ_MEMORY_FILE_H

#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"

/* Good until the next call with the same `slot` (0 to 3). */
static inline const char *memory_file(unsigned slot, const void *data, size_t size)
{
	static struct {
		int fd; /* less 1: 0 is none */
		char path[32];
	} file[4];

	if (!file[slot].fd) {
		file[slot].fd = memfd_create("fuzz", MFD_CLOEXEC) + 1;
		FUZZ_CHECK(file[slot].fd > 0);
		snprintf(file[slot].path, sizeof(file[slot].path), "/proc/self/fd/%d", file[slot].fd - 1);
	}
	FUZZ_CHECK(ftruncate(file[slot].fd - 1, 0) == 0);
	FUZZ_CHECK(pwrite(file[slot].fd - 1, data, size, 0) == (ssize_t)size);
	return file[slot].path;
}

#endif
