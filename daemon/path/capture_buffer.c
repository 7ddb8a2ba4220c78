/* SPDX-License-Identifier: BSD-3-Clause */
#include "capture_buffer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "text.h"

#define STREAM_SIZE ((size_t)1 << 16)
#define SIZE	    ((size_t)1 << 18) /* of a second-level cache: what was copied is still there when it is read */

int capture_buffer_open(struct capture_buffer *b, const char *path)
{
	*b = (struct capture_buffer){ .fd = open(path, O_RDONLY | O_CLOEXEC) };
	if (b->fd < 0)
		return -errno;
	posix_fadvise(b->fd, 0, 0, POSIX_FADV_SEQUENTIAL); /* advice, where the file can */
	b->data = mem_array(SIZE, 1);
	return 0;
}

void capture_buffer_close(struct capture_buffer *b)
{
	close(b->fd);
	free(b->data);
	*b = (struct capture_buffer){ .fd = -1 };
}

/* More bytes, or 0 at the end, or -1 and errno. */
static ssize_t read_more(struct capture_buffer *b)
{
	ssize_t n;

	memmove(b->data, b->data + b->at, b->have - b->at);
	b->have -= b->at;
	b->at = 0;
	do
		n = read(b->fd, b->data + b->have, SIZE - b->have);
	while (n < 0 && errno == EINTR);
	if (n > 0)
		b->have += (size_t)n;
	return n;
}

bool capture_buffer_more(struct capture_buffer *b)
{
	return b->have - b->at < SIZE && read_more(b) > 0;
}

static ssize_t stream_read(void *self, char *out, size_t size)
{
	struct capture_buffer *b = self;

	if (b->at == b->have) {
		ssize_t n = read_more(b);

		if (n <= 0)
			return n;
	}
	if (size > b->have - b->at)
		size = b->have - b->at;
	memcpy(out, b->data + b->at, size);
	b->at += size;
	return (ssize_t)size;
}

static int stream_close(void *self)
{
	capture_buffer_close(self);
	return 0;
}

FILE *capture_buffer_stream(struct capture_buffer *b, bool is_shared)
{
	FILE *stream = fopencookie(b, "rb",
		(cookie_io_functions_t){ .read = stream_read, .close = stream_close });

	/* A shared one must not take more than it is asked for. glibc reads it byte by byte then. */
	if (stream)
		setvbuf(stream, NULL, is_shared ? _IONBF : _IOFBF, is_shared ? 0 : STREAM_SIZE);
	return stream;
}
