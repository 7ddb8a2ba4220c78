/* SPDX-License-Identifier: BSD-3-Clause */
#include "spill.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "text.h"

#define SUFFIX	".interval"
#define PARTIAL ".partial"
#define REFUSED ".refused"
#define UNREADABLE ".unreadable"

static void name_of(char path[static PATH_MAX], const char *folder, uint64_t generation, const char *suffix)
{
	snprintf(path, PATH_MAX, "%s/%" PRIu64 "%s", folder, generation, suffix);
}

static int write_all(const char *path, const struct text *t)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600), error = 0;

	if (fd < 0)
		return -errno;
	for (size_t at = 0; at < t->size && !error;) {
		ssize_t n = write(fd, t->data + at, t->size - at);

		if (n >= 0)
			at += (size_t)n;
		else if (errno != EINTR)
			error = -errno;
	}
	if (close(fd) && !error)
		error = -errno;
	return error;
}

int spill_put(const char *folder, const struct interval *iv)
{
	char partial[PATH_MAX], path[PATH_MAX];
	struct text t = { 0 };
	int error;

	name_of(partial, folder, iv->generation, PARTIAL);
	name_of(path, folder, iv->generation, SUFFIX);
	interval_encode(iv, &t);
	error = write_all(partial, &t);
	if (!error && rename(partial, path))
		error = -errno;
	if (error) {
		unlink(partial);
		log_error("spill %s: %s", path, strerror(-error));
	}
	text_free(&t);
	return error;
}

void spill_drop(const char *folder, uint64_t generation)
{
	char path[PATH_MAX];

	name_of(path, folder, generation, SUFFIX);
	if (unlink(path) && errno != ENOENT)
		log_warn("spill %s: %s", path, strerror(errno));
}

void spill_refuse(const char *folder, uint64_t generation)
{
	char path[PATH_MAX], refused[PATH_MAX];

	name_of(path, folder, generation, SUFFIX);
	name_of(refused, folder, generation, REFUSED);
	if (rename(path, refused))
		log_error("spill %s: %s", path, strerror(errno));
	else
		log_error("the journal will never take an interval; it is kept as %s", refused);
}

static int read_all(const char *path, struct text *t)
{
	char buffer[65536];
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW), error = 0;
	ssize_t n;

	if (fd < 0)
		return -errno;
	while ((n = read(fd, buffer, sizeof(buffer))) > 0)
		text_add(t, buffer, (size_t)n);
	if (n < 0)
		error = -errno;
	close(fd);
	return error;
}

/* Half a file is what a power failure leaves where the folder is on a disk. A meter that does not start
 * for it would lose far more. */
static int put_aside(const char *folder, uint64_t generation, const char *path)
{
	char aside[PATH_MAX];

	name_of(aside, folder, generation, UNREADABLE);
	log_error("spill %s: not an interval; kept as %s", path, aside);
	return rename(path, aside) ? -errno : 0;
}

static int take_one(const char *folder, uint64_t generation, struct cellbook *book, spill_each_fn *each,
	void *context)
{
	struct text t = { 0 };
	struct interval *iv;
	char path[PATH_MAX];
	int error;

	name_of(path, folder, generation, SUFFIX);
	error = read_all(path, &t);
	if (!error)
		error = interval_decode(t.data ? t.data : "", t.size, book, &iv);
	text_free(&t);
	if (error == -EINVAL)
		return put_aside(folder, generation, path);
	if (error) {
		log_error("spill %s: %s", path, strerror(-error));
		return error;
	}
	iv->generation = generation;
	return each(context, iv);
}

int spill_each(const char *folder, struct cellbook *book, spill_each_fn *each, void *context)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;
	int error = 0;

	if (!dir) {
		log_error("state folder %s: %s", folder, strerror(errno));
		return -errno;
	}
	while (!error && (entry = readdir(dir))) {
		uint64_t generation;
		int end = 0;

		if (sscanf(entry->d_name, "%" SCNu64 SUFFIX "%n", &generation, &end) == 1 && end > 0 &&
			!entry->d_name[end])
			error = take_one(folder, generation, book, each, context);
	}
	closedir(dir);
	return error;
}
