/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The cutter with real workers on queues that never end, while another thread publishes eras: every interval
 * conserves frames, is of one era, and all together are what the queues handed out. Also built with the
 * thread sanitizer (tests/thread).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "cutter.h"
#include "log.h"
#include "make_interval.h"
#include "recover.h"
#include "scratch.h"
#include "text.h"

#define WORKERS 2
#define CUTS	3

static const char *const yaml[] = {
	"meter: m\ninterval: 1s\njournal: m.db\n"
	"links: [{name: l, taps: [{name: t, source: \"dpdk:fake\", direction: ingress}]}]\n"
	"partners: [{name: p}]\npeerings: [{name: even, partner: p, link: l}]\n",
	"meter: m\ninterval: 1s\njournal: m.db\n"
	"links: [{name: l, taps: [{name: t, source: \"dpdk:fake\", direction: ingress}]}]\n"
	"partners: [{name: p}]\npeerings: [{name: odd, partner: p, link: l}]\nclasses: [{name: c}]\n",
};

struct stream {
	struct tap_queue base;
	uint8_t frame[64];
	uint64_t packets; /* handed out; the worker's until it has stopped */
};

static void receive(struct tap_queue *q, struct burst *b)
{
	struct stream *s = (struct stream *)q;

	b->n = 1 + s->packets % BURST_MAX;
	for (uint32_t i = 0; i < b->n; i++) {
		b->data[i] = s->frame;
		b->captured[i] = b->wire[i] = sizeof(s->frame);
	}
	s->packets += b->n;
}

static void release(struct tap_queue *q, struct burst *b)
{
	(void)q;
	(void)b;
}

static const struct tap_queue_ops stream_ops = { .receive = receive, .release = release };

static uint64_t no_missed(void *context, uint32_t tap)
{
	(void)context;
	(void)tap;
	return 0;
}

struct bench {
	struct scratch scratch;
	const char *file[2];
	char *folder;
	struct cellbook *book;
	struct digest digest[2];
	struct worker worker[WORKERS];
	struct stream stream[WORKERS];
	struct tap_queue *queue[WORKERS];
	struct cutter *cutter;
	uint64_t n_banks, packets;
	unsigned n_intervals;
};

static struct era *make_era(struct bench *b, unsigned which)
{
	struct diag diag = { .out = stderr };
	const struct config *c;
	struct era *e;
	char *path = recover_bankfile_path(b->folder, ++b->n_banks);

	assert_int_equal(config_load(b->file[which], NULL, 0, &diag, &c), 0);
	b->digest[which] = c->digest;
	e = era_new(c, b->book);
	assert_non_null(e);
	assert_int_equal(era_make_banks(e, path, WORKERS), 0);
	free(path);
	return e;
}

/* Takes what was cut, as the main thread does. */
static void look_at_all(struct bench *b)
{
	struct interval *iv;

	while ((iv = cutter_take(b->cutter))) {
		unsigned which = memcmp(&iv->config, &b->digest[0], sizeof(iv->config)) != 0;
		struct cellbook *book = cellbook_new(); /* the journal's thread has its own */

		interval_adopt(iv, book);
		assert_int_equal(interval_check(iv), 0);
		assert_memory_equal(&iv->config, &b->digest[which], sizeof(iv->config));
		for (size_t i = 0; i < iv->n_records; i++)
			assert_string_equal(iv->records[i].cell->peering, which ? "odd" : "even");
		b->packets += iv->taps[0].packets;
		b->n_intervals++;
		interval_free(iv);
		cellbook_free(book);
	}
}

static void begin(struct bench *b)
{
	*b = (struct bench){ .folder = make_folder(), .book = cellbook_new() };
	scratch_open(&b->scratch);
	b->file[0] = scratch_file(&b->scratch, "even.yaml", yaml[0], strlen(yaml[0]));
	b->file[1] = scratch_file(&b->scratch, "odd.yaml", yaml[1], strlen(yaml[1]));
	for (int i = 0; i < WORKERS; i++) {
		b->stream[i].base.ops = &stream_ops;
		b->queue[i] = &b->stream[i].base;
		b->worker[i] = (struct worker){ .queue = &b->queue[i], .n_queues = 1, .cpu = -1 };
	}
	const struct cutter_options options = { .era = make_era(b, 0),
		.folder = b->folder,
		.worker = b->worker,
		.n_workers = WORKERS,
		.missed = no_missed };

	b->cutter = cutter_start(&options);
	assert_non_null(b->cutter);
}

static void eras_begin_at_cuts_and_nothing_is_lost(void **state)
{
	struct bench b;
	uint64_t handed_out = 0;
	unsigned published = 0;

	(void)state;
	begin(&b);
	while (b.n_intervals < CUTS) {
		struct pollfd fd = { .fd = cutter_fd(b.cutter), .events = POLLIN };

		/* Several between two cuts: the last one counts. */
		cutter_publish(b.cutter, make_era(&b, ++published % 2));
		if (poll(&fd, 1, 130) > 0)
			cutter_acknowledge(b.cutter);
		look_at_all(&b);
	}
	cutter_stop(b.cutter);
	look_at_all(&b);
	cutter_free(b.cutter);
	for (int i = 0; i < WORKERS; i++)
		handed_out += b.stream[i].packets;
	assert_true(b.packets == handed_out);
	assert_true(b.n_intervals > CUTS && published > CUTS);
	scratch_close(&b.scratch);
	cellbook_free(b.book);
	remove_folder(b.folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(eras_begin_at_cuts_and_nothing_is_lost),
	};

	log_init("test_cutter", LOG_WARN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
