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
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "cutter.h"
#include "log.h"
#include "make_interval.h"
#include "recover.h"
#include "scratch.h"
#include "text.h"

#define WORKERS 2
#define CUTS	3
#define NS	INT64_C(1000000000)

static const char *const yaml[] = {
	"meter: m\ninterval: 1s\njournal: m.db\n"
	"links: [{name: l, taps: [{name: t, source: \"dpdk:fake\", direction: ingress}]}]\n"
	"partners: [{name: p}]\npeerings: [{name: even, partner: p, link: l}]\n",
	"meter: m\ninterval: 1s\njournal: m.db\n"
	"links: [{name: l, taps: [{name: t, source: \"dpdk:fake\", direction: ingress}]}]\n"
	"partners: [{name: p}]\npeerings: [{name: odd, partner: p, link: l}]\nclasses: [{name: c}]\n",
	"meter: m\ninterval: 10s\njournal: m.db\n"
	"links: [{name: l, taps: [{name: t, source: \"dpdk:fake\", direction: ingress}]}]\n"
	"partners: [{name: p}]\npeerings: [{name: even, partner: p, link: l}]\n",
};
#define CONFIGS (sizeof(yaml) / sizeof(*yaml))

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
	const char *file[CONFIGS];
	char *folder;
	struct cellbook *book;
	struct digest digest[CONFIGS];
	struct worker worker[WORKERS];
	struct stream stream[WORKERS];
	struct tap_queue *queue[WORKERS];
	struct cutter *cutter;
	uint64_t n_banks, packets;
	unsigned n_intervals;
	_Atomic int64_t set_by; /* ns; the clock of the cutter against the system's */
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

static int64_t clock_that_is_set(void *context)
{
	struct bench *b = context;

	return clock_now_ns() + b->set_by;
}

/* With configuration `which`, the first one of all. */
static void begin(struct bench *b, unsigned which)
{
	static const char *const name[] = { "even.yaml", "odd.yaml", "slow.yaml" };

	*b = (struct bench){ .folder = make_folder(), .book = cellbook_new(), .set_by = b->set_by };
	scratch_open(&b->scratch);
	for (size_t i = 0; i < CONFIGS; i++)
		b->file[i] = scratch_file(&b->scratch, name[i], yaml[i], strlen(yaml[i]));
	for (int i = 0; i < WORKERS; i++) {
		b->stream[i].base.ops = &stream_ops;
		b->queue[i] = &b->stream[i].base;
		b->worker[i] = (struct worker){ .queue = &b->queue[i], .n_queues = 1, .cpu = -1 };
	}
	const struct cutter_options options = { .era = make_era(b, which),
		.folder = b->folder,
		.worker = b->worker,
		.n_workers = WORKERS,
		.missed = no_missed,
		.now = clock_that_is_set,
		.context = b };

	b->cutter = cutter_start(&options);
	assert_non_null(b->cutter);
}

/* After cutter_stop(), when all has been taken: it is what was handed out. */
static void end(struct bench *b)
{
	uint64_t handed_out = 0;

	cutter_free(b->cutter);
	for (int i = 0; i < WORKERS; i++)
		handed_out += b->stream[i].packets;
	assert_true(b->packets == handed_out);
	scratch_close(&b->scratch);
	cellbook_free(b->book);
	remove_folder(b->folder);
}

static void eras_begin_at_cuts_and_nothing_is_lost(void **state)
{
	struct bench b = { 0 };
	unsigned published = 0;

	(void)state;
	begin(&b, 0);
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
	assert_true(b.n_intervals > CUTS && published > CUTS);
	end(&b);
}

/* The interval that was open is taken, and is what the clocks say. */
static void expect(struct bench *b, int64_t start, uint64_t generation)
{
	struct pollfd fd = { .fd = cutter_fd(b->cutter), .events = POLLIN };
	struct interval *iv;

	assert_int_equal(poll(&fd, 1, 60000), 1);
	cutter_acknowledge(b->cutter);
	iv = cutter_take(b->cutter);
	assert_non_null(iv);
	assert_int_equal(iv->start, start);
	assert_int_equal(iv->generation, generation);
	/* Far less than the clock that was set would say, or than an interval has. */
	assert_true(iv->covered_ms < 9000);
	b->packets += iv->taps[0].packets;
	interval_free(iv);
	assert_null(cutter_take(b->cutter));
}

/* Forward, back, and back within one interval: the cut follows, at once, and every frame is in the interval
 * that was open. */
static void the_clock_is_set(void **state)
{
	struct bench b = { 0 };
	int64_t now = clock_now_ns(), start = INT64_C(1800000000);
	struct pollfd fd;

	(void)state;
	b.set_by = start * NS + 3 * NS - now; /* three seconds into an interval */
	begin(&b, 2);
	b.set_by += 5000 * NS;
	expect(&b, start, 2);
	b.set_by -= 10000 * NS;
	expect(&b, start + 5000, 3);
	b.set_by -= 2 * NS;
	fd = (struct pollfd){ .fd = cutter_fd(b.cutter), .events = POLLIN };
	assert_int_equal(poll(&fd, 1, 350), 0);
	cutter_stop(b.cutter);
	expect(&b, start - 5000, 4);
	end(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(eras_begin_at_cuts_and_nothing_is_lost),
		cmocka_unit_test(the_clock_is_set),
	};

	log_init("test_cutter", LOG_WARN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
