/* SPDX-License-Identifier: BSD-3-Clause */
#include "xdp_pins.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "log.h"

#define MOUNT_POINT "/sys/fs/bpf"

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

int xdp_pins_folder(char path[static XDP_PINS_SIZE], const char *meter, const char *suffix)
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
	snprintf(path + size, XDP_PINS_SIZE - size, "/%s%s", meter, suffix);
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

static int unpin(int folder, bool links)
{
	DIR *dir = fdopendir(dup(folder));
	const struct dirent *e;
	int n = 0;

	if (!dir)
		return -errno;
	rewinddir(dir);
	while ((e = readdir(dir)))
		if (e->d_name[0] != '.' && is_link(e->d_name) == links)
			n += !unlinkat(folder, e->d_name, 0);
	closedir(dir);
	return n;
}

int xdp_pins_remove(const char *path)
{
	int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), links;

	if (folder < 0)
		return -errno;
	links = unpin(folder, true);
	if (links >= 0)
		unpin(folder, false);
	close(folder);
	return rmdir(path) && links >= 0 ? -errno : links;
}

void xdp_pins_unlink(const char *path, xdp_pins_keep_fn *keep, void *context)
{
	DIR *dir = opendir(path);
	const struct dirent *e;

	if (!dir)
		return;
	while ((e = readdir(dir)))
		if (e->d_name[0] != '.' && is_link(e->d_name) && !keep(context, e->d_name))
			unlinkat(dirfd(dir), e->d_name, 0);
	closedir(dir);
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
