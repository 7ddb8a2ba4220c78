/* SPDX-License-Identifier: BSD-3-Clause */
#include "redis_conn.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/dns.h>
#include <event2/event.h>
#include <fcntl.h>
#include <hiredis/hiredis.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "redis_args.h"
#include "redis_tls.h"
#include "text.h"

#define CONNECT_MS    2000
#define REPLY_MS      10000
#define REASON_SIZE   160
#define PASSWORD_SIZE 1024

struct redis_conn {
	struct event_base *base;
	struct evdns_base *dns; /* only while a name is looked up */
	struct bufferevent *bev;
	struct redisReader *reader;
	struct event *timer;	/* connect or reply time-out */
	struct event *failed;	/* tells from the loop what failed in redis_conn_open() */
	const struct redis_conn_ops *ops;
	void *context;
	const struct redis_access *access;
	char reason[REASON_SIZE];
	unsigned due;	    /* replies that have to come, to AUTH and ASKING too */
	unsigned busy;	    /* callbacks on the stack */
	bool asking;
	bool asking_reply;  /* the next reply is ASKING's */
	bool auth_reply;    /* the next reply is AUTH's */
	bool opening; /* inside redis_conn_open() */
	bool up, over, freed;
};

static void conn_destroy(struct redis_conn *c)
{
	if (c->bev)
		bufferevent_free(c->bev);
	if (c->dns)
		evdns_base_free(c->dns, 0);
	if (c->timer)
		event_free(c->timer);
	if (c->failed)
		event_free(c->failed);
	if (c->reader)
		redisReaderFree(c->reader);
	free(c);
}

void redis_conn_free(struct redis_conn *c)
{
	if (!c)
		return;
	c->over = true;
	c->freed = true;
	if (!c->busy)
		conn_destroy(c);
}

/* Callbacks may free the connection: the memory goes when the last of them has returned. */
static void conn_enter(struct redis_conn *c)
{
	c->busy++;
}

static void conn_leave(struct redis_conn *c)
{
	if (--c->busy == 0 && c->freed)
		conn_destroy(c);
}

static void conn_down(struct redis_conn *c, const char *reason)
{
	char copy[REASON_SIZE];

	if (c->over)
		return;
	snprintf(copy, sizeof(copy), "%s", reason); /* what it points to may go with the connection */
	if (c->opening) {
		memcpy(c->reason, copy, sizeof(copy));
		event_active(c->failed, EV_TIMEOUT, 0);
		return;
	}
	c->over = true;
	event_del(c->timer);
	if (c->bev)
		bufferevent_disable(c->bev, EV_READ | EV_WRITE);
	conn_enter(c);
	c->ops->down(c->context, copy);
	conn_leave(c);
}

static void conn_arm(struct redis_conn *c, unsigned ms)
{
	struct timeval tv = { .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };

	event_add(c->timer, &tv);
}

static void conn_await(struct redis_conn *c)
{
	if (c->over)
		return;
	if (c->due)
		conn_arm(c, c->access->reply_ms ? c->access->reply_ms : REPLY_MS);
	else
		event_del(c->timer);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct redis_conn *c = arg;

	(void)fd;
	(void)what;
	if (c->up || c->auth_reply)
		conn_down(c, "no reply in time");
	else
		conn_down(c, c->access->tls ? "no TLS connection in time" : "no connection in time");
}

static void on_failed(evutil_socket_t fd, short what, void *arg)
{
	struct redis_conn *c = arg;
	char reason[REASON_SIZE];

	(void)fd;
	(void)what;
	memcpy(reason, c->reason, sizeof(reason));
	conn_down(c, reason);
}

static void conn_up(struct redis_conn *c)
{
	c->up = true;
	conn_await(c);
	c->ops->up(c->context);
}

/* The reply to a command that this file sent itself. */
static bool conn_own_reply(struct redis_conn *c, const redisReply *reply)
{
	if (c->auth_reply) {
		c->auth_reply = false;
		if (reply->type == REDIS_REPLY_ERROR)
			conn_down(c, reply->str);
		else
			conn_up(c);
		return true;
	}
	if (c->asking && c->asking_reply) {
		c->asking_reply = false;
		return true;
	}
	c->asking_reply = c->asking;
	return false;
}

static void conn_replies(struct redis_conn *c)
{
	void *reply;

	while (!c->over) {
		if (redisReaderGetReply(c->reader, &reply) != REDIS_OK) {
			conn_down(c, "the server does not speak the Redis protocol");
			return;
		}
		if (!reply)
			return;
		if (!c->due) {
			freeReplyObject(reply);
			conn_down(c, "a reply that nobody asked for");
			return;
		}
		c->due--;
		if (conn_own_reply(c, reply))
			freeReplyObject(reply);
		else
			c->ops->reply(c->context, reply);
	}
}

static void on_read(struct bufferevent *bev, void *arg)
{
	struct evbuffer *in = bufferevent_get_input(bev);
	struct redis_conn *c = arg;
	struct evbuffer_iovec piece;

	conn_enter(c);
	while (!c->over && evbuffer_peek(in, -1, NULL, &piece, 1) > 0) {
		if (redisReaderFeed(c->reader, piece.iov_base, piece.iov_len) != REDIS_OK) {
			conn_down(c, "no memory for the reply");
			break;
		}
		evbuffer_drain(in, piece.iov_len);
		conn_replies(c);
	}
	conn_await(c);
	conn_leave(c);
}

/* One line of a file, or of a systemd credential ("credential:NAME"). */
static int read_password(const char *file, char *out, size_t size)
{
	static const char scheme[] = "credential:";
	char path[4096];
	ssize_t n;
	int fd;

	if (strncmp(file, scheme, sizeof(scheme) - 1) == 0) {
		const char *folder = getenv("CREDENTIALS_DIRECTORY");

		if (!folder)
			return -ENOENT;
		snprintf(path, sizeof(path), "%s/%s", folder, file + sizeof(scheme) - 1);
		file = path;
	}
	fd = open(file, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	n = read(fd, out, size - 1);
	close(fd);
	if (n < 0)
		return -errno;
	out[n] = 0;
	out[strcspn(out, "\r\n")] = 0;
	return *out ? 0 : -ENODATA;
}

static void conn_auth(struct redis_conn *c)
{
	const char *argv[4] = { "AUTH" };
	char password[PASSWORD_SIZE], reason[REASON_SIZE];
	int r = read_password(c->access->password_file, password, sizeof(password));

	if (r) {
		snprintf(reason, sizeof(reason), "password file %s: %s", c->access->password_file,
			strerror(-r));
		conn_down(c, reason);
		return;
	}
	if (c->access->user) {
		argv[1] = c->access->user;
		argv[2] = password;
	} else {
		argv[1] = password;
	}
	c->auth_reply = true;
	redis_conn_command(c, argv);
	explicit_bzero(password, sizeof(password));
}

static void conn_connected(struct redis_conn *c)
{
	int one = 1;

	/* Pipelined steps are written whole; waiting for more to write only adds delay. A Unix socket
	 * refuses the option, which changes nothing. */
	setsockopt(bufferevent_getfd(c->bev), IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	event_del(c->timer);
	bufferevent_enable(c->bev, EV_READ | EV_WRITE);
	if (c->access->password_file)
		conn_auth(c);
	else
		conn_up(c);
}

static void conn_error(struct redis_conn *c)
{
	int error = EVUTIL_SOCKET_ERROR(), dns = bufferevent_socket_get_dns_error(c->bev);
	char tls[REASON_SIZE];

	if (dns)
		conn_down(c, evutil_gai_strerror(dns));
	else if (c->access->tls && redis_tls_error(c->bev, tls, sizeof(tls)))
		conn_down(c, tls);
	else
		conn_down(c, error ? evutil_socket_error_to_string(error) : "connection lost");
}

static void on_event(struct bufferevent *bev, short what, void *arg)
{
	struct redis_conn *c = arg;

	(void)bev;
	conn_enter(c);
	if (what & BEV_EVENT_CONNECTED)
		conn_connected(c);
	else if (what & BEV_EVENT_ERROR)
		conn_error(c);
	else if (what & BEV_EVENT_EOF)
		conn_down(c, "the server closed the connection");
	conn_leave(c);
}

static int connect_unix(struct redis_conn *c, const char *path)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };

	if (strlen(path) >= sizeof(un.sun_path))
		return -ENAMETOOLONG;
	memcpy(un.sun_path, path, strlen(path));
	errno = EIO;
	return bufferevent_socket_connect(c->bev, (struct sockaddr *)&un, sizeof(un)) ? -errno : 0;
}

static int connect_inet(struct redis_conn *c, const struct redis_server *server)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(server->port) };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_port = htons(server->port) };

	errno = EIO;
	if (inet_pton(AF_INET, server->host, &in.sin_addr) == 1)
		return bufferevent_socket_connect(c->bev, (struct sockaddr *)&in, sizeof(in)) ? -errno : 0;
	if (inet_pton(AF_INET6, server->host, &in6.sin6_addr) == 1)
		return bufferevent_socket_connect(c->bev, (struct sockaddr *)&in6, sizeof(in6)) ? -errno : 0;
	c->dns = evdns_base_new(c->base,
		EVDNS_BASE_INITIALIZE_NAMESERVERS | EVDNS_BASE_DISABLE_WHEN_INACTIVE);
	if (!c->dns)
		return -EAGAIN;
	return bufferevent_socket_connect_hostname(
		       c->bev, c->dns, AF_UNSPEC, server->host, server->port)
		? -EHOSTUNREACH
		: 0;
}

static int conn_start(struct redis_conn *c, const struct redis_server *server)
{
	if (c->access->tls)
		c->bev = redis_tls_bufferevent(c->access->tls, c->base, server->host);
	else
		c->bev = bufferevent_socket_new(c->base, -1, BEV_OPT_CLOSE_ON_FREE);
	if (!c->bev)
		return -ENOMEM;
	bufferevent_setcb(c->bev, on_read, NULL, on_event, c);
	return *server->host == '/' ? connect_unix(c, server->host) : connect_inet(c, server);
}

struct redis_conn *redis_conn_open(struct event_base *base, const struct redis_server *server,
	const struct redis_access *access, bool asking, const struct redis_conn_ops *ops,
	void *context)
{
	struct redis_conn *c = mem_alloc(sizeof(*c));
	int r;

	/* libevent writes with writev(2), which has no MSG_NOSIGNAL: a server that goes away must not
	 * end the process. */
	signal(SIGPIPE, SIG_IGN);
	c->base = base;
	c->access = access;
	c->ops = ops;
	c->context = context;
	c->asking = c->asking_reply = asking;
	c->reader = redisReaderCreate();
	c->timer = evtimer_new(base, on_timer, c);
	c->failed = evtimer_new(base, on_failed, c);
	if (!c->reader || !c->timer || !c->failed)
		abort(); /* out of memory, as in base/text.c */
	conn_arm(c, access->connect_ms ? access->connect_ms : CONNECT_MS);
	c->opening = true; /* libevent may tell of a refusal while the socket is being made */
	r = conn_start(c, server);
	if (r && !*c->reason)
		conn_down(c, strerror(-r));
	c->opening = false;
	return c;
}

static void conn_write(struct redis_conn *c, int argc, const char **argv, const size_t *size)
{
	static const char asking[] = "*1\r\n$6\r\nASKING\r\n";
	bool first = !c->due;
	struct evbuffer *out;
	char *bytes = NULL;
	long long n;

	if (c->over)
		return;
	out = bufferevent_get_output(c->bev);
	n = redisFormatCommandArgv(&bytes, argc, argv, size);
	if (n < 0)
		abort(); /* out of memory */
	if (c->asking && !c->auth_reply) {
		evbuffer_add(out, asking, sizeof(asking) - 1);
		c->due++;
	}
	evbuffer_add(out, bytes, (size_t)n);
	redisFreeCommand(bytes);
	c->due++;
	if (first)
		conn_await(c);
}

void redis_conn_send(struct redis_conn *c, const struct redis_args *const *list, size_t n_lists)
{
	size_t n = 0, at = 0, *size;
	const char **argv;

	for (size_t i = 0; i < n_lists; i++)
		n += list[i]->n;
	argv = mem_array(n, sizeof(*argv));
	size = mem_array(n, sizeof(*size));
	for (size_t i = 0; i < n_lists; i++)
		for (size_t k = 0; k < list[i]->n; k++, at++)
			argv[at] = redis_args_at(list[i], k, &size[at]);
	conn_write(c, (int)n, argv, size);
	free(argv);
	free(size);
}

void redis_conn_command(struct redis_conn *c, const char *const *argv)
{
	const char *copy[16];
	size_t size[16];
	int n = 0;

	for (; argv[n] && n < 16; n++) {
		copy[n] = argv[n];
		size[n] = strlen(argv[n]);
	}
	conn_write(c, n, copy, size);
}

size_t redis_conn_unsent(const struct redis_conn *c)
{
	return c->bev ? evbuffer_get_length(bufferevent_get_output(c->bev)) : 0;
}
