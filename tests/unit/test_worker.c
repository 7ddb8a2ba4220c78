/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Every frame is counted once and whole, however often the workers are sent into another shift: two
 * workers count numbered frames as fast as they can while shifts change without pause.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"
#include "worker.h"

#define WORKERS 2
#define CUTS	300

/* Hands out the same frame over and over, one byte longer each time, up to a limit. */
struct stream {
	struct tap_queue base;
	uint8_t frame[64];
	uint64_t packets, bytes; /* handed out */
	uint32_t length;
};

static void receive(struct tap_queue *q, struct burst *b)
{
	struct stream *s = (struct stream *)q;

	b->n = 1 + s->packets % BURST_MAX;
	for (uint32_t i = 0; i < b->n; i++) {
		s->length = s->length == 1500 ? 64 : s->length + 1;
		b->data[i] = s->frame;
		b->captured[i] = sizeof(s->frame);
		b->wire[i] = s->length;
		s->bytes += s->length;
	}
	s->packets += b->n;
}

static void release(struct tap_queue *q, struct burst *b)
{
	(void)q;
	(void)b;
}

static const struct tap_queue_ops stream_ops = { .receive = receive, .release = release };

/* One tap, one peering that takes everything. */
static void make_view(struct view *v)
{
	static const struct match_rule all = { .shape = SHAPE_ANY };

	*v = (struct view){ .layout = { .n_taps = 1, .n_peerings = 1, .n_values = 1, .n_cos = 1 } };
	assert_int_equal(layout_size(&v->layout), 0);
	v->tap = mem_alloc(sizeof(*v->tap));
	match_build(&v->tap->match, &all, 1, false);
	assert_int_equal(lpm4_build(&v->lpm4, NULL, 0), 0);
	assert_int_equal(lpm6_build(&v->lpm6, NULL, 0), 0);
}

static void add_bank(struct bank *b, struct counters *sum, uint64_t *tap_packets)
{
	for (uint32_t slot = 0; slot < b->n_slots; slot++) {
		sum->packets += b->slot[slot].count.packets;
		sum->l2_bytes += b->slot[slot].count.l2_bytes;
	}
	*tap_packets += b->tap[0].packets;
	bank_clear(b);
}

static void cuts_lose_and_double_nothing(void **state)
{
	struct stream stream[WORKERS] = { 0 };
	struct worker worker[WORKERS] = {};
	struct shift shift[2][WORKERS];
	struct tap_queue *queue[WORKERS];
	struct counters sum = { 0 };
	uint64_t tap_packets = 0, packets = 0, bytes = 0;
	struct view view;
	int set = 0;

	(void)state;
	make_view(&view);
	for (int i = 0; i < WORKERS; i++) {
		stream[i].base.ops = &stream_ops;
		stream[i].length = 64;
		queue[i] = &stream[i].base;
		worker[i].queue = &queue[i];
		worker[i].n_queues = 1;
		worker[i].cpu = -1;
		for (int s = 0; s < 2; s++)
			shift[s][i] = (struct shift){ .view = &view, .bank = bank_new(&view.layout) };
		assert_int_equal(worker_start(&worker[i], &shift[0][i]), 0);
	}
	for (int cut = 0; cut < CUTS; cut++) {
		for (int i = 0; i < WORKERS; i++)
			worker_ask(&worker[i], &shift[!set][i]);
		for (int i = 0; i < WORKERS; i++) {
			worker_wait(&worker[i]);
			add_bank(shift[set][i].bank, &sum, &tap_packets);
		}
		set = !set;
	}
	for (int i = 0; i < WORKERS; i++) {
		worker_stop(&worker[i]);
		add_bank(shift[set][i].bank, &sum, &tap_packets);
		packets += stream[i].packets;
		bytes += stream[i].bytes;
	}
	assert_true(packets > CUTS);
	assert_true(sum.packets == packets);
	assert_true(sum.l2_bytes == bytes);
	assert_true(tap_packets == packets);

	for (int i = 0; i < WORKERS; i++)
		for (int s = 0; s < 2; s++)
			bank_free(shift[s][i].bank);
	match_free(&view.tap->match);
	free(view.tap);
	lpm4_free(&view.lpm4);
	lpm6_free(&view.lpm6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cuts_lose_and_double_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
