/* SPDX-License-Identifier: BSD-3-Clause */
/* Where a Redis listens: HOST:PORT, [IPV6]:PORT, unix:/PATH or /PATH. Names are not looked up here. Where we
 * listen: an address and a port. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#include "config.h"
#include "field.h"
#include "text.h"

#define HOST_MOST    253u
#define SERVERS_MOST 64u

/* The host of "host:port" without the brackets of an IPv6 address; NULL if it is none. */
static char *host(const char *text, size_t size)
{
	struct in6_addr six;
	struct in_addr four;
	bool bracketed = size > 2 && text[0] == '[' && text[size - 1] == ']', numeric = true;
	char *s = bracketed ? field_copy(text + 1, size - 2) : field_copy(text, size);
	bool good = size > 0 && size <= HOST_MOST;

	for (const char *c = s; *c && !bracketed; c++) {
		good &= field_is_digit(*c) || ((*c | 0x20) >= 'a' && (*c | 0x20) <= 'z') || strchr("-._", *c);
		numeric &= field_is_digit(*c) || *c == '.';
	}
	if (bracketed)
		good = inet_pton(AF_INET6, s, &six) == 1;
	else if (numeric)
		good = inet_pton(AF_INET, s, &four) == 1;
	if (good)
		return s;
	free(s);
	return NULL;
}

static int socket_of(const char *path, size_t size, struct config_server *out)
{
	if (size < 2 || path[0] != '/' || size >= sizeof(((struct sockaddr_un *)0)->sun_path))
		return -EINVAL;
	*out = (struct config_server){ .host = field_copy(path, size) };
	return 0;
}

static int server_of(const char *text, size_t size, struct config_server *out)
{
	size_t is_unix = field_begins(text, size, "unix:"), first;
	const char *colon = memrchr(text, ':', size);
	uint64_t port;

	if (is_unix || (size && text[0] == '/'))
		return socket_of(text + is_unix, size - is_unix, out);
	if (!colon)
		return -EINVAL;
	first = (size_t)(colon - text);
	if (!field_number(colon + 1, size - first - 1, 1, UINT16_MAX, &port))
		return -EINVAL;
	*out = (struct config_server){ .host = host(text, first), .port = (uint16_t)port };
	return out->host ? 0 : -EINVAL;
}

int field_server(const char *text, size_t size, void *at)
{
	struct config_server server;
	struct config *c = at;
	int err = server_of(text, size, &server);

	if (err)
		return err;
	for (size_t i = 0; i < c->n_servers; i++)
		if (c->servers[i].port == server.port && !strcmp(c->servers[i].host, server.host))
			err = -EEXIST;
	if (c->n_servers == SERVERS_MOST)
		err = -ENOSPC;
	if (err) {
		free(server.host);
		return err;
	}
	c->servers = mem_grow(c->servers, c->n_servers + 1, sizeof(*c->servers));
	c->servers[c->n_servers++] = server;
	return 0;
}

int field_listen(const char *text, size_t size, void *at)
{
	struct config_server server;
	struct in_addr four;
	struct in6_addr six;
	int err = memrchr(text, ':', size) ? server_of(text, size, &server) : -EINVAL;
	bool good;

	if (err)
		return err;
	good = server.port && (inet_pton(AF_INET, server.host, &four) == 1 ||
				      inet_pton(AF_INET6, server.host, &six) == 1);
	free(server.host);
	return good ? field_text(text, size, at) : -EINVAL;
}
