/* SPDX-License-Identifier: BSD-3-Clause */
#include "web_reply.h"

#include <event2/buffer.h>
#include <stdio.h>

#include "web_server.h"

#define NOTHING_LOADED                                                                             \
	"default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

void web_reply_header(struct web_request *r, const char *name, const char *value)
{
	struct evkeyvalq *out = evhttp_request_get_output_headers(r->http);

	evhttp_remove_header(out, name);
	evhttp_add_header(out, name, value);
}

static void standard(struct web_request *r, const char *name, const char *value)
{
	struct evkeyvalq *out = evhttp_request_get_output_headers(r->http);

	if (!evhttp_find_header(out, name))
		evhttp_add_header(out, name, value);
}

void web_reply_guard(struct web_request *r)
{
	const char *policy = r->web->options.policy;

	standard(r, "Cache-Control", "no-store");
	standard(r, "Content-Security-Policy", policy ? policy : NOTHING_LOADED);
	standard(r, "Cross-Origin-Resource-Policy", "same-origin");
	standard(r, "Referrer-Policy", "no-referrer");
	standard(r, "X-Content-Type-Options", "nosniff");
	standard(r, "X-Frame-Options", "DENY");
}

static const char *phrase_of(int status)
{
	static const struct {
		int status;
		const char *phrase;
	} known[] = {
		{ 200, "OK" },
		{ 303, "See Other" },
		{ 304, "Not Modified" },
		{ 400, "Bad Request" },
		{ 401, "Unauthorized" },
		{ 403, "Forbidden" },
		{ 404, "Not Found" },
		{ 405, "Method Not Allowed" },
		{ 406, "Not Acceptable" },
		{ 421, "Misdirected Request" },
		{ 500, "Internal Server Error" },
		{ 503, "Service Unavailable" },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (known[i].status == status)
			return known[i].phrase;
	return "Other";
}

void web_reply(struct web_request *r, int status, const char *type, const void *data, size_t size)
{
	struct evbuffer *body = evbuffer_new();
	char length[24];

	r->answered = true;
	web_reply_guard(r);
	web_reply_header(r, "Content-Type", type);
	snprintf(length, sizeof(length), "%zu", size);
	web_reply_header(r, "Content-Length", length);
	if (!web_is_head(r))
		evbuffer_add(body, data, size);
	evhttp_send_reply(r->http, status, phrase_of(status), body);
	evbuffer_free(body);
}

void web_reply_text(struct web_request *r, int status, const char *type, const struct text *body)
{
	web_reply(r, status, type, body->data, body->size);
}

void web_reply_error(struct web_request *r, int status, const char *what)
{
	struct text line = { 0 };

	text_printf(&line, "%d %s%s%s\n", status, phrase_of(status), what ? ": " : "",
		what ? what : "");
	web_reply_text(r, status, "text/plain; charset=utf-8", &line);
	text_free(&line);
}
