/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Where the kernel's programs put each frame of a list:
 *
 *   run_frames CONFIGURATION xdp|tc < FRAMES
 *
 * A frame is a line "TAP HEX". It is answered by a line in the words of tests/golden/table.py,
 *
 *   PEERING DIRECTION CLASS COS FAMILY L2_BYTES L3_BYTES [malformed]
 *   unknown L2_BYTES [malformed]
 *
 * or by "left out: REASON" if the kernel's test-run takes no such frame. The last two lines are "in pieces N", how many
 * frames were given once more so, and "processed N", what the verifier went through for a program, at most. A frame
 * that is not in exactly one place of the bank ends it with 1.
 */
#include <inttypes.h>
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel.h"
#include "log.h"
#include "text.h"
#include "view_build.h"

struct run {
	enum xdp_entry entry;
	int pass; /* what a program returns for a frame that goes on */
	struct view *view;
	struct kernel kernel;
	struct xdp_program *program; /* [n_taps]; loaded with the first frame of the tap, skeleton NULL until then */
	uint32_t processed;
	size_t line, in_pieces;
};

/* What one frame has left in the bank. */
struct place {
	uint64_t slot; /* so wide that nothing fills the struct up: it is compared as memory */
	struct bank_tap tap;
	struct counters count;
};

static void __attribute__((format(printf, 2, 3), noreturn)) fail(const struct run *r, const char *format, ...)
{
	va_list args;

	fflush(stdout);
	fprintf(stderr, "run_frames: line %zu: ", r->line);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(1);
}

static bool all_zero(const void *memory, size_t size)
{
	const char *p = memory;

	return !p[0] && !memcmp(p, p + 1, size - 1);
}

static struct bank *bank_of(struct run *r, uint32_t tap)
{
	struct xdp_bank *b = &r->kernel.bank;

	for (size_t i = 0; i < b->n_cpus; i++)
		if (b->cpu[i].tap[tap].packets)
			return &b->cpu[i];
	fail(r, "the frame's tap has not counted it");
}

static uint32_t slot_of(const struct run *r, const struct bank *b)
{
	for (uint32_t i = 0; i < b->n_slots; i++)
		if (b->slot[i].count.packets)
			return i;
	fail(r, "the CPU that counted the frame's tap has it in no slot");
}

/* Takes what the frame left out of its tap and its slot: then nothing may be in the bank, whatever CPU, tap,
 * slot or filler. */
static struct place take(struct run *r, uint32_t tap)
{
	struct bank *b = bank_of(r, tap);
	uint32_t slot = slot_of(r, b);
	struct place p = { .slot = slot, .tap = b->tap[tap], .count = b->slot[slot].count };

	b->tap[tap] = (struct bank_tap){ 0 };
	b->slot[slot].count = (struct counters){ 0 };
	if (!all_zero(r->kernel.bank.memory, r->kernel.bank.size))
		fail(r, "the frame is in more than one place");
	if (p.tap.packets != 1 || p.count.packets != 1)
		fail(r, "the frame is counted more than once");
	if (p.tap.l2_bytes != p.count.l2_bytes)
		fail(r, "the frame's tap has not the bytes of its slot");
	if (p.tap.malformed > 1 || p.tap.late)
		fail(r, "the frame is malformed or late more often than it can be");
	if (slot < b->n_taps && slot != tap)
		fail(r, "the frame is unknown to another tap");
	return p;
}

static void print(const struct layout *l, const struct place *p)
{
	static const char *const direction[DIRECTIONS] = { "ingress", "egress" };
	static const char *const family[FAMILIES] = { "ipv4", "ipv6", "other" };

	if (p->slot < l->n_taps) {
		printf("unknown %" PRIu64, p->count.l2_bytes);
	} else {
		struct layout_cell c = layout_cell(l, (uint32_t)p->slot);

		printf("%s %s %s %s %s %" PRIu64 " %" PRIu64, l->peering[c.peering].name, direction[c.direction],
			c.class, c.cos, family[c.family], p->count.l2_bytes, p->count.l3_bytes);
	}
	puts(p->tap.malformed ? " malformed" : "");
}

static const struct xdp_program *program_of(struct run *r, uint32_t tap)
{
	struct xdp_program *p = &r->program[tap];

	if (!p->skeleton) {
		kernel_load(&r->kernel, p, r->entry, tap, false);
		if (p->processed > r->processed)
			r->processed = p->processed;
	}
	return p;
}

/* The program then copies the headers together, and must see the same in them. */
static void give_in_pieces(struct run *r, uint32_t tap, const uint8_t *frame, uint32_t size, const struct place *whole)
{
	struct place p;
	int verdict;

	if (!kernel_run_in_pieces(program_of(r, tap)->fd, frame, size, &verdict))
		return;
	if (verdict != r->pass)
		fail(r, "the program does not let the frame pass in pieces");
	p = take(r, tap);
	if (memcmp(&p, whole, sizeof(p)))
		fail(r, "the frame is elsewhere when it comes in pieces");
	r->in_pieces++;
}

static void give(struct run *r, uint32_t tap, const uint8_t *frame, uint32_t size)
{
	const char *reason = kernel_refuses(&r->kernel, r->entry, frame, size);
	struct place p;

	if (reason) {
		printf("left out: %s\n", reason);
		return;
	}
	if (kernel_run(program_of(r, tap)->fd, frame, size) != r->pass)
		fail(r, "the program does not let the frame pass");
	p = take(r, tap);
	print(&r->view->layout, &p);
	if (r->entry == XDP_ENTRY_PLAIN)
		give_in_pieces(r, tap, frame, size, &p);
}

static uint32_t find_tap(const struct run *r, const char *name)
{
	for (uint32_t i = 0; i < r->view->layout.n_taps; i++)
		if (!strcmp(r->view->layout.tap[i], name))
			return i;
	fail(r, "there is no tap %s", name);
}

static int digit(const struct run *r, char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = c ? strchr(digits, c) : NULL;

	if (!at)
		fail(r, "not a frame in hexadecimal digits");
	return (int)(at - digits);
}

static void give_line(struct run *r, char *line)
{
	char *hex = strchr(line, ' ');
	uint8_t *frame = (uint8_t *)line;
	uint32_t tap, size = 0;

	r->line++;
	line[strcspn(line, "\n")] = 0;
	if (!hex)
		fail(r, "not TAP HEX");
	*hex++ = 0;
	tap = find_tap(r, line);
	/* In place: two digits become a byte before them. */
	for (; *hex; hex += 2)
		frame[size++] = (uint8_t)(digit(r, hex[0]) << 4 | digit(r, hex[1]));
	give(r, tap, frame, size);
}

static void run_all(struct run *r, FILE *frames)
{
	uint32_t n_taps = r->view->layout.n_taps;
	char *line = NULL;
	size_t room = 0;

	kernel_up(&r->kernel, r->view);
	r->program = mem_array(n_taps, sizeof(*r->program));
	while (getline(&line, &room, frames) >= 0)
		give_line(r, line);
	printf("in pieces %zu\nprocessed %u\n", r->in_pieces, r->processed);
	for (uint32_t i = 0; i < n_taps; i++)
		if (r->program[i].skeleton)
			xdp_program_unload(&r->program[i]);
	free(line);
	free(r->program);
	kernel_down(&r->kernel);
}

static struct view *load_view(const char *file)
{
	struct diag diag = { .out = stderr };
	const struct config *config;
	struct view *view = NULL;

	if (config_load(file, NULL, 0, &diag, &config))
		return NULL;
	if (view_build(config, &view))
		view = NULL;
	config_free(config);
	return view;
}

int main(int argc, char **argv)
{
	struct run r = { .entry = XDP_ENTRY_PLAIN, .pass = XDP_PASS };

	if (argc != 3 || (strcmp(argv[2], "xdp") && strcmp(argv[2], "tc")))
		return 2;
	if (!strcmp(argv[2], "tc")) {
		r.entry = XDP_ENTRY_TC;
		r.pass = TC_ACT_UNSPEC;
	}
	log_init("run_frames", LOG_WARN);
	kernel_or_skip();
	r.view = load_view(argv[1]);
	if (!r.view)
		return 2;
	run_all(&r, stdin);
	view_free(r.view);
	return 0;
}
