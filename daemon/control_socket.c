/* SPDX-License-Identifier: BSD-3-Clause */
#include "control_socket.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/listener.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "log.h"
#include "state.h"

#define LINE_MAX_BYTES 256
#define PATIENCE_S     5

struct control_socket {
	struct evconnlistener *listener;
	struct event_base *base;
	char *path;
	const struct control_command *commands;
	void *context;
	struct client *clients;
};

/* One client; freed when its reply is out, or it goes, or nothing happens for a while. */
struct client {
	struct control_socket *socket;
	struct bufferevent *bev;
	struct client *next;
	bool answered;
};

static const struct timeval patience = { .tv_sec = PATIENCE_S };

static void client_free(struct client *c)
{
	struct client **at = &c->socket->clients;

	while (*at != c)
		at = &(*at)->next;
	*at = c->next;
	bufferevent_free(c->bev);
	free(c);
}

static void answer(const struct control_socket *s, const char *line, struct text *reply)
{
	for (const struct control_command *c = s->commands; c->name; c++) {
		if (!strcmp(c->name, line)) {
			c->answer(s->context, reply);
			return;
		}
	}
	text_str(reply, "{\"status\":\"refused\",\"reason\":\"unknown command; allowed:");
	for (const struct control_command *c = s->commands; c->name; c++)
		text_printf(reply, " %s", c->name);
	text_str(reply, "\"}");
}

static void on_read(struct bufferevent *bev, void *self)
{
	struct client *c = self;
	struct evbuffer *in = bufferevent_get_input(bev);
	char *line = evbuffer_readln(in, NULL, EVBUFFER_EOL_CRLF);
	struct text reply = { 0 };

	if (c->answered || (!line && evbuffer_get_length(in) < LINE_MAX_BYTES)) {
		free(line);
		return;
	}
	bufferevent_set_timeouts(bev, NULL, NULL); /* a reload may take longer than a client may */
	answer(c->socket, line ? line : "", &reply);
	event_base_update_cache_time(c->socket->base); /* patience begins now, and not before a long answer */
	bufferevent_set_timeouts(bev, NULL, &patience);
	text_str(&reply, "\n");
	c->answered = true;
	bufferevent_write(bev, reply.data, reply.size);
	text_free(&reply);
	free(line);
}

static void on_written(struct bufferevent *bev, void *self)
{
	struct client *c = self;

	(void)bev;
	if (c->answered)
		client_free(c);
}

static void on_event(struct bufferevent *bev, short what, void *self)
{
	struct client *c = self;

	(void)bev;
	/* A client may close its side after the command; its reply is still on the way. */
	if (!(what & BEV_EVENT_EOF) || !c->answered)
		client_free(c);
}

static void on_accept(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *from, int length,
	void *self)
{
	struct control_socket *s = self;
	struct bufferevent *bev = bufferevent_socket_new(s->base, fd, BEV_OPT_CLOSE_ON_FREE);
	struct client *c;

	(void)listener;
	(void)from;
	(void)length;
	if (!bev) {
		close(fd);
		return;
	}
	c = mem_alloc(sizeof(*c));
	c->socket = s;
	c->bev = bev;
	c->next = s->clients;
	s->clients = c;
	bufferevent_setcb(bev, on_read, on_written, on_event, c);
	bufferevent_set_timeouts(bev, &patience, &patience);
	bufferevent_enable(bev, EV_READ | EV_WRITE);
}

static int bind_socket(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd, error = 0;

	if (strlen(path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	memcpy(address.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	/* What is there is a dead daemon's: the journal's lock says that none else is alive. */
	unlink(path);
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) || chmod(path, 0660))
		error = -errno;
	if (error) {
		close(fd);
		return error;
	}
	return fd;
}

struct control_socket *control_socket_new(struct event_base *base, const char *folder,
	const struct control_command *commands, void *context)
{
	struct control_socket *s = mem_alloc(sizeof(*s));
	struct text path = { 0 };
	int fd;

	text_printf(&path, "%s/%s", folder, STATE_SOCKET);
	s->path = path.data;
	s->base = base;
	s->commands = commands;
	s->context = context;
	fd = bind_socket(s->path);
	if (fd >= 0)
		s->listener = evconnlistener_new(
			base, on_accept, s, LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 16, fd);
	if (!s->listener) {
		log_error("control socket %s: %s", s->path, strerror(fd < 0 ? -fd : ENOMEM));
		free(s->path);
		free(s);
		return NULL;
	}
	return s;
}

void control_socket_free(struct control_socket *s)
{
	if (!s)
		return;
	/* The loop goes on without us, and a client that is there still would be heard. */
	while (s->clients)
		client_free(s->clients);
	evconnlistener_free(s->listener);
	unlink(s->path);
	free(s->path);
	free(s);
}
