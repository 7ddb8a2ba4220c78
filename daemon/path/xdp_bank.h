/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One bank that the kernel's programs count in (bpf/maps.h): an array map, mapped here, so that at rest it
 * is read and cleared as memory: a struct bank for each possible CPU. Bench and tests use it without pins.
 */
#ifndef PATH_XDP_BANK_H
#define PATH_XDP_BANK_H

#include <stddef.h>
#include <stdint.h>

#include "bank.h"

/* The sizes in it that depend on the layout and the machine. */
struct xdp_shape {
	uint32_t n_cpus, n_taps, n_slots;
	uint32_t slots, stride; /* struct meter_settings */
};

struct xdp_bank {
	int fd; /* 0: there is none */
	uint32_t id;
	void *memory;
	size_t size;
	size_t n_cpus;
	struct bank *cpu;   /* [n_cpus], into `memory` */
	struct bank **list; /* the same as snapshot_take() wants them */
};

unsigned xdp_bank_cpus(void); /* possible ones: what numbers CPUs may have */

/* A cleared bank, or with `fd` the one behind it (which becomes the bank's). 0 or -errno. */
int xdp_bank_create(struct xdp_bank *b, const struct xdp_shape *shape);
int xdp_bank_adopt(struct xdp_bank *b, const struct xdp_shape *shape, int fd);
void xdp_bank_close(struct xdp_bank *b);
void xdp_bank_clear(struct xdp_bank *b);

/* The map that holds the bank which is counted in. xdp_bank_enter() returns when no program counts in
 * another one any more. */
int xdp_bank_current_create(const struct xdp_bank *first);
int xdp_bank_enter(int current, const struct xdp_bank *b);

/* An array map of `n` elements of `size` bytes that can be mapped, and its memory. */
int xdp_array_create(const char *name, uint32_t size, uint32_t n);
void *xdp_array_map(int fd, size_t bytes);

#endif
