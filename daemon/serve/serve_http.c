/* SPDX-License-Identifier: BSD-3-Clause */
#include "serve_http.h"

#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "web_reply.h"
#include "web_stream.h"

#define CONNECTIONS 512u /* a room of pages, each with a stream and some requests */
#define COOKIE	    "transitd"
#define JSON	    "application/json"
/* Nothing from elsewhere, and nothing written into the page. */
#define POLICY \
	"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " \
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

struct asset {
	const char *path, *type;
	size_t size;
	const char *data;
};

#include "page.h"

#define ASSETS (sizeof(assets) / sizeof(*assets))

/* The listeners on whose behalf the same is told. */
struct audience {
	char partner[NAME_SIZE]; /* "": the operator */
	struct web_feed *feed;
};

struct serve_http {
	struct api *api;
	struct web *web;
	struct audience *audience;
	size_t n_audiences;
};

static void on_asset(struct web_request *r, void *self)
{
	const char *path = web_path(r);

	(void)self;
	if (!strcmp(path, "/"))
		path = "/index.html";
	for (size_t i = 0; i < ASSETS; i++)
		if (!strcmp(assets[i].path, path)) {
			web_reply_header(r, "Cache-Control", "no-cache");
			web_reply(r, 200, assets[i].type, assets[i].data, assets[i].size);
			return;
		}
	web_reply_error(r, 404, NULL);
}

static struct api_ask ask_of(const struct web_request *r)
{
	const char *name = web_query(r, "name");

	return (struct api_ask){ .partner = web_scope(r), .link = name ? name : web_query(r, "link"),
		.now = clock_now_ns() / 1000000000, .signed_in = *web_user(r) != 0 };
}

static bool take_time(const struct web_request *r, const char *name, int64_t *out)
{
	const char *said = web_query(r, name);

	return !said || clock_parse(said, out) == 0;
}

static void reply(struct web_request *r, void *self, api_fn *answer)
{
	struct serve_http *h = self;
	struct api_ask q = ask_of(r);
	struct text body = { 0 };
	int status;

	if (!take_time(r, "from", &q.from) || !take_time(r, "to", &q.to)) {
		web_reply_error(r, 400, "from and to: RFC 3339 times such as 2026-11-22T17:30:00Z");
		return;
	}
	status = answer(h->api, &q, &body);
	web_reply_text(r, status, JSON, &body);
	text_free(&body);
}

static void on_overview(struct web_request *r, void *self)
{
	reply(r, self, api_overview);
}

static void on_link(struct web_request *r, void *self)
{
	reply(r, self, api_link);
}

static void on_matrix(struct web_request *r, void *self)
{
	reply(r, self, api_matrix);
}

static void on_quality(struct web_request *r, void *self)
{
	reply(r, self, api_quality);
}

static void on_partners(struct web_request *r, void *self)
{
	reply(r, self, api_partners);
}

static void on_forecast(struct web_request *r, void *self)
{
	reply(r, self, api_forecast);
}

static void on_without(struct web_request *r, void *self)
{
	reply(r, self, api_without);
}

static void on_nothing(struct web_request *r, void *self)
{
	(void)self;
	web_reply_error(r, 404, NULL);
}

static struct audience *audience_of(struct serve_http *h, const char *partner)
{
	struct audience *a;

	partner = partner ? partner : "";
	for (size_t i = 0; i < h->n_audiences; i++)
		if (!strcmp(h->audience[i].partner, partner))
			return &h->audience[i];
	h->audience = mem_grow(h->audience, h->n_audiences + 1, sizeof(*h->audience));
	a = &h->audience[h->n_audiences++];
	*a = (struct audience){ .feed = web_feed_new() };
	strncpy(a->partner, partner, NAME_SIZE - 1);
	return a;
}

/* The event that this audience may hear. */
static void put_now(struct serve_http *h, const struct api_ask *q, struct text *out)
{
	struct text data = { 0 };

	api_now(h->api, q, &data);
	web_event(out, "now", data.data);
	text_free(&data);
}

static void on_events(struct web_request *r, void *self)
{
	struct serve_http *h = self;
	struct api_ask q = ask_of(r);
	struct text event = { 0 };
	struct web_stream *s;

	s = web_feed_join(audience_of(h, q.partner)->feed, r);
	if (!s)
		return;
	put_now(h, &q, &event);
	web_stream_send(s, event.data, event.size);
	text_free(&event);
}

void serve_http_tell(struct serve_http *h)
{
	for (size_t i = 0; i < h->n_audiences; i++) {
		struct audience *a = &h->audience[i];
		struct api_ask q = { .partner = *a->partner ? a->partner : NULL,
			.now = clock_now_ns() / 1000000000 };
		struct text event = { 0 };

		if (!web_feed_count(a->feed))
			continue;
		put_now(h, &q, &event);
		web_feed_send(a->feed, event.data, event.size);
		text_free(&event);
	}
}

/* A cookie that scripts cannot read and other sites cannot make the browser send. Who came here has shown the
 * token in the header already. Behind a proxy with TLS it never leaves TLS. */
static void set_cookie(struct web_request *r, const char *value, const char *age)
{
	const char *proto = web_header(r, "X-Forwarded-Proto");
	struct text cookie = { 0 };

	text_printf(&cookie, COOKIE "=%s; Path=/; HttpOnly; SameSite=Strict%s%s", value, age,
		proto && !strcmp(proto, "https") ? "; Secure" : "");
	web_reply_header(r, "Set-Cookie", cookie.data);
	text_free(&cookie);
}

static void on_login(struct web_request *r, void *self)
{
	const char *said = web_header(r, "Authorization");
	const char *token = said ? strrchr(said, ' ') : NULL;

	(void)self;
	if (token)
		set_cookie(r, token + 1, "");
	web_reply(r, 200, JSON, "{}", 2);
}

static void on_logout(struct web_request *r, void *self)
{
	(void)self;
	set_cookie(r, "", "; Max-Age=0");
	web_reply(r, 200, JSON, "{}", 2);
}

static const struct web_route routes[] = {
	{ WEB_GET, "/api/overview", WEB_SCOPED, on_overview },
	{ WEB_GET, "/api/link", WEB_SCOPED, on_link },
	{ WEB_GET, "/api/matrix", WEB_SCOPED, on_matrix },
	{ WEB_GET, "/api/quality", WEB_SCOPED, on_quality },
	{ WEB_GET, "/api/partners", WEB_SCOPED, on_partners },
	{ WEB_GET, "/api/forecast", WEB_SCOPED, on_forecast },
	{ WEB_GET, "/api/without", WEB_SCOPED, on_without },
	{ WEB_GET, "/api/*", WEB_SCOPED, on_nothing },
	{ WEB_GET, "/events", WEB_SCOPED, on_events },
	{ WEB_POST, "/login", WEB_SCOPED, on_login },
	{ WEB_POST, "/logout", WEB_OPEN, on_logout },
	{ WEB_GET, "/*", WEB_OPEN, on_asset },
	{ 0 },
};

int serve_http_open(struct event_base *base, struct api *api, const char *listen, const char *tokens,
	struct serve_http **out)
{
	struct serve_http *h = mem_alloc(sizeof(*h));
	struct web_options o = { .listen = listen, .token_file = tokens, .cookie = COOKIE, .policy = POLICY,
		.routes = routes, .context = h, .connections = CONNECTIONS };
	int rc;

	h->api = api;
	rc = web_open(base, &o, &h->web);
	if (rc)
		free(h);
	else
		*out = h;
	return rc;
}

void serve_http_close(struct serve_http *h)
{
	if (!h)
		return;
	for (size_t i = 0; i < h->n_audiences; i++)
		web_feed_free(h->audience[i].feed);
	free(h->audience);
	web_close(h->web);
	free(h);
}

uint16_t serve_http_port(const struct serve_http *h)
{
	return web_port(h->web);
}
