/* SPDX-License-Identifier: BSD-3-Clause */
#include "xdp_filter.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <net/if.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PRIORITY 1 /* the first */

static bool is_mark(const char *path)
{
	struct stat st;

	return !stat(path, &st) && S_ISDIR(st.st_mode);
}

static bool is_sent(const char *mark)
{
	static const char end[] = "-sent";
	size_t size = strlen(mark);

	return size >= sizeof(end) && !strcmp(mark + size - (sizeof(end) - 1), end);
}

/* FNV-1a of the last two parts of the path. Never 0, which stands for any. */
static uint32_t handle_of(const char *mark)
{
	const char *at = strrchr(mark, '/');
	uint32_t hash = 2166136261u;

	while (at > mark && at[-1] != '/')
		at--;
	for (; *at; at++)
		hash = (hash ^ (uint8_t)*at) * 16777619u;
	return hash ? hash : 1;
}

static int silent(enum libbpf_print_level level, const char *format, va_list args)
{
	(void)level;
	(void)format;
	(void)args;
	return 0;
}

static struct bpf_tc_hook hook_of(int index, bool sent)
{
	return (struct bpf_tc_hook){ .sz = sizeof(struct bpf_tc_hook),
		.ifindex = index,
		.attach_point = sent ? BPF_TC_EGRESS : BPF_TC_INGRESS };
}

static int attach(const char *mark, int index, bool sent, int program)
{
	struct bpf_tc_hook hook = hook_of(index, sent);
	LIBBPF_OPTS(bpf_tc_opts, o, .prog_fd = program, .flags = BPF_TC_F_REPLACE, .handle = handle_of(mark),
		.priority = PRIORITY);
	int error = bpf_tc_hook_create(&hook);

	return error && error != -EEXIST ? error : bpf_tc_attach(&hook, &o);
}

static bool detach(const char *mark, int index, bool sent)
{
	struct bpf_tc_hook hook = hook_of(index, sent);
	LIBBPF_OPTS(bpf_tc_opts, o, .handle = handle_of(mark), .priority = PRIORITY);

	return !bpf_tc_detach(&hook, &o);
}

static bool query(const char *mark, int index, bool sent)
{
	struct bpf_tc_hook hook = hook_of(index, sent);
	LIBBPF_OPTS(bpf_tc_opts, o, .handle = handle_of(mark), .priority = PRIORITY);

	return !bpf_tc_query(&hook, &o);
}

/* Did any interface have it? */
static bool detach_anywhere(const char *mark)
{
	struct if_nameindex *all = if_nameindex();
	bool found = false;

	for (struct if_nameindex *i = all; i && i->if_index && !found; i++)
		found = detach(mark, (int)i->if_index, is_sent(mark));
	if (all)
		if_freenameindex(all);
	return found;
}

int xdp_filter_put(const char *mark, int index, bool sent, int program)
{
	libbpf_print_fn_t before;
	int error;

	if (mkdir(mark, 0700) && errno != EEXIST)
		return -errno;
	before = libbpf_set_print(silent); /* a qdisc that is there already is no news */
	if (!query(mark, index, sent))
		detach_anywhere(mark); /* the tap's interface was another one */
	error = attach(mark, index, sent, program);
	if (error && !query(mark, index, sent))
		rmdir(mark);
	libbpf_set_print(before);
	return error;
}

bool xdp_filter_is_at(const char *mark, int index, bool sent)
{
	libbpf_print_fn_t before;
	bool found;

	if (!is_mark(mark))
		return false;
	before = libbpf_set_print(silent);
	found = query(mark, index, sent);
	libbpf_set_print(before);
	return found;
}

void xdp_filter_take(const char *mark, int index, bool sent)
{
	libbpf_print_fn_t before = libbpf_set_print(silent);

	detach(mark, index, sent); /* it may have gone with its interface */
	libbpf_set_print(before);
	rmdir(mark);
}

bool xdp_filter_remove(const char *mark)
{
	libbpf_print_fn_t before;
	bool found;

	if (!is_mark(mark))
		return true;
	before = libbpf_set_print(silent);
	found = detach_anywhere(mark);
	libbpf_set_print(before);
	rmdir(mark);
	return found;
}
