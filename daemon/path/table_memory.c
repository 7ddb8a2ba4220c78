/* SPDX-License-Identifier: BSD-3-Clause */
#include "table_memory.h"

#include <stdint.h>
#include <sys/mman.h>

#define SMALL_PAGE ((size_t)4096)
#define HUGE_PAGE  ((size_t)2 << 20)

static size_t mapped_size(size_t size)
{
	size_t unit = size >= HUGE_PAGE ? HUGE_PAGE : SMALL_PAGE;

	return (size + unit - 1) / unit * unit;
}

void *table_memory_new(size_t size)
{
	size_t want = mapped_size(size), align = want >= HUGE_PAGE ? HUGE_PAGE : SMALL_PAGE, head;
	char *p = mmap(NULL, want + align, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED)
		return NULL;
	head = (align - (uintptr_t)p % align) % align;
	if (head)
		munmap(p, head);
	munmap(p + head + want, align - head);
	if (align == HUGE_PAGE)
		madvise(p + head, want, MADV_HUGEPAGE); /* advice: small pages serve as well */
	return p + head;
}

void table_memory_free(void *p, size_t size)
{
	if (p)
		munmap(p, mapped_size(size));
}
