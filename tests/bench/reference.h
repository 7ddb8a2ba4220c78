/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The yardstick: the plainest path that a good DPDK programmer writes in an afternoon. Headers by pointer
 * without a look at their lengths, a peering by VLAN table, a class by rte_fib (DIR24-8 and trie, 4-byte
 * next hops, one bulk lookup per family and burst), cells of 16 bytes. No direction, CoS, L3 bytes or
 * malformed frames. Compiled with -O3 for this very CPU.
 */
#ifndef BENCH_REFERENCE_H
#define BENCH_REFERENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "stage.h"

struct routes;
struct rte_fib;
struct rte_fib6;

struct reference_tables {
	struct rte_fib *fib4;
	struct rte_fib6 *fib6;
};

struct reference_cell {
	uint64_t packets, bytes;
};

struct reference {
	struct reference_tables tables;
	uint16_t peering[4096]; /* by outer VID */
	unsigned peerings, classes;
	struct reference_cell *cell; /* [peerings][classes] */
};

/* 0 or -errno, with a message on stderr. */
int reference_tables_build(struct reference_tables *t, const struct routes *routes);
void reference_tables_free(struct reference_tables *t);

/* Scalar or AVX-512 lookups from now on. False: not on this CPU, or EAL does not allow it. */
bool reference_vector(const struct reference_tables *t, bool vector);

int reference_open(struct reference *r, const struct reference_tables *t, unsigned peerings, unsigned classes);
void reference_close(struct reference *r);

stage_pass_fn reference_pass; /* STAGE_TOUCH too */

#endif
