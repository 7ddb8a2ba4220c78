/* SPDX-License-Identifier: BSD-3-Clause */
#include "web.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "web_reply.h"
#include "web_server.h"

#define BACKLOG 128

bool web_is_head(const struct web_request *r)
{
	return evhttp_request_get_command(r->http) == EVHTTP_REQ_HEAD;
}

/* "Bearer TOKEN"; the scheme's case does not matter (RFC 9110). */
static const char *bearer(const char *authorization)
{
	static const char scheme[] = "bearer ";

	if (!authorization || strncasecmp(authorization, scheme, sizeof(scheme) - 1))
		return NULL;
	authorization += sizeof(scheme) - 1;
	return authorization + strspn(authorization, " ");
}

/* The value of a cookie in "a=b; c=d", or NULL. */
static const char *cookie(const char *header, const char *name, size_t *size)
{
	size_t n = name ? strlen(name) : 0;

	while (n && header) {
		header += strspn(header, " ;");
		if (!strncmp(header, name, n) && header[n] == '=') {
			*size = strcspn(header + n + 1, "; ");
			return header + n + 1;
		}
		header = strchr(header, ';');
	}
	return NULL;
}

/* Whose request it is, or NULL. */
static const struct web_token *token_of(const struct web_request *r)
{
	const char *said = bearer(web_header(r, "Authorization"));
	size_t size = said ? strlen(said) : 0;

	if (!said)
		said = cookie(web_header(r, "Cookie"), r->web->options.cookie, &size);
	return said ? web_tokens_find(web_token_file_now(r->web->tokens), said, size) : NULL;
}

/* "NAME", "NAME:PORT" or "[IPV6]:PORT" where NAME is an address or localhost. */
static bool names_this_host(const char *host)
{
	const char *begin = host + (*host == '[');
	size_t n = strcspn(begin, *host == '[' ? "]" : ":");
	const char *rest = begin + n + (begin[n] == ']');
	char name[INET6_ADDRSTRLEN];
	struct in6_addr address;

	if (n >= sizeof(name) || (*rest && *rest != ':'))
		return false;
	memcpy(name, begin, n);
	name[n] = 0;
	return !strcasecmp(name, "localhost") ||
	       inet_pton(*host == '[' ? AF_INET6 : AF_INET, name, &address) == 1;
}

/* 0, or the status that refuses. A browser always sends Host; what sends none is none. */
static int refusal(struct web_request *r, enum web_access access)
{
	const char *host = web_header(r, "Host");

	if (!r->web->tokens)
		return host && !names_this_host(host) ? 421 : 0;
	if (access == WEB_OPEN)
		return 0;
	r->token = token_of(r);
	if (!r->token)
		return 401;
	return access == WEB_WHOLE && *r->token->scope ? 403 : 0;
}

static void refuse(struct web_request *r, int status)
{
	static const struct {
		int status;
		const char *why;
	} reasons[] = {
		{ 401, "this needs a token: \"Authorization: Bearer TOKEN\"" },
		{ 403, "this token is for a part of the data" },
		{ 421, "without tokens, only requests to an address or localhost are answered" },
	};
	const char *why = NULL;

	for (size_t i = 0; i < sizeof(reasons) / sizeof(*reasons); i++)
		if (reasons[i].status == status)
			why = reasons[i].why;
	if (status == 401)
		web_reply_header(r, "WWW-Authenticate", "Bearer realm=\"transitd\"");
	web_reply_error(r, status, why);
}

static bool fits_path(const char *pattern, const char *path)
{
	size_t n = strlen(pattern);

	return n && pattern[n - 1] == '*' ? !strncmp(pattern, path, n - 1) : !strcmp(pattern, path);
}

static bool fits_method(enum web_method method, enum evhttp_cmd_type command)
{
	if (method == WEB_POST)
		return command == EVHTTP_REQ_POST;
	return command == EVHTTP_REQ_GET || command == EVHTTP_REQ_HEAD;
}

/* The methods that a path knows, for 405; "" for a path that there is not. */
static const char *methods_of(const struct web *w, const char *path)
{
	static const char *const words[] = { "", "GET, HEAD", "POST", "GET, HEAD, POST" };
	unsigned known = 0;

	for (const struct web_route *route = w->options.routes; route->path; route++)
		if (fits_path(route->path, path))
			known |= 1u << route->method;
	return words[known];
}

static const struct web_route *route_of(const struct web_request *r)
{
	const struct web_route *route = r->web->options.routes;
	enum evhttp_cmd_type command = evhttp_request_get_command(r->http);

	while (route->path &&
		!(fits_path(route->path, r->path.data) && fits_method(route->method, command)))
		route++;
	return route->path ? route : NULL;
}

static void answer(struct web_request *r)
{
	const struct web_route *route = route_of(r);
	/* What is not there is told to nobody but who may ask. */
	int status = refusal(r, route ? route->access : WEB_SCOPED);

	if (status) {
		refuse(r, status);
	} else if (route) {
		route->answer(r, r->web->options.context);
		if (!r->answered)
			web_reply_error(r, 500, NULL);
	} else if (*methods_of(r->web, r->path.data)) {
		web_reply_header(r, "Allow", methods_of(r->web, r->path.data));
		web_reply_error(r, 405, NULL);
	} else {
		web_reply_error(r, 404, NULL);
	}
}

/* False: the path or query is not one. */
static bool read_target(struct web_request *r)
{
	const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(r->http);
	const char *path = uri ? evhttp_uri_get_path(uri) : NULL;
	const char *query = uri ? evhttp_uri_get_query(uri) : NULL;
	size_t size = 0;
	char *decoded = path ? evhttp_uridecode(path, 0, &size) : NULL;
	bool good = decoded && size && strlen(decoded) == size;

	if (good)
		text_str(&r->path, decoded);
	free(decoded);
	return good && (!query || !*query || !evhttp_parse_query_str(query, &r->query));
}

static void on_request(struct evhttp_request *http, void *self)
{
	struct web_request r = { .web = self, .http = http };

	TAILQ_INIT(&r.query);
	web_bound_heard(r.web->bound,
		evhttp_connection_get_bufferevent(evhttp_request_get_connection(http)));
	if (read_target(&r))
		answer(&r);
	else
		web_reply_error(&r, 400, "not a path with a query");
	evhttp_clear_headers(&r.query);
	text_free(&r.path);
}

const char *web_path(const struct web_request *r)
{
	return r->path.data;
}

const char *web_query(const struct web_request *r, const char *name)
{
	return evhttp_find_header(&r->query, name);
}

const char *web_header(const struct web_request *r, const char *name)
{
	return evhttp_find_header(evhttp_request_get_input_headers(r->http), name);
}

const char *web_body(struct web_request *r, size_t *size)
{
	struct evbuffer *body = evhttp_request_get_input_buffer(r->http);

	*size = evbuffer_get_length(body);
	return *size ? (const char *)evbuffer_pullup(body, -1) : "";
}

const char *web_user(const struct web_request *r)
{
	return r->token ? r->token->name : "";
}

const char *web_scope(const struct web_request *r)
{
	return r->token && *r->token->scope ? r->token->scope : NULL;
}

static bool is_loopback(const struct sockaddr *address)
{
	const struct sockaddr_in *four = (const void *)address;
	const struct sockaddr_in6 *six = (const void *)address;

	if (address->sa_family == AF_INET)
		return ntohl(four->sin_addr.s_addr) >> 24 == 127;
	return IN6_IS_ADDR_LOOPBACK(&six->sin6_addr);
}

/* "A.B.C.D:PORT" or "[IPV6]:PORT". libevent's own parser knows no port 0. */
static bool read_address(const char *text, struct sockaddr_storage *out)
{
	struct sockaddr_in *four = (void *)out;
	struct sockaddr_in6 *six = (void *)out;
	const char *colon = strrchr(text, ':');
	size_t n = colon ? (size_t)(colon - text) : 0;
	bool bracketed = n > 2 && *text == '[' && colon[-1] == ']';
	char host[INET6_ADDRSTRLEN];
	unsigned long port;
	char *end;

	n -= bracketed ? 2 : 0;
	if (!n || n >= sizeof(host) || colon[1] < '0' || colon[1] > '9')
		return false;
	port = strtoul(colon + 1, &end, 10);
	memcpy(host, text + bracketed, n);
	host[n] = 0;
	*out = (struct sockaddr_storage){ .ss_family = bracketed ? AF_INET6 : AF_INET };
	*(bracketed ? &six->sin6_port : &four->sin_port) = htons((uint16_t)port);
	return !*end && port <= UINT16_MAX &&
	       inet_pton(out->ss_family, host,
		       bracketed ? (void *)&six->sin6_addr : &four->sin_addr) == 1;
}

/* 0, or why it cannot listen (logged). */
static int listen_on(struct web *w)
{
	const unsigned flags = LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_REUSEABLE;
	const char *text = w->options.listen;
	struct sockaddr_storage address = { 0 };
	struct sockaddr *a = (struct sockaddr *)&address;
	int error;

	if (!read_address(text, &address)) {
		log_error("listen %s: not an address with a port; allowed: 127.0.0.1:9469, "
			  "[::1]:9469",
			text);
		return -EINVAL;
	}
	if (!w->tokens && !is_loopback(a)) {
		log_error(
			"listen %s: beyond loopback nothing is served without a token file", text);
		return -EPERM;
	}
	w->listener = evconnlistener_new_bind(w->base, NULL, NULL, flags, BACKLOG, a,
		a->sa_family == AF_INET6 ? sizeof(struct sockaddr_in6)
					 : sizeof(struct sockaddr_in));
	if (w->listener && !evhttp_bind_listener(w->http, w->listener)) {
		evconnlistener_free(w->listener);
		w->listener = NULL;
	}
	if (w->listener)
		return 0;
	error = errno ? errno : ENOMEM;
	log_error("listen %s: %s", text, strerror(error));
	return -error;
}

static void on_beat(evutil_socket_t fd, short what, void *self)
{
	(void)fd;
	(void)what;
	web_stream_beat(self);
}

static void set_up(struct web *w)
{
	const struct timeval second = { .tv_sec = 1 };

	evhttp_set_gencb(w->http, on_request, w);
	/* All, so that a route's own 405 answers; evhttp says 501 to the rest. */
	evhttp_set_allowed_methods(w->http, EVHTTP_REQ_GET | EVHTTP_REQ_HEAD | EVHTTP_REQ_POST |
						    EVHTTP_REQ_PUT | EVHTTP_REQ_DELETE |
						    EVHTTP_REQ_OPTIONS | EVHTTP_REQ_PATCH);
	evhttp_set_max_headers_size(w->http, WEB_HEADER_BYTES);
	evhttp_set_max_body_size(w->http, WEB_BODY_BYTES);
	evhttp_set_timeout(w->http, (int)w->options.write_s);
	w->bound = web_bound_new(w);
	w->beat = event_new(w->base, -1, EV_PERSIST, on_beat, w);
	event_add(w->beat, &second);
}

static char *copy(const char *s)
{
	return s ? mem_dup(s) : NULL;
}

static void take_options(struct web *w, const struct web_options *o)
{
	w->options = *o;
	w->options.listen = copy(o->listen);
	w->options.token_file = copy(o->token_file);
	w->options.cookie = copy(o->cookie);
	w->options.policy = copy(o->policy);
	w->options.connections = o->connections ? o->connections : WEB_CONNECTIONS;
	w->options.request_s = o->request_s ? o->request_s : WEB_REQUEST_S;
	w->options.write_s = o->write_s ? o->write_s : WEB_WRITE_S;
	w->options.beat_s = o->beat_s ? o->beat_s : WEB_BEAT_S;
	w->options.stream_bytes = o->stream_bytes ? o->stream_bytes : WEB_STREAM_BYTES;
}

int web_open(struct event_base *base, const struct web_options *o, struct web **out)
{
	struct web *w = mem_alloc(sizeof(*w));
	int error;

	w->base = base;
	TAILQ_INIT(&w->streams);
	take_options(w, o);
	error = o->token_file ? web_token_file_open(o->token_file, &w->tokens) : 0;
	if (!error) {
		w->http = evhttp_new(base);
		error = w->http ? listen_on(w) : -ENOMEM;
	}
	if (error) {
		web_close(w);
		return error;
	}
	set_up(w);
	*out = w;
	return 0;
}

void web_close(struct web *w)
{
	if (!w)
		return;
	if (w->beat)
		event_free(w->beat);
	if (w->http)
		evhttp_free(w->http);
	web_bound_free(w->bound);
	web_token_file_close(w->tokens);
	free((char *)w->options.listen);
	free((char *)w->options.token_file);
	free((char *)w->options.cookie);
	free((char *)w->options.policy);
	free(w);
}

uint16_t web_port(const struct web *w)
{
	struct sockaddr_storage address = { 0 };
	socklen_t size = sizeof(address);

	if (getsockname(evconnlistener_get_fd(w->listener), (struct sockaddr *)&address, &size))
		return 0;
	return ntohs(address.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&address)->sin6_port
						   : ((struct sockaddr_in *)&address)->sin_port);
}

unsigned web_connections(const struct web *w)
{
	return web_bound_count(w->bound);
}
