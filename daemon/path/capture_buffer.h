/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A file read ahead in large pieces, and handed out twice: to whom may look at the bytes that come next
 * where they lie, and as a stdio stream to a library that wants one. If the stream is shared they have one
 * position, so that each may take what the other leaves. One thread at a time.
 */
#ifndef PATH_CAPTURE_BUFFER_H
#define PATH_CAPTURE_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct capture_buffer {
	int fd;
	uint8_t *data;
	size_t at, have; /* [at, have) is what comes next, as far as it has been read */
};

/* Opens the file. 0 or -errno. Then the stream closes all, capture_buffer_close() where there is none. */
int capture_buffer_open(struct capture_buffer *b, const char *path);
void capture_buffer_close(struct capture_buffer *b);

/* The stream; `b` must stay where it is. Not shared, it reads ahead by itself and is faster by far: the bytes at
 * hand are the stream's alone then. NULL: no memory. */
FILE *capture_buffer_stream(struct capture_buffer *b, bool is_shared);

/* Reads more. False: there is no room, the file has ended, or it failed, which the stream's next read will meet
 * again. What was looked at has moved. */
bool capture_buffer_more(struct capture_buffer *b);

#endif
