/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Preloaded into the meter, this is a kernel before 6.6 as far as tc goes: it makes no links there. With
 * NO_TAGS_TOLD in the environment no driver is said to tell tags either, as before 6.8.
 */
#include <bpf/bpf.h>
#include <dlfcn.h>
#include <errno.h>
#include <linux/netlink.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ATTACH_TCX_INGRESS 46
#define ATTACH_TCX_EGRESS  47

int bpf_link_create(int program, int target, enum bpf_attach_type type, const struct bpf_link_create_opts *opts)
{
	int (*next)(int, int, enum bpf_attach_type, const struct bpf_link_create_opts *) = 0;

	if ((int)type == ATTACH_TCX_INGRESS || (int)type == ATTACH_TCX_EGRESS) {
		errno = EINVAL;
		return -EINVAL;
	}
	*(void **)&next = dlsym(RTLD_NEXT, "bpf_link_create");
	return next(program, target, type, opts);
}

int socket(int domain, int type, int protocol)
{
	if (domain == AF_NETLINK && protocol == NETLINK_GENERIC && getenv("NO_TAGS_TOLD")) {
		errno = EPROTONOSUPPORT;
		return -1;
	}
	return (int)syscall(SYS_socket, domain, type, protocol);
}
