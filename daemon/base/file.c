/* SPDX-License-Identifier: BSD-3-Clause */
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#define FILE_PIECE 65536

static int file_drain(int fd, size_t most, struct text *out)
{
	char piece[FILE_PIECE];
	size_t total = 0;

	for (;;) {
		ssize_t n = read(fd, piece, sizeof(piece));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			return 0;
		total += (size_t)n;
		if (total > most)
			return -EFBIG;
		text_add(out, piece, (size_t)n);
	}
}

int file_read(const char *path, size_t most, struct text *out)
{
	size_t before = out->size;
	int fd, err;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	text_add(out, "", 0);
	err = file_drain(fd, most, out);
	close(fd);
	if (err) {
		out->size = before;
		out->data[before] = 0;
	}
	return err;
}

char *file_beside(const char *file, const char *path)
{
	const char *slash = strrchr(file, '/');
	struct text t = { 0 };

	if (path[0] != '/' && slash)
		text_add(&t, file, (size_t)(slash - file) + 1);
	else if (path[0] != '/')
		text_str(&t, "./"); /* so that no name can look like an option or a URI */
	text_str(&t, path);
	return t.data;
}
