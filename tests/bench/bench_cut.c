/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a cut costs a worker, and what a reload does while it is built: the daemon's own cutter, eras and worker on
 * a queue that never ends (the frames of a capture, in memory).
 *
 *   bench_cut CONFIG CAPTURE CPU CUTS
 *
 * The worker's turns (one burst: receive to receive) are put into windows by the time since the last cut was due:
 * what the last ones before it take a frame, the first ones behind it, and the longest turn of each; medians over
 * the cuts, as this machine's other users come in between now and then. First while nothing else happens, then while this thread loads the configuration and its prefixes again and again and
 * publishes each. Prints one JSON object (README.md).
 */
#include <poll.h>
#include <sched.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cutter.h"
#include "log.h"
#include "recover.h"
#include "spill.h"
#include "tap_pcap.h"
#include "text.h"

#define MOST_CUTS 120
#define NS_PER_S  INT64_C(1000000000)
#define NS_PER_MS INT64_C(1000000)

/* Since the cut was due, up to, in ms. */
static const struct {
	const char *name;
	int64_t end_ms;
} windows[] = {
	{ "0 to 1 ms after a cut", 1 },
	{ "1 to 10 ms after", 10 },
	{ "10 to 100 ms after", 100 },
	{ "the rest", 950 },
	{ "50 ms before a cut", 1000 },
};
#define WINDOWS (sizeof(windows) / sizeof(*windows))

struct window {
	uint64_t frames;
	int64_t ns, longest;
};

/* The worker's, until it has been stopped; `phase` is the main thread's. */
struct stream {
	struct tap_queue base;
	struct tap_pcap_frame *frame;
	uint8_t *bytes;
	size_t n, at;
	_Atomic unsigned phase;
	int64_t last; /* the turn before began, ns of Unix time; 0: in another phase */
	uint32_t last_n;
	unsigned last_phase;
	struct window window[2][MOST_CUTS][WINDOWS];
};

static int64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return ts.tv_sec * NS_PER_S + ts.tv_nsec;
}

/* A turn belongs where it ends: the one that met the cut is in the first window. */
static void note(struct stream *s, int64_t now)
{
	int64_t ms = now % NS_PER_S / NS_PER_MS, ns = now - s->last;
	struct window *w = s->window[s->last_phase][now / NS_PER_S % MOST_CUTS];

	for (size_t i = 0; ms >= windows[i].end_ms; i++)
		w++;
	w->frames += s->last_n;
	w->ns += ns;
	if (ns > w->longest)
		w->longest = ns;
}

static void receive(struct tap_queue *q, struct burst *b)
{
	struct stream *s = (struct stream *)q;
	unsigned phase = atomic_load_explicit(&s->phase, memory_order_relaxed);
	int64_t now = now_ns();

	if (s->last && phase == s->last_phase)
		note(s, now);
	s->last = now;
	s->last_phase = phase;
	s->last_n = b->n = BURST_MAX;
	for (uint32_t i = 0; i < BURST_MAX; i++) {
		const struct tap_pcap_frame *f = &s->frame[s->at];

		b->data[i] = f->data;
		b->captured[i] = f->captured;
		b->wire[i] = f->wire;
		__builtin_prefetch(f->data);
		s->at = s->at + 1 < s->n ? s->at + 1 : 0;
	}
}

static void release(struct tap_queue *q, struct burst *b)
{
	(void)q;
	(void)b;
}

static const struct tap_queue_ops ops = { .receive = receive, .release = release };

static void fail(const char *what)
{
	fprintf(stderr, "bench_cut: %s\n", what);
	exit(1);
}

static void load_frames(struct stream *s, const char *path)
{
	struct text bytes = { 0 };
	struct tap_pcap *t;
	struct tap_pcap_frame f;

	if (tap_pcap_open(path, &t))
		fail("no capture");
	while (tap_pcap_next(t, &f) == 1) {
		s->frame = mem_grow(s->frame, s->n + 1, sizeof(*s->frame));
		s->frame[s->n] = f;
		s->frame[s->n++].data = (const uint8_t *)bytes.size; /* until they stay where they are */
		text_add(&bytes, (const char *)f.data, f.captured);
	}
	tap_pcap_close(t);
	if (!s->n)
		fail("an empty capture");
	s->bytes = (uint8_t *)bytes.data;
	for (size_t i = 0; i < s->n; i++)
		s->frame[i].data = s->bytes + (uintptr_t)s->frame[i].data;
}

struct bench {
	const char *file;
	char *folder;
	struct cellbook *book;
	struct worker worker;
	struct tap_queue *queue;
	struct stream stream;
	struct cutter *cutter;
	uint64_t n_banks;
	uint32_t n_slots;
	size_t n_records, n4, n6;
	int64_t late[2]; /* ns from the time a cut was due until its interval was here: the longest, by phase */
	unsigned cuts[2], reloads;
	int64_t reload_ns; /* all of them */
};

static struct era *load(struct bench *b)
{
	struct diag diag = { .out = stderr };
	char *path = recover_bankfile_path(b->folder, ++b->n_banks);
	const struct config *c;
	struct era *e = NULL;

	if (!config_load(b->file, NULL, 0, &diag, &c))
		e = era_new(c, b->book);
	if (!e || era_make_banks(e, path, 1))
		fail("no era");
	free(path);
	b->n_slots = e->view->layout.n_slots;
	b->n4 = e->config->prefixes.n4;
	b->n6 = e->config->prefixes.n6;
	return e;
}

static uint64_t no_missed(void *context, uint32_t tap)
{
	(void)context;
	(void)tap;
	return 0;
}

static void start(struct bench *b, int cpu)
{
	struct cutter_options options = { .era = load(b), .folder = b->folder, .worker = &b->worker, .n_workers = 1,
		.missed = no_missed };

	b->stream.base.ops = &ops;
	b->queue = &b->stream.base;
	b->worker = (struct worker){ .queue = &b->queue, .n_queues = 1, .cpu = cpu };
	b->cutter = cutter_start(&options);
	if (!b->cutter)
		fail("no cutter");
}

/* As the daemon's main thread: takes what was cut. */
static void take(struct bench *b, unsigned phase, int timeout_ms)
{
	struct pollfd fd = { .fd = cutter_fd(b->cutter), .events = POLLIN };
	struct interval *iv;

	if (poll(&fd, 1, timeout_ms) > 0)
		cutter_acknowledge(b->cutter);
	while ((iv = cutter_take(b->cutter))) {
		int64_t late = now_ns() - iv->end * NS_PER_S;

		if (timeout_ms && late > b->late[phase])
			b->late[phase] = late;
		if (iv->n_records > b->n_records)
			b->n_records = iv->n_records;
		b->cuts[phase]++;
		spill_drop(b->folder, iv->generation);
		interval_free(iv);
	}
}

static void run(struct bench *b, unsigned cuts)
{
	while (b->cuts[0] < cuts)
		take(b, 0, 2000);
	/* A real-time thread that never sleeps would keep the cutter from this CPU. */
	sched_setscheduler(0, SCHED_OTHER, &(struct sched_param){ 0 });
	atomic_store(&b->stream.phase, 1);
	while (b->cuts[1] < cuts) {
		int64_t begun = now_ns();

		cutter_publish(b->cutter, load(b));
		b->reload_ns += now_ns() - begun;
		b->reloads++;
		take(b, 1, 0);
	}
	cutter_stop(b->cutter);
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

/* Over the cuts that have turns in the window: of ns a frame, or of the longest turn in us. */
static double median(const struct bench *b, unsigned phase, size_t window, bool of_longest)
{
	double value[MOST_CUTS];
	size_t n = 0;

	for (size_t i = 0; i < MOST_CUTS; i++) {
		const struct window *w = &b->stream.window[phase][i][window];

		if (w->frames)
			value[n++] = of_longest ? (double)w->longest / 1000 : (double)w->ns / (double)w->frames;
	}
	qsort(value, n, sizeof(*value), by_size);
	return n ? value[n / 2] : 0;
}

static void print(const struct bench *b)
{
	static const char *const phase[] = { "quiet", "reloading" };

	printf("{\"cells\":%u,\"records\":%zu,\"routes\":[%zu,%zu],\"frames\":%zu,\"interval_ready_ms\":%.2f,"
	       "\"reloads\":%u,\"reload_s\":%.3f",
		b->n_slots, b->n_records, b->n4, b->n6, b->stream.n, (double)b->late[0] / NS_PER_MS, b->reloads,
		(double)b->reload_ns / NS_PER_S / (b->reloads ? b->reloads : 1));
	for (unsigned p = 0; p < 2; p++) {
		printf(",\"%s\":{\"cuts\":%u,\"windows\":[", phase[p], b->cuts[p]);
		for (size_t i = 0; i < WINDOWS; i++) {
			printf("%s{\"name\":\"%s\",\"ns\":%.2f,\"longest_us\":%.1f}", i ? "," : "", windows[i].name,
				median(b, p, i, false), median(b, p, i, true));
		}
		fputs("]}", stdout);
	}
	puts("}");
}

int main(int argc, char **argv)
{
	struct bench b = { .book = cellbook_new() };
	char folder[] = "/dev/shm/transitd-bench-XXXXXX";

	if (argc != 5)
		fail("usage: bench_cut CONFIG CAPTURE CPU CUTS");
	log_init("bench_cut", LOG_WARN);
	b.file = argv[1];
	b.folder = mkdtemp(folder);
	if (!b.folder)
		fail("no folder in /dev/shm");
	load_frames(&b.stream, argv[2]);
	start(&b, atoi(argv[3]));
	run(&b, (unsigned)atoi(argv[4]));
	print(&b);
	take(&b, 1, 0);
	cutter_free(b.cutter);
	rmdir(b.folder);
	cellbook_free(b.book);
	free(b.stream.frame);
	free(b.stream.bytes);
	return 0;
}
