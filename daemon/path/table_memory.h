/* SPDX-License-Identifier: BSD-3-Clause */
/* Zeroed memory for big read-mostly tables: anonymous, on huge pages where the kernel has them to give
 * (a lookup then misses the TLB far less often); untouched pages cost nothing. */
#ifndef PATH_TABLE_MEMORY_H
#define PATH_TABLE_MEMORY_H

#include <stddef.h>

void *table_memory_new(size_t size); /* NULL when there is none */
void table_memory_free(void *p, size_t size);

#endif
