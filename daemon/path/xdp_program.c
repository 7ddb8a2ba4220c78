/* SPDX-License-Identifier: BSD-3-Clause */
#include "xdp_program.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "meter.skel.h"
#include "text.h"

#define XDP_HAS_FRAGS (1u << 5) /* linux/bpf.h of 5.18 and of 6.3 */
#define XDP_DEV_BOUND (1u << 6)

#define LOG_SIZE (1 << 20)
#define LOG_TAIL 400 /* bytes of the verifier's words that are worth telling */
#define LOG_STATISTICS 4 /* the verifier's log level: figures alone */

static struct bpf_program *program_of(struct meter_bpf *s, enum xdp_entry entry)
{
	switch (entry) {
	case XDP_ENTRY_PLAIN:
		return s->progs.meter_xdp;
	case XDP_ENTRY_VLAN:
		return s->progs.meter_xdp_vlan;
	default:
		return s->progs.meter_tc;
	}
}

static int use_maps(struct meter_bpf *s, const struct xdp_maps *m)
{
	int error = bpf_map__reuse_fd(s->maps.view, m->view);

	return error ? error : bpf_map__reuse_fd(s->maps.banks, m->banks);
}

/* "processed 53117 insns (limit ..." */
static uint32_t processed_of(const char *log)
{
	const char *at = strstr(log, "processed ");

	return at ? (uint32_t)strtoul(at + strlen("processed "), NULL, 10) : 0;
}

static const char *tail_of(const char *log)
{
	size_t size = strlen(log);

	return size > LOG_TAIL ? log + size - LOG_TAIL : size ? log : "none";
}

/* Does the kernel clone programs at the end, to blind their constants, whoever loads them? */
static bool blinds(void)
{
	FILE *f = fopen("/proc/sys/net/core/bpf_jit_harden", "re");
	int level = 0;

	if (f && fscanf(f, "%d", &level) != 1)
		level = 0;
	if (f)
		fclose(f);
	return level >= 2;
}

/*
 * A device keeps a pointer to each program that is bound to it, and the kernel follows it when the device goes.
 * It is to the program as it came: kernels (6.12 and 6.18, tried) that must move it, because the verifier's
 * rewriting or blinding made it larger than its memory, follow the old one, and fall. Dead instructions keep
 * ours from outgrowing its memory; one that does all the same is not used.
 */
static bool stays_in_place(const struct bpf_program *program)
{
	struct bpf_prog_info info = { 0 };
	uint32_t size = sizeof(info);

	return !bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &size) && info.xlated_prog_len &&
	       info.xlated_prog_len <= bpf_program__insn_cnt(program) * sizeof(struct bpf_insn);
}

static int load(struct meter_bpf *s, struct bpf_program *program, int ifindex, enum xdp_entry entry,
	uint32_t frags)
{
	uint32_t flags = 0;
	int error;

	if (entry == XDP_ENTRY_VLAN && blinds())
		return -ENOTSUP;
	if (entry != XDP_ENTRY_TC && frags)
		flags |= XDP_HAS_FRAGS;
	if (entry == XDP_ENTRY_VLAN) {
		flags |= XDP_DEV_BOUND;
		bpf_program__set_ifindex(program, (uint32_t)ifindex);
	}
	bpf_program__set_flags(program, flags);
	bpf_program__set_autoload(s->progs.meter_xdp, program == s->progs.meter_xdp);
	bpf_program__set_autoload(s->progs.meter_xdp_vlan, program == s->progs.meter_xdp_vlan);
	bpf_program__set_autoload(s->progs.meter_tc, program == s->progs.meter_tc);
	error = meter_bpf__load(s);
	if (!error && entry == XDP_ENTRY_VLAN && !stays_in_place(program))
		error = -ENOTSUP;
	return error;
}

static int silent(enum libbpf_print_level level, const char *format, va_list args)
{
	(void)level;
	(void)format;
	(void)args;
	return 0;
}

int xdp_program_load(struct xdp_program *p, enum xdp_entry entry, int ifindex,
	const struct meter_settings *settings, const uint32_t direct[static MATCH_VIDS],
	const struct xdp_maps *maps, bool quiet, bool count)
{
	libbpf_print_fn_t before = libbpf_set_print(silent);
	struct meter_bpf *s = meter_bpf__open();
	char *log = mem_alloc(LOG_SIZE);
	struct bpf_program *program;
	int error = s ? 0 : -errno;

	if (!error) {
		program = program_of(s, entry);
		memcpy((void *)&s->rodata->settings, settings, sizeof(*settings));
		memcpy((void *)s->rodata->direct, direct, MATCH_VIDS * sizeof(*direct));
		error = use_maps(s, maps);
		bpf_program__set_log_buf(program, log, LOG_SIZE);
		bpf_program__set_log_level(program, count ? LOG_STATISTICS : 0);
		if (!error)
			error = load(s, program, ifindex, entry, settings->frags);
	}
	libbpf_set_print(before);
	if (error) {
		if (!quiet)
			log_error("bpf: the kernel refuses the program: %s; the verifier's last words: %s",
				strerror(-error), tail_of(log));
		meter_bpf__destroy(s);
	} else {
		*p = (struct xdp_program){ .skeleton = s,
			.fd = bpf_program__fd(program),
			.processed = processed_of(log) };
	}
	free(log);
	return error;
}

void xdp_program_unload(struct xdp_program *p)
{
	meter_bpf__destroy(p->skeleton);
	*p = (struct xdp_program){ .fd = -1 };
}

bool xdp_program_frags(void)
{
	return libbpf_probe_bpf_helper(BPF_PROG_TYPE_XDP, BPF_FUNC_xdp_get_buff_len, NULL) == 1;
}
