/* SPDX-License-Identifier: BSD-3-Clause */
#include "control_client.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "log.h"
#include "state.h"

static int connect_to(const char *path, unsigned patience_s)
{
	const struct timeval patience = { .tv_sec = patience_s };
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd, error;

	if (strlen(path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	memcpy(address.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	if (!connect(fd, (const struct sockaddr *)&address, sizeof(address)))
		return fd;
	/* The socket of a meter that was killed refuses. */
	error = errno == ECONNREFUSED ? -ENOENT : -errno;
	close(fd);
	return error;
}

static int send_line(int fd, const char *command)
{
	struct text line = { 0 };
	ssize_t n;

	text_printf(&line, "%s\n", command);
	n = send(fd, line.data, line.size, MSG_NOSIGNAL);
	text_free(&line);
	return n < 0 ? -errno : 0;
}

/* To the end of the reply. -EPROTO: the meter ended in the middle of it. */
static int receive_line(int fd, struct text *reply)
{
	char buffer[4096];
	ssize_t n;

	while ((n = recv(fd, buffer, sizeof(buffer), 0)) > 0)
		text_add(reply, buffer, (size_t)n);
	if (n < 0)
		return errno == EAGAIN ? -ETIMEDOUT : -errno;
	if (!reply->size || reply->data[reply->size - 1] != '\n')
		return -EPROTO;
	reply->data[--reply->size] = '\0';
	return 0;
}

int control_ask(const struct config *c, const char *command, unsigned patience_s, struct text *reply)
{
	struct text path = { 0 };
	char *folder = state_folder(c);
	int fd, error;

	text_printf(&path, "%s/%s", folder, STATE_SOCKET);
	free(folder);
	fd = connect_to(path.data, patience_s);
	error = fd < 0 ? fd : send_line(fd, command);
	if (!error)
		error = receive_line(fd, reply);
	if (fd >= 0)
		close(fd);
	if (error && error != -ENOENT)
		log_error("control socket %s: %s", path.data, strerror(-error));
	text_free(&path);
	return error;
}
