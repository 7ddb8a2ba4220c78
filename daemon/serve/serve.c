/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The loop: read what there is, in steps, then look for new intervals every second; answer HTTP meanwhile.
 * Reads only: journals are opened for reading, Redis is asked, nothing is written anywhere.
 */
#include "serve.h"

#include <errno.h>
#include <event2/event.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "billing.h"
#include "clock.h"
#include "log.h"
#include "serve_http.h"

#define LISTEN "127.0.0.1:9470"

struct serve {
	struct event_base *base;
	struct event *step, *poll, *idle, *stop[2];
	struct billing billing;
	struct api api;
	struct serve_http *http;
	bool told; /* that reading failed */
};

static void again(struct event *e, int seconds)
{
	const struct timeval in = { .tv_sec = seconds };

	event_add(e, &in);
}

/* What was there before. A source that cannot be read now is asked again later. */
static void on_step(evutil_socket_t fd, short what, void *self)
{
	struct serve *s = self;
	bool was_ready = follow_ready(s->api.follow), had_begun = follow_end(s->api.follow) != 0;
	int rc = follow_step(s->api.follow);

	(void)fd;
	(void)what;
	if (rc < 0 && !s->told)
		log_warn("reading stopped: %s; it is tried again every 5 s", strerror(-rc));
	s->told = rc < 0;
	if (rc)
		again(s->step, rc < 0 ? 5 : follow_end(s->api.follow) ? 0 : 1);
	if (!had_begun && rc >= 0)
		api_keep(&s->api);
	if (!was_ready && follow_ready(s->api.follow))
		serve_http_tell(s->http);
}

static void on_poll(evutil_socket_t fd, short what, void *self)
{
	struct serve *s = self;

	(void)fd;
	(void)what;
	if (follow_ready(s->api.follow) && follow_poll(s->api.follow) > 0)
		serve_http_tell(s->http);
	again(s->poll, 1);
}

/* Between requests; in small pieces, so that nobody waits for long. */
static void on_idle(evutil_socket_t fd, short what, void *self)
{
	const struct timeval soon = { .tv_usec = 1000 };
	struct serve *s = self;

	(void)fd;
	(void)what;
	if (follow_ready(s->api.follow) && api_refresh(&s->api, clock_now_ns() / 1000000000))
		event_add(s->idle, &soon);
	else
		again(s->idle, 1);
}

static void on_stop(evutil_socket_t fd, short what, void *self)
{
	struct serve *s = self;

	(void)fd;
	(void)what;
	event_base_loopbreak(s->base);
}

static int start(struct serve *s, const struct options *o)
{
	static const int stops[] = { SIGTERM, SIGINT };
	int rc;

	s->base = event_base_new();
	rc = serve_http_open(s->base, &s->api, o->listen ? o->listen : LISTEN, o->tokens, &s->http);
	if (rc)
		return rc;
	for (int i = 0; i < 2; i++) {
		s->stop[i] = evsignal_new(s->base, stops[i], on_stop, s);
		event_add(s->stop[i], NULL);
	}
	s->step = evtimer_new(s->base, on_step, s);
	s->poll = evtimer_new(s->base, on_poll, s);
	s->idle = evtimer_new(s->base, on_idle, s);
	again(s->idle, 1);
	again(s->step, 0);
	again(s->poll, 1);
	return 0;
}

static void stop(struct serve *s)
{
	struct event *const all[] = { s->step, s->poll, s->idle, s->stop[0], s->stop[1] };

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		if (all[i])
			event_free(all[i]);
	serve_http_close(s->http);
	if (s->base)
		event_base_free(s->base);
	follow_free(s->api.follow);
	topology_free(s->api.topology);
	api_cache_free(s->api.cache);
	billing_close(&s->billing);
}

enum exit_status serve_run(const struct ask *ask)
{
	struct serve s = { .api = { .config = ask->config } };
	int rc = billing_open(&s.billing, ask);

	s.api.contracts = s.billing.all;
	s.api.billing = &s.billing;
	s.api.topology = topology_new();
	topology_config(s.api.topology, ask->config);
	s.api.follow = follow_new(ask->source, ask->n_sources, s.api.topology);
	if (!rc)
		rc = start(&s, ask->options);
	if (!rc) {
		const char *at = ask->options->listen ? ask->options->listen : LISTEN;

		log_info("serving http://%.*s:%u/", (int)(strrchr(at, ':') - at), at, serve_http_port(s.http));
		event_base_dispatch(s.base);
	}
	stop(&s);
	return rc == -EPERM ? EXIT_BAD_INPUT : billing_status(rc);
}
