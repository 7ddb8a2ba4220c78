/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The files are merged by the timestamp of each one's next frame. Frames wait in a burst per tap; all
 * bursts are counted before an interval is closed, so the order within an interval does not matter.
 */
#include "replay.h"

#include <errno.h>
#include <event2/event.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "bank.h"
#include "burst.h"
#include "clock.h"
#include "log.h"
#include "progress.h"
#include "tap_pcap.h"
#include "text.h"

#define NS_PER_S INT64_C(1000000000)

struct replay_tap {
	struct tap_pcap *pcap;
	struct tap_pcap_frame head; /* the next frame, if `has_head` */
	bool has_head;
	struct burst burst;
	uint8_t heads[BURST_MAX][FRAME_HEAD]; /* the reader needs no more; libpcap's buffer does not last */
};

struct replay {
	struct meter *meter;
	struct replay_tap *tap;
	size_t n_taps;
	struct bank *bank;
	bool open;	  /* an interval is */
	int64_t start;	  /* of it, Unix seconds */
	int64_t last_ns;  /* timestamp of the frame before */
	enum exit_status status;
	uint64_t frames;  /* counted */
	struct progress progress;
};

static void worse(struct replay *r, enum exit_status status)
{
	if (status > r->status)
		r->status = status;
}

static void advance(struct replay *r, struct replay_tap *t)
{
	int n = tap_pcap_next(t->pcap, &t->head);

	t->has_head = n == 1;
	if (n < 0)
		worse(r, n == -ENODATA ? EXIT_NOT_DONE : EXIT_BAD_INPUT);
}

/* The tap whose next frame is the oldest; of equals the first in the configuration. NULL at the end. */
static struct replay_tap *oldest(struct replay *r)
{
	struct replay_tap *best = NULL;

	for (size_t i = 0; i < r->n_taps; i++) {
		struct replay_tap *t = &r->tap[i];

		if (t->has_head && (!best || t->head.time_ns < best->head.time_ns))
			best = t;
	}
	return best;
}

static void flush(struct replay *r, struct replay_tap *t)
{
	uint32_t tap = (uint32_t)(t - r->tap);
	char at[RFC3339_SIZE];

	r->frames += t->burst.n;
	burst_classify(&t->burst, r->meter->era->view, r->bank, tap);
	burst_count(&t->burst, r->bank, tap);
	t->burst.n = 0;
	if (progress_due(&r->progress))
		progress_show(&r->progress, "metering captures: %" PRIu64 " frames, at %s", r->frames,
			clock_format(at, r->start));
}

static int close_interval(struct replay *r)
{
	struct meter *m = r->meter;
	struct interval *iv;
	int error;

	for (size_t i = 0; i < r->n_taps; i++)
		flush(r, &r->tap[i]);
	iv = snapshot_take(m->era->snapshot, &r->bank, 1, NULL);
	era_stamp(m->era, iv, r->start, m->era->config->interval * 1000, ORIGIN_CAPTURE);
	error = meter_append(m, iv);
	interval_free(iv);
	bank_clear(r->bank);
	r->start += m->era->config->interval;
	if (m->sink)
		event_base_loop(m->base, EVLOOP_NONBLOCK);
	return error;
}

static int check_gap(struct replay *r, int64_t start, int64_t time_ns)
{
	int64_t silent = (start - r->start) / r->meter->era->config->interval - 1;
	char before[RFC3339_SIZE], after[RFC3339_SIZE];

	if (silent <= METER_MOST_SILENT)
		return 0;
	log_error("captures: %" PRId64 " intervals in a row without a frame, between %s and %s; at most %d",
		silent, clock_format(before, r->last_ns / NS_PER_S),
		clock_format(after, time_ns / NS_PER_S), METER_MOST_SILENT);
	worse(r, EXIT_BAD_INPUT);
	return -ERANGE;
}

/* Without a division: nearly all frames are. */
static bool is_in_open(const struct replay *r, int64_t time_ns)
{
	int64_t into = time_ns - r->start * NS_PER_S;

	return r->open && into >= 0 && into < r->meter->era->config->interval * NS_PER_S;
}

/* Closes intervals until the one that holds `time_ns` is open. Sets *late for a frame older than it.
 * -ERANGE: too far away; -EIO: the journal does not take an interval. */
static int reach(struct replay *r, int64_t time_ns, bool *late)
{
	int64_t length = r->meter->era->config->interval, start;

	if (is_in_open(r, time_ns)) {
		*late = false;
		r->last_ns = time_ns;
		return 0;
	}
	start = time_ns / NS_PER_S / length * length;
	*late = r->open && start < r->start;
	if (!r->open)
		r->start = start;
	r->open = true;
	if (*late)
		return 0;
	if (check_gap(r, start, time_ns))
		return -ERANGE;
	while (r->start < start)
		if (close_interval(r)) {
			worse(r, EXIT_NOT_DONE);
			return -EIO;
		}
	r->last_ns = time_ns;
	return 0;
}

static void take(struct replay *r, struct replay_tap *t, bool late)
{
	struct burst *b = &t->burst;
	uint32_t captured = t->head.captured < FRAME_HEAD ? t->head.captured : FRAME_HEAD;

	memcpy(t->heads[b->n], t->head.data, captured);
	b->data[b->n] = t->heads[b->n];
	b->captured[b->n] = captured;
	b->wire[b->n] = t->head.wire;
	b->n++;
	r->bank->tap[t - r->tap].late += late;
	if (b->n == BURST_MAX)
		flush(r, t);
}

static void finish(struct replay *r)
{
	if (r->open && close_interval(r))
		worse(r, EXIT_NOT_DONE);
}

static void run(struct replay *r)
{
	struct replay_tap *t;

	while ((t = oldest(r))) {
		bool late;

		switch (reach(r, t->head.time_ns, &late)) {
		case 0:
			take(r, t, late);
			advance(r, t);
			break;
		case -ERANGE: /* what came before this frame is whole: it is written */
			finish(r);
			return;
		default:
			return;
		}
	}
	finish(r);
}

static void warn_overlap(struct replay *r)
{
	struct journal_head head;
	struct replay_tap *first = oldest(r);
	char end[RFC3339_SIZE];

	if (!first || journal_head(r->meter->journal, &head) || !head.seq)
		return;
	if (first->head.time_ns / NS_PER_S < head.end)
		log_warn("journal %s already reaches to %s and these captures begin before: their frames are "
			 "added to what it holds",
			r->meter->era->config->journal, clock_format(end, head.end));
}

struct replay *replay_open(struct meter *m)
{
	struct replay *r = mem_alloc(sizeof(*r));

	r->meter = m;
	r->n_taps = m->era->config->n_taps;
	r->tap = mem_array(r->n_taps, sizeof(*r->tap));
	for (size_t i = 0; i < r->n_taps; i++) {
		if (tap_pcap_open(m->era->config->taps[i].device, &r->tap[i].pcap)) {
			replay_close(r);
			return NULL;
		}
	}
	return r;
}

void replay_close(struct replay *r)
{
	if (!r)
		return;
	for (size_t i = 0; i < r->n_taps; i++)
		tap_pcap_close(r->tap[i].pcap);
	free(r->tap);
	bank_free(r->bank);
	free(r);
}

enum exit_status replay_run(struct replay *r)
{
	r->bank = bank_new(&r->meter->era->view->layout);
	if (!r->bank) {
		log_error("no memory for %u cells", r->meter->era->view->layout.n_slots);
		return EXIT_NOT_DONE;
	}
	for (size_t i = 0; i < r->n_taps; i++)
		advance(r, &r->tap[i]);
	warn_overlap(r);
	progress_begin(&r->progress);
	run(r);
	progress_end(&r->progress);
	return r->status;
}
