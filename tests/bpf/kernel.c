/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernel.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "transitd/frame.h"

#define SKIPPED	   77
#define ONE_BUFFER 3072 /* a page, less what the kernel puts before and behind a frame */
#define BUFFERS	   (ONE_BUFFER + 17 * 4096) /* and as many pages more as it hangs on at least */

/* cmocka's asserts tell nothing in a program that is not its own, as run_frames. `error` (0: none): why. */
static void must(bool holds, const char *what, int error)
{
	if (holds)
		return;
	fflush(stdout);
	fprintf(stderr, "kernel: %s%s%s\n", what, error ? ": " : "", error ? strerror(abs(error)) : "");
	exit(1);
}

void kernel_or_skip(void)
{
	int fd;

	if (geteuid()) {
		puts("skipped: only root may load programs into the kernel");
		exit(SKIPPED);
	}
	fd = xdp_array_create("may_we", 64, 1);
	if (fd < 0) {
		printf("skipped: the kernel gives no map: %s\n", strerror(-fd));
		exit(SKIPPED);
	}
	close(fd);
}

static void write_view(struct kernel *k)
{
	size_t size = (size_t)k->plan.n_pages * METER_PAGE;
	void *pages;

	k->maps.view = xdp_array_create("meter_view", METER_PAGE, k->plan.n_pages);
	must(k->maps.view > 0, "no map of the view", k->maps.view);
	pages = xdp_array_map(k->maps.view, size);
	must(pages, "the view cannot be mapped", errno);
	xdp_view_write(&k->plan, pages);
	munmap(pages, size);
}

void kernel_up(struct kernel *k, const struct view *view)
{
	struct xdp_shape shape;
	int error;

	*k = (struct kernel){ .frags = xdp_program_frags() };
	error = xdp_view_plan(&k->plan, view);
	must(!error, "no plan of the view", error);
	shape = (struct xdp_shape){ .n_cpus = xdp_bank_cpus(),
		.n_taps = view->layout.n_taps,
		.n_slots = view->layout.n_slots,
		.slots = k->plan.common.slots,
		.stride = k->plan.common.stride };
	error = xdp_bank_create(&k->bank, &shape);
	must(!error, "no bank", error);
	write_view(k);
	k->maps.banks = xdp_bank_current_create(&k->bank);
	must(k->maps.banks > 0, "no map of banks", k->maps.banks);
}

void kernel_down(struct kernel *k)
{
	close(k->maps.view);
	close(k->maps.banks);
	xdp_bank_close(&k->bank);
	xdp_view_free(&k->plan);
}

void kernel_load(const struct kernel *k, struct xdp_program *p, enum xdp_entry entry, uint32_t tap, bool consume)
{
	struct meter_settings settings;
	uint32_t direct[MATCH_VIDS];
	int error;

	xdp_view_settings(&k->plan, tap, &settings, direct);
	settings.frags = k->frags;
	settings.consume = consume;
	settings.min_wire = k->min_wire;
	error = xdp_program_load(p, entry, 0, &settings, direct, &k->maps, false, true);
	must(!error, "no program", error);
}

/* As net/bpf/test_run.c of Linux has it: no frame without its first 14 bytes. At tc something must follow them (6.0),
 * and where they announce IP, the addresses, which are read there. */
static uint32_t least(enum xdp_entry entry, const uint8_t *frame, uint32_t size)
{
	if (entry != XDP_ENTRY_TC || size < FRAME_MIN)
		return FRAME_MIN;
	switch (frame_be16(frame + 12)) {
	case ETHERTYPE_IPV4:
		return FRAME_MIN + 20;
	case ETHERTYPE_IPV6:
		return FRAME_MIN + 40;
	default:
		return FRAME_MIN + 1;
	}
}

const char *kernel_refuses(const struct kernel *k, enum xdp_entry entry, const uint8_t *frame, uint32_t size)
{
	if (size < least(entry, frame, size))
		return "too short";
	return size > (entry != XDP_ENTRY_TC && k->frags ? BUFFERS : ONE_BUFFER) ? "too long" : NULL;
}

static int test_run(int fd, const uint8_t *frame, uint32_t size, struct xdp_md *context, int *verdict)
{
	static uint8_t out[BUFFERS];
	LIBBPF_OPTS(bpf_test_run_opts, o, .data_in = frame, .data_size_in = size, .data_out = out,
		.data_size_out = sizeof(out), .ctx_in = context, .ctx_size_in = context ? sizeof(*context) : 0,
		.repeat = 1);
	int error = bpf_prog_test_run_opts(fd, &o);

	if (error)
		return error;
	must(o.data_size_out == size && !memcmp(out, frame, size), "the program has changed the frame", 0);
	*verdict = (int)o.retval;
	return 0;
}

int kernel_run(int fd, const uint8_t *frame, uint32_t size)
{
	int verdict = 0, error = test_run(fd, frame, size, NULL, &verdict);

	must(!error, "the test-run refuses the frame", error);
	return verdict;
}

bool kernel_run_in_pieces(int fd, const uint8_t *frame, uint32_t size, int *verdict)
{
	struct xdp_md context = { .data_end = FRAME_MIN };
	int error;

	if (size <= FRAME_MIN || size > ONE_BUFFER)
		return false;
	error = test_run(fd, frame, size, &context, verdict);
	must(!error || error == -EINVAL, "the test-run refuses the frame in pieces", error);
	return !error;
}
