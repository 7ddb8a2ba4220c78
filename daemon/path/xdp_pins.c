/* SPDX-License-Identifier: BSD-3-Clause */
#include "xdp_pins.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "log.h"
#include "xdp_hook.h"

#define MOUNT_POINT "/sys/fs/bpf"
#define ERA	    "era-"

static bool is_bpf(const char *path)
{
	struct statfs fs;

	return !statfs(path, &fs) && fs.f_type == BPF_FS_MAGIC;
}

static pid_t parent_of(pid_t pid)
{
	char path[64], line[128];
	int parent = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	f = fopen(path, "re");
	while (f && !parent && fgets(line, sizeof(line), f))
		if (sscanf(line, "PPid: %d", &parent) == 1)
			break;
	if (f)
		fclose(f);
	return parent;
}

/* The first of our ancestors into whose mount namespace we may look, ourselves at worst. */
static pid_t oldest(void)
{
	pid_t pid = getpid(), found = pid;
	char path[64];

	while ((pid = parent_of(pid)) > 0) {
		snprintf(path, sizeof(path), "/proc/%d/root" MOUNT_POINT, (int)pid);
		if (!access(path, F_OK))
			found = pid;
	}
	return found;
}

/* In a child, for it changes the namespace. */
static int mount_for(pid_t pid)
{
	char path[64];
	int status = 1, ns;
	pid_t child;

	snprintf(path, sizeof(path), "/proc/%d/ns/mnt", (int)pid);
	ns = open(path, O_RDONLY | O_CLOEXEC);
	child = fork();
	if (!child) {
		if (pid != getppid() && setns(ns, CLONE_NEWNS))
			_exit(1);
		_exit(mount("bpf", MOUNT_POINT, "bpf", 0, "mode=0700") ? 1 : 0);
	}
	if (child > 0)
		waitpid(child, &status, 0);
	if (ns >= 0)
		close(ns);
	return status ? -EPERM : 0;
}

/* The mounted file system: a path that holds as long as this process, whatever becomes of the ancestor. */
static int root(char path[static XDP_PINS_SIZE])
{
	static int held = -1; /* of the process, as the mount is; a second meter finds the same */
	pid_t pid = oldest();

	if (held < 0) {
		snprintf(path, XDP_PINS_SIZE, "/proc/%d/root" MOUNT_POINT, (int)pid);
		if (!is_bpf(path) && mount_for(pid)) {
			log_error("bpf: cannot mount the bpf file system on %s", MOUNT_POINT);
			return -EPERM;
		}
		held = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (held < 0)
			return -errno;
	}
	snprintf(path, XDP_PINS_SIZE, "/proc/self/fd/%d", held);
	return 0;
}

int xdp_pins_folder(char path[static XDP_PINS_SIZE], const char *meter)
{
	int error = root(path);
	size_t size;

	if (error)
		return error;
	size = strlen(path);
	snprintf(path + size, XDP_PINS_SIZE - size, "/transitd");
	if (mkdir(path, 0700) && errno != EEXIST) {
		error = -errno;
		log_error("bpf: %s: %s", path, strerror(-error));
		return error;
	}
	size = strlen(path);
	snprintf(path + size, XDP_PINS_SIZE - size, "/%s", meter);
	return 0;
}

const char *xdp_pins_name(const char *path)
{
	return strrchr(path, '/') + 1;
}

static bool is_link(const char *name)
{
	size_t size = strlen(name);

	return (size > 9 && !strcmp(name + size - 9, "-received")) || (size > 5 && !strcmp(name + size - 5, "-sent"));
}

void xdp_pins_era(char path[static XDP_PINS_SIZE], const char *folder, unsigned number)
{
	if ((size_t)snprintf(path, XDP_PINS_SIZE, "%s/" ERA "%u", folder, number) >= XDP_PINS_SIZE)
		abort(); /* a meter's name has at most 32 characters */
}

/* 0 when the name is not that of an era. */
static unsigned era_number(const char *name)
{
	unsigned number = 0;

	return sscanf(name, ERA "%u", &number) == 1 ? number : 0;
}

unsigned xdp_pins_next_era(const char *folder, unsigned after)
{
	DIR *dir = opendir(folder);
	const struct dirent *e;
	unsigned next = 0;

	if (!dir)
		return 0;
	while ((e = readdir(dir))) {
		unsigned number = era_number(e->d_name);

		if (number > after && (!next || number < next))
			next = number;
	}
	closedir(dir);
	return next;
}

static bool is_nobodys(void *self, const char *name)
{
	(void)self;
	(void)name;
	return false;
}

/* A map, or what a program is attached by. */
static bool remove_entry(const char *path, const char *name)
{
	char entry[XDP_PINS_SIZE + NAME_MAX];

	snprintf(entry, sizeof(entry), "%s/%s", path, name);
	if (!is_link(name))
		return !unlink(entry);
	if (!xdp_hook_remove(entry))
		log_warn("bpf: %s: its interface is gone, or in another network namespace", name);
	return access(entry, F_OK) != 0;
}

/* Unpins what is of one kind, or what `keep` does not want kept. How many, or -errno. */
static int unpin(const char *path, bool links, xdp_pins_keep_fn *keep, void *context)
{
	DIR *dir = opendir(path);
	const struct dirent *e;
	int n = 0;

	if (!dir)
		return -errno;
	while ((e = readdir(dir)))
		if (e->d_name[0] != '.' && is_link(e->d_name) == links && !keep(context, e->d_name))
			n += remove_entry(path, e->d_name);
	closedir(dir);
	return n;
}

void xdp_pins_remove_era(const char *path)
{
	char state[XDP_PINS_SIZE + 8];

	snprintf(state, sizeof(state), "%s/state", path);
	unlink(state); /* first: what is without it is nothing */
	unpin(path, false, is_nobodys, NULL);
	rmdir(path);
}

int xdp_pins_remove(const char *path)
{
	int links = unpin(path, true, is_nobodys, NULL);
	char era[XDP_PINS_SIZE];
	unsigned number;

	if (links < 0)
		return links;
	while ((number = xdp_pins_next_era(path, 0))) {
		xdp_pins_era(era, path, number);
		xdp_pins_remove_era(era);
		if (!access(era, F_OK))
			return -EBUSY;
	}
	return rmdir(path) ? -errno : links;
}

void xdp_pins_unlink(const char *path, xdp_pins_keep_fn *keep, void *context)
{
	unpin(path, true, keep, context);
}

int xdp_pins_hold(const char *path)
{
	int folder;

	if (mkdir(path, 0700) && errno != EEXIST)
		return -errno;
	folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder < 0)
		return -errno;
	if (flock(folder, LOCK_EX | LOCK_NB)) {
		int error = -errno;

		close(folder);
		return error;
	}
	return folder;
}
