/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * transitd: the meter. Reads its arguments, brings the units up in the order of the list, runs, and takes
 * them down in reverse.
 */
#include <errno.h>
#include <event2/event.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "live.h"
#include "live_web.h"
#include "log.h"
#include "meter.h"
#include "replay.h"
#include "retention.h"
#include "sink_config.h"
#include "text.h"
#include "version.h"

#define DRAIN_MS 2000 /* at the end: how long Redis may take nothing of what is left */

struct transitd {
	struct live_source source;
	const struct config *config; /* until an era has it */
	struct meter meter;
	struct replay *replay; /* capture files, */
	struct live *live;     /* or live taps */
};

static const char usage[] = "usage: transitd --config FILE [--tap NAME=SOURCE]... [--check] [--verbose]\n"
			    "\n"
			    "  --config FILE      the configuration (docs/configuration.md)\n"
			    "  --tap NAME=SOURCE  meter SOURCE (pcap:, dpdk: or xdp:) as the tap NAME\n"
			    "  --check            only check the configuration\n"
			    "  --verbose          say more on standard error\n"
			    "  --version          print the version\n";

/* Capture files or live taps: which, or EXIT_BAD_INPUT when they are mixed or there are none. */
static enum exit_status kind_of(const struct config *c, bool *capture)
{
	size_t captures = 0;

	for (size_t i = 0; i < c->n_taps; i++)
		captures += c->taps[i].kind == TAP_PCAP;
	if (!c->n_taps) {
		log_error("%s: no taps; at least one is needed to meter", c->file);
		return EXIT_BAD_INPUT;
	}
	if (captures && captures != c->n_taps) {
		log_error("%s: %zu capture files and %zu live taps; all taps must be of one kind", c->file,
			captures, c->n_taps - captures);
		return EXIT_BAD_INPUT;
	}
	*capture = captures != 0;
	return EXIT_DONE;
}

static enum exit_status era_up(struct transitd *t)
{
	struct meter *m = &t->meter;

	m->book = cellbook_new();
	m->cut_book = cellbook_new();
	m->era = era_new(t->config, m->cut_book);
	t->config = NULL; /* the era's, whatever came of it */
	if (m->era)
		return EXIT_DONE;
	cellbook_free(m->cut_book);
	cellbook_free(m->book);
	return EXIT_BAD_INPUT;
}

static void era_down(struct transitd *t)
{
	era_free(t->meter.era);
	cellbook_free(t->meter.cut_book);
	cellbook_free(t->meter.book);
}

static enum exit_status events_up(struct transitd *t)
{
	t->meter.base = event_base_new();
	return t->meter.base ? EXIT_DONE : EXIT_NOT_DONE;
}

static void events_down(struct transitd *t)
{
	event_base_free(t->meter.base);
}

/* Capture files are metered at full speed: nobody could follow. */
static enum exit_status web_up(struct transitd *t)
{
	const struct config *c = t->meter.era->config;
	int error = c->n_taps && c->taps[0].kind == TAP_PCAP ? 0 : live_web_open(t->meter.base, c, &t->meter.web);

	if (error)
		return error == -EINVAL ? EXIT_BAD_INPUT : EXIT_NOT_DONE;
	return EXIT_DONE;
}

static void web_down(struct transitd *t)
{
	live_web_close(t->meter.web);
}

static enum exit_status taps_up(struct transitd *t)
{
	bool capture;
	enum exit_status status = kind_of(t->meter.era->config, &capture);

	if (status)
		return status;
	if (capture)
		return (t->replay = replay_open(&t->meter)) ? EXIT_DONE : EXIT_BAD_INPUT;
	return (t->live = live_open(&t->meter, &t->source)) ? EXIT_DONE : EXIT_NOT_DONE;
}

static void taps_down(struct transitd *t)
{
	replay_close(t->replay);
	live_close(t->live);
}

static enum exit_status journal_up(struct transitd *t)
{
	struct meter *m = &t->meter;
	const struct config *c = m->era->config;
	int error = journal_open(c->journal, JOURNAL_WRITE, c->meter, c->interval, m->book, &m->journal);

	if (error)
		return error == -EINVAL ? EXIT_BAD_INPUT : EXIT_NOT_DONE;
	if (journal_put_config(m->journal, &c->digest, c->canonical)) {
		journal_close(m->journal);
		return EXIT_NOT_DONE;
	}
	return EXIT_DONE;
}

static void journal_down(struct transitd *t)
{
	journal_close(t->meter.journal);
}

static enum exit_status sink_up(struct transitd *t)
{
	struct meter *m = &t->meter;
	struct sink_config sink;

	if (sink_config_from(m->era->config, &sink))
		return EXIT_DONE;
	m->sink = sink_redis_new(m->base, &sink.options, m->journal);
	sink_config_free(&sink);
	return m->sink ? EXIT_DONE : EXIT_NOT_DONE;
}

static void sink_down(struct transitd *t)
{
	sink_redis_free(t->meter.sink);
}

static enum exit_status retention_up(struct transitd *t)
{
	t->meter.retention = retention_new(&t->meter);
	return EXIT_DONE;
}

/* Captures may be years of a journal's time: what has become old is deleted at their end. */
static void retention_down(struct transitd *t)
{
	if (t->replay)
		retention_finish(t->meter.retention);
	retention_free(t->meter.retention);
}

static enum exit_status drain_up(struct transitd *t)
{
	(void)t;
	return EXIT_DONE;
}

static void drain_down(struct transitd *t)
{
	struct sink *s = t->meter.sink;
	struct sink_status before, now = { 0 };
	int error;

	if (!s)
		return;
	do {
		before = now;
		error = sink_redis_drain(s, t->meter.base, DRAIN_MS);
		sink_redis_status(s, &now);
	} while (error == -ETIMEDOUT && now.cursor > before.cursor);
	if (error)
		log_warn("redis: holds %llu of %llu intervals (%s); the rest follows from the journal at the "
			 "next start",
			(unsigned long long)now.cursor, (unsigned long long)now.head, now.reason);
}

/* The drain comes up before the source: going down, frames stop first, the journal closes last. */
static const struct unit {
	enum exit_status (*up)(struct transitd *t);
	void (*down)(struct transitd *t);
} units[] = {
	{ era_up, era_down },
	{ events_up, events_down },
	{ web_up, web_down },
	{ taps_up, taps_down },
	{ journal_up, journal_down },
	{ sink_up, sink_down },
	{ retention_up, retention_down },
	{ drain_up, drain_down },
};
#define N_UNITS (sizeof(units) / sizeof(*units))

static enum exit_status meter_run(struct transitd *t)
{
	enum exit_status status = EXIT_DONE;
	size_t up = 0;

	while (up < N_UNITS && !(status = units[up].up(t)))
		up++;
	if (!status)
		status = t->replay ? replay_run(t->replay) : live_run(t->live);
	while (up--)
		units[up].down(t);
	return status;
}

struct arguments {
	const char *config;
	struct config_override *tap;
	size_t n_taps;
	bool check, verbose;
};

/* EXIT_DONE and what to do in `a`, or what to return at once in *status. */
static bool parse(int argc, char **argv, struct arguments *a, enum exit_status *status)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "tap", required_argument, NULL, 't' },
		{ "check", no_argument, NULL, 'n' },
		{ "verbose", no_argument, NULL, 'v' },
		{ "version", no_argument, NULL, 'V' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int o;

	*status = EXIT_BAD_INPUT;
	while ((o = getopt_long(argc, argv, "c:t:nvVh", options, NULL)) != -1) {
		switch (o) {
		case 'c':
			a->config = optarg;
			break;
		case 't':
			a->tap = mem_grow(a->tap, a->n_taps + 1, sizeof(*a->tap));
			a->tap[a->n_taps++].text = optarg;
			break;
		case 'n':
			a->check = true;
			break;
		case 'v':
			a->verbose = true;
			break;
		case 'V':
			puts("transitd " TRANSITD_VERSION);
			*status = EXIT_DONE;
			return false;
		case 'h':
			fputs(usage, stdout);
			*status = EXIT_DONE;
			return false;
		default:
			fputs(usage, stderr);
			return false;
		}
	}
	if (a->config && optind == argc)
		return true;
	fputs(usage, stderr);
	return false;
}

int main(int argc, char **argv)
{
	struct arguments a = { 0 };
	struct transitd t = { 0 };
	struct diag diag = { .out = stderr };
	enum exit_status status;

	if (parse(argc, argv, &a, &status)) {
		log_init("transitd", a.verbose ? LOG_DEBUG : LOG_INFO);
		signal(SIGPIPE, SIG_IGN);
		t.source = (struct live_source){ a.config, a.tap, a.n_taps };
		if (config_load(a.config, a.tap, a.n_taps, &diag, &t.config)) {
			diag_end(&diag);
			status = EXIT_BAD_INPUT;
		} else {
			status = a.check ? EXIT_DONE : meter_run(&t);
			config_free(t.config);
		}
	}
	free(a.tap);
	return (int)status;
}
