/* SPDX-License-Identifier: BSD-3-Clause */
#include "live_web.h"

#include <stdlib.h>

#include "live_metrics.h"
#include "log.h"
#include "web.h"
#include "web_reply.h"

struct live_web {
	struct web *web;
	live_view_fn *view; /* NULL: not metering */
	const void *context;
};

static void answer_metrics(struct web_request *r, void *self)
{
	const struct live_web *w = self;
	bool is_open = exposition_is_open(web_header(r, "Accept"));
	struct text page = { 0 };
	struct live_view view;

	if (!w->view) {
		web_reply_error(r, 503, "not metering");
		return;
	}
	view = w->view(w->context);
	live_metrics(&view, is_open, &page);
	web_reply_header(r, "Vary", "Accept");
	web_reply_text(r, 200, exposition_content[is_open], &page);
	text_free(&page);
}

/* That it answers is the answer. */
static void answer_health(struct web_request *r, void *self)
{
	(void)self;
	web_reply(r, 200, "text/plain; charset=utf-8", "alive\n", 6);
}

static void answer_ready(struct web_request *r, void *self)
{
	const struct live_web *w = self;
	struct text reasons = { 0 }, reply = { 0 };
	struct live_view view;

	if (w->view) {
		view = w->view(w->context);
		live_status_reasons(&view, &reasons);
	} else {
		text_json(&reasons, "it does not meter yet, or no longer");
	}
	text_printf(&reply, "{\"status\":\"%s\",\"reasons\":[%s]}\n",
		reasons.size ? "not ready" : "ready", reasons.size ? reasons.data : "");
	web_reply_text(r, reasons.size ? 503 : 200, "application/json", &reply);
	text_free(&reasons);
	text_free(&reply);
}

static const struct web_route routes[] = {
	{ WEB_GET, "/metrics", WEB_WHOLE, answer_metrics },
	{ WEB_GET, "/health", WEB_OPEN, answer_health },
	{ WEB_GET, "/ready", WEB_OPEN, answer_ready },
	{ 0 },
};

int live_web_open(struct event_base *base, const struct config *c, struct live_web **out)
{
	struct live_web *w;
	int error;

	if (!c->metrics.listen)
		return 0;
	w = mem_alloc(sizeof(*w));
	error = web_open(base,
		&(struct web_options){ .listen = c->metrics.listen,
			.token_file = c->metrics.token_file,
			.routes = routes,
			.context = w },
		&w->web);
	if (error) {
		free(w);
		return error;
	}
	log_info("metrics at http://%s/metrics", c->metrics.listen);
	*out = w;
	return 0;
}

void live_web_close(struct live_web *w)
{
	if (!w)
		return;
	web_close(w->web);
	free(w);
}

void live_web_serve(struct live_web *w, live_view_fn *view, const void *context)
{
	if (!w)
		return;
	w->view = view;
	w->context = context;
}
