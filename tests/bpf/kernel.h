/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A view in the kernel, for tests by the kernel's test-run: its tables and a bank in maps, and programs
 * that are loaded on them as the meter loads them. What cannot be had ends the program.
 */
#ifndef BPF_KERNEL_H
#define BPF_KERNEL_H

#include <stdbool.h>
#include <stdint.h>

#include "xdp_bank.h"
#include "xdp_program.h"
#include "xdp_view.h"

struct kernel {
	struct xdp_view plan;
	struct xdp_bank bank;
	struct xdp_maps maps;
	bool frags; /* it knows frames in several buffers */
	uint32_t min_wire; /* bytes to which the port pads what it sends; for programs that are loaded from then on */
};

/* Skips the whole program (exit status 77), saying why, when the kernel does not let us. */
void kernel_or_skip(void);

void kernel_up(struct kernel *k, const struct view *view); /* `view` is borrowed until kernel_down() */
void kernel_down(struct kernel *k);

void kernel_load(const struct kernel *k, struct xdp_program *p, enum xdp_entry entry, uint32_t tap, bool consume);

/* Why the test-run takes no such frame, or NULL when it does. */
const char *kernel_refuses(const struct kernel *k, enum xdp_entry entry, const uint8_t *frame, uint32_t size);

/* Gives the frame to a program, which must leave it as it is. Returns what the program returns. */
int kernel_run(int fd, const uint8_t *frame, uint32_t size);

/* The same to an XDP program, with 14 bytes in a buffer and the others in the next. False when there are too few or
 * too many, or when this kernel's test-run knows no pieces (before 6.18). */
bool kernel_run_in_pieces(int fd, const uint8_t *frame, uint32_t size, int *verdict);

#endif
