/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The first process of the machine that run_on_kernel.py boots: loads /modules, lays the host's files (9p, read
 * only) under a layer of memory, runs /command there and says how it ended.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void load_modules(void)
{
	char name[256];
	FILE *list = fopen("/modules", "re");

	while (list && fscanf(list, "%255s", name) == 1) {
		int fd = open(name, O_RDONLY | O_CLOEXEC);

		if (fd < 0 || syscall(SYS_finit_module, fd, "", 0))
			perror(name);
		close(fd);
	}
}

static void lay(const char *type, const char *source, const char *path, unsigned long flags, const char *options)
{
	mkdir(path, 0755);
	if (mount(source, path, type, flags, options))
		perror(path);
}

static void files(void)
{
	lay("proc", "proc", "/proc", 0, NULL);
	load_modules();
	lay("9p", "host", "/host", MS_RDONLY, "trans=virtio,version=9p2000.L,msize=262144,cache=loose");
	lay("tmpfs", "tmpfs", "/layer", 0, "size=75%");
	mkdir("/layer/upper", 0755);
	mkdir("/layer/work", 0755);
	lay("overlay", "overlay", "/root", 0, "lowerdir=/host,upperdir=/layer/upper,workdir=/layer/work");
	lay("proc", "proc", "/root/proc", 0, NULL);
	lay("sysfs", "sysfs", "/root/sys", 0, NULL);
	lay("bpf", "bpf", "/root/sys/fs/bpf", 0, NULL);
	lay("devtmpfs", "dev", "/root/dev", 0, NULL);
	lay("tmpfs", "tmpfs", "/root/dev/shm", 0, NULL);
	lay("tmpfs", "tmpfs", "/root/run", 0, NULL);
}

int main(void)
{
	int status = 1;
	pid_t child;

	setvbuf(stdout, NULL, _IONBF, 0);
	files();
	child = fork();
	if (!child) {
		if (chroot("/root") || chdir("/"))
			_exit(126);
		execl("/bin/bash", "bash", getenv("command"), NULL); /* the kernel hands it on from its command line */
		_exit(127);
	}
	while (waitpid(child, &status, 0) != child)
		; /* and whoever else is left to us */
	printf("\nEXIT %d\n", WIFEXITED(status) ? WEXITSTATUS(status) : 255);
	sync();
	reboot(RB_POWER_OFF);
	return 0;
}
