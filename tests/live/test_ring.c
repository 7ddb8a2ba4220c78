/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Two net_ring ports, two workers, cuts, and a sender in front of each ring that never pauses: what the
 * senders put in is in cells and unknown, per tap, class and byte, what the ports count is what the meter
 * counts, and every buffer comes back. Frames come as drivers hand them over: whole, in pieces, and with
 * the tag taken off.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <poll.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <rte_ring.h>
#include <stdlib.h>
#include <string.h>

#include "cutter.h"
#include "live_drift.h"
#include "live_taps.h"
#include "log.h"
#include "make_interval.h"
#include "recover.h"
#include "scratch.h"
#include "text.h"

#define PORTS	2
#define WORKERS 2
#define CUTS	3
#define LEAST	50000 /* frames a port, or it was no load */
#define BUFFERS 4095
#define ROOM	512 /* bytes of a buffer, with the head room */
#define SEND	32

static const char yaml[] =
	"meter: m\ninterval: 1s\njournal: m.db\nprefixes: p.csv\n"
	"links: [{name: l, taps: [{name: t0, source: \"dpdk:net_ring0\", direction: ingress},"
	" {name: t1, source: \"dpdk:net_ring1\", direction: ingress}]}]\n"
	"partners: [{name: p}]\npeerings: [{name: v, partner: p, link: l, vlan: 100}]\n"
	"classes: [{name: europe}, {name: asia}]\n";
static const char prefixes[] = "192.0.2.0/24,europe\n198.51.100.0/24,asia\n";

/* What the sender makes of a frame to 192.0.2.1 or 198.51.100.1. */
static const struct kind {
	const char *class; /* of its record; NULL: unknown */
	uint16_t vid, bytes;
	uint8_t far;  /* first byte of the address */
	bool is_stripped; /* the tag is beside the frame */
	uint16_t piece; /* bytes of each piece but the last; 0: in one */
} kinds[] = {
	{ "europe", 100, 80, 192, false, 0 },
	{ "asia", 100, 300, 198, false, 0 },
	{ NULL, 7, 64, 192, false, 0 },
	{ "europe", 100, 70, 192, true, 0 },
	{ "asia", 100, 200, 198, false, 20 },
	{ "asia", 100, 90, 198, true, 37 },
};
#define KINDS (sizeof(kinds) / sizeof(*kinds))

struct sums {
	uint64_t packets, bytes;
};

struct sender {
	pthread_t thread;
	struct rte_ring *ring;
	struct rte_mempool *pool;
	atomic_bool stop;
	struct sums sent[KINDS];
};

static void write_frame(const struct kind *k, uint8_t *at)
{
	static const uint8_t far[][4] = { { 192, 0, 2, 1 }, { 198, 51, 100, 1 } };
	size_t tag = k->is_stripped ? 0 : 4;
	uint16_t total = (uint16_t)(k->bytes - 18);

	memset(at, 0, k->bytes);
	if (tag)
		memcpy(at + 12, (const uint8_t[]){ 0x81, 0x00, 0, (uint8_t)k->vid }, 4);
	memcpy(at + 12 + tag, (const uint8_t[]){ 0x08, 0x00, 0x45, 0, (uint8_t)(total >> 8), (uint8_t)total }, 6);
	memcpy(at + 14 + tag + 16, far[k->far == 198], 4);
}

/* Fills `m`, and further buffers behind it where the frame is to be in pieces. False: no buffer. */
static bool build(struct sender *s, struct rte_mbuf *m, const struct kind *k)
{
	uint16_t bytes = (uint16_t)(k->bytes - (k->is_stripped ? 4 : 0)), done = 0;
	uint8_t frame[ROOM];

	write_frame(k, frame);
	while (done < bytes) {
		uint16_t left = (uint16_t)(bytes - done), n = k->piece && k->piece < left ? k->piece : left;
		struct rte_mbuf *piece = done ? rte_pktmbuf_alloc(s->pool) : m;

		if (!piece)
			return false;
		memcpy(rte_pktmbuf_append(piece, n), frame + done, n);
		if (done && rte_pktmbuf_chain(m, piece))
			return false;
		done = (uint16_t)(done + n);
	}
	if (k->is_stripped) {
		m->ol_flags |= RTE_MBUF_F_RX_VLAN | RTE_MBUF_F_RX_VLAN_STRIPPED;
		m->vlan_tci = k->vid;
	}
	return true;
}

/* A frame that the ring or the pool has no room for was not sent: no port ever had it. */
static void *send_all(void *self)
{
	struct sender *s = self;

	for (size_t turn = 0; !atomic_load(&s->stop); turn++) {
		const struct kind *k = &kinds[turn % KINDS];
		struct rte_mbuf *m = rte_pktmbuf_alloc(s->pool);

		if (!m || !build(s, m, k) || rte_ring_enqueue(s->ring, m)) {
			rte_pktmbuf_free(m);
			sched_yield();
			continue;
		}
		s->sent[turn % KINDS].packets++;
		s->sent[turn % KINDS].bytes += k->bytes;
	}
	return NULL;
}

struct bench {
	struct scratch scratch;
	char *folder;
	struct cellbook *book, *journal_book;
	struct meter meter;
	struct live_taps *taps;
	struct worker worker[WORKERS];
	struct cutter *cutter;
	struct sender sender[PORTS];
	struct sums tap[PORTS], unknown, class[2]; /* europe, asia */
	unsigned n_intervals;
};

static void make_era(struct bench *b)
{
	struct diag diag = { .out = stderr };
	const struct config *c;
	char *path = recover_bankfile_path(b->folder, 1);

	scratch_file(&b->scratch, "p.csv", prefixes, strlen(prefixes));
	assert_int_equal(
		config_load(scratch_file(&b->scratch, "m.yaml", yaml, strlen(yaml)), NULL, 0, &diag, &c), 0);
	b->meter.era = era_new(c, b->book);
	assert_non_null(b->meter.era);
	assert_int_equal(era_make_banks(b->meter.era, path, WORKERS), 0);
	free(path);
}

static void start_sender(struct sender *s, unsigned number)
{
	char name[32];

	snprintf(name, sizeof(name), "ETH_RXTX0_net_ring%u", number);
	s->ring = rte_ring_lookup(name);
	assert_non_null(s->ring);
	snprintf(name, sizeof(name), "sender-%u", number);
	s->pool = rte_pktmbuf_pool_create(name, BUFFERS, 0, 0, ROOM, SOCKET_ID_ANY);
	assert_non_null(s->pool);
	assert_int_equal(pthread_create(&s->thread, NULL, send_all, s), 0);
}

static void begin(struct bench *b)
{
	*b = (struct bench){ .folder = make_folder(), .book = cellbook_new(), .journal_book = cellbook_new() };
	scratch_open(&b->scratch);
	make_era(b);
	assert_int_equal(live_taps_open(&b->meter, b->folder, WORKERS, &b->taps), 0);
	for (unsigned i = 0; i < WORKERS; i++)
		b->worker[i].cpu = -1;
	live_taps_deal(b->taps, b->worker, WORKERS);
	for (unsigned i = 0; i < WORKERS; i++)
		assert_int_equal(b->worker[i].n_queues, 1);
	const struct cutter_options options = { .era = b->meter.era,
		.folder = b->folder,
		.worker = b->worker,
		.n_workers = WORKERS,
		.missed = live_taps_missed,
		.seen = live_taps_seen,
		.context = b->taps };

	b->cutter = cutter_start(&options);
	assert_non_null(b->cutter);
	for (unsigned i = 0; i < PORTS; i++)
		start_sender(&b->sender[i], i);
}

static void look_at_all(struct bench *b)
{
	struct interval *iv;

	while ((iv = cutter_take(b->cutter))) {
		interval_adopt(iv, b->journal_book);
		assert_int_equal(interval_check(iv), 0);
		for (unsigned i = 0; i < PORTS; i++) {
			b->tap[i].packets += iv->taps[i].packets;
			b->tap[i].bytes += iv->taps[i].l2_bytes;
			b->unknown.packets += iv->taps[i].unknown_packets;
			b->unknown.bytes += iv->taps[i].unknown_l2_bytes;
			assert_int_equal(iv->taps[i].missed, 0);
		}
		for (size_t i = 0; i < iv->n_records; i++) {
			struct sums *s = &b->class[!strcmp(iv->records[i].cell->class, "asia")];

			s->packets += iv->records[i].count.packets;
			s->bytes += iv->records[i].count.l2_bytes;
		}
		b->n_intervals++;
		interval_free(iv);
	}
}

static bool under_load(const struct bench *b)
{
	return b->n_intervals >= CUTS && b->tap[0].packets > LEAST && b->tap[1].packets > LEAST;
}

static void meter_for_a_while(struct bench *b)
{
	while (!under_load(b)) {
		struct pollfd fd = { .fd = cutter_fd(b->cutter), .events = POLLIN };

		assert_int_equal(poll(&fd, 1, 60000), 1);
		cutter_acknowledge(b->cutter);
		look_at_all(b);
	}
	for (unsigned i = 0; i < PORTS; i++) {
		atomic_store(&b->sender[i].stop, true);
		pthread_join(b->sender[i].thread, NULL);
	}
	for (unsigned i = 0; i < PORTS; i++)
		while (!rte_ring_empty(b->sender[i].ring))
			sched_yield();
	cutter_stop(b->cutter);
	look_at_all(b);
}

static void same(struct sums have, struct sums want)
{
	assert_true(have.packets == want.packets && have.bytes == want.bytes);
}

/* What was sent, of one port (or all, PORTS), and of one class; "": of all, NULL: of what is unknown. */
static struct sums sent(const struct bench *b, unsigned port, const char *class)
{
	struct sums s = { 0 };

	for (unsigned i = 0; i < PORTS; i++) {
		for (size_t k = 0; k < KINDS; k++) {
			const char *is = kinds[k].class;

			if ((port != PORTS && i != port) ||
				(class ? *class && (!is || strcmp(is, class)) : is != NULL))
				continue;
			s.packets += b->sender[i].sent[k].packets;
			s.bytes += b->sender[i].sent[k].bytes;
		}
	}
	return s;
}

static void end(struct bench *b)
{
	cutter_free(b->cutter);
	for (unsigned i = 0; i < PORTS; i++)
		assert_int_equal(rte_mempool_avail_count(b->sender[i].pool), BUFFERS);
	for (unsigned i = 0; i < WORKERS; i++)
		free(b->worker[i].queue);
	live_taps_close(b->taps);
	scratch_close(&b->scratch);
	cellbook_free(b->book);
	cellbook_free(b->journal_book);
	remove_folder(b->folder);
}

static void what_is_sent_is_counted(void **state)
{
	struct bench b;

	(void)state;
	begin(&b);
	meter_for_a_while(&b);
	for (unsigned i = 0; i < PORTS; i++) {
		struct drift d = live_drift_get(live_taps_drift(b.taps), i);

		same(b.tap[i], sent(&b, i, ""));
		assert_true(d.known && d.port_packets == d.counted_packets && d.counted_packets == b.tap[i].packets);
	}
	same(b.unknown, sent(&b, PORTS, NULL));
	same(b.class[0], sent(&b, PORTS, "europe"));
	same(b.class[1], sent(&b, PORTS, "asia"));
	printf("# %llu and %llu frames in %u intervals\n", (unsigned long long)b.tap[0].packets,
		(unsigned long long)b.tap[1].packets, b.n_intervals);
	end(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_sent_is_counted),
	};

	log_init("test_ring", LOG_INFO);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
