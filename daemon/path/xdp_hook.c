/* SPDX-License-Identifier: BSD-3-Clause */
#include "xdp_hook.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/if_link.h>
#include <stdint.h>
#include <unistd.h>

#include "xdp_filter.h"

/* linux/bpf.h of 6.6 */
#define ATTACH_TCX_INGRESS 46
#define ATTACH_TCX_EGRESS  47
#define LINK_TYPE_TCX	   11
#define FLAG_BEFORE	   (1u << 3) /* of nothing named: of all */

/* Unpinning alone would do so too, but some time later: programs would count after the last cut. */
static void drop_link(int link, const char *pin)
{
	bpf_link_detach(link);
	unlink(pin);
}

bool xdp_hook_remove(const char *pin)
{
	int link = bpf_obj_get(pin);

	if (link < 0)
		return xdp_filter_remove(pin);
	drop_link(link, pin);
	close(link);
	return true;
}

/* Is it a link on this interface, and of which kind? */
static bool is_at(int link, const struct xdp_spot *s, uint32_t *type)
{
	struct bpf_link_info info = { 0 };
	uint32_t size = sizeof(info);

	if (link < 0 || bpf_obj_get_info_by_fd(link, &info, &size))
		return false;
	*type = info.type;
	return info.xdp.ifindex == (uint32_t)s->index; /* the tcx member, in newer headers, has it in the same place */
}

/* What is pinned: a link of this kind on this interface, or -ENOENT. What is on another interface is taken off. */
static int pinned_link(const struct xdp_spot *s, enum bpf_link_type wanted)
{
	int link = bpf_obj_get(s->pin);
	uint32_t type;
	bool is_here;

	if (link < 0 && xdp_filter_is_at(s->pin, s->index, s->sent))
		return -EEXIST;
	is_here = is_at(link, s, &type);
	if (is_here && type == wanted)
		return link;
	if (link >= 0)
		close(link);
	if (is_here)
		return -EEXIST;
	xdp_hook_remove(s->pin);
	return -ENOENT;
}

static int new_link(const struct xdp_spot *s, int program, enum bpf_attach_type type, uint32_t flags, int *held)
{
	LIBBPF_OPTS(bpf_link_create_opts, o, .flags = flags);
	int link = bpf_link_create(program, s->index, type, &o), error;

	if (link < 0)
		return -errno;
	if (bpf_obj_pin(link, s->pin)) {
		error = -errno;
		close(link);
		return error;
	}
	*held = link;
	return 0;
}

static int link_put(const struct xdp_spot *s, int program, int link_type, int type, uint32_t flags, int *held)
{
	int link = pinned_link(s, (enum bpf_link_type)link_type);

	if (link == -ENOENT)
		return new_link(s, program, (enum bpf_attach_type)type, flags, held);
	if (link < 0)
		return link;
	if (!bpf_link_update(link, program, NULL)) {
		*held = link;
		return 0;
	}
	drop_link(link, s->pin); /* the kernel does not let this program follow on that one */
	close(link);
	return new_link(s, program, (enum bpf_attach_type)type, flags, held);
}

static int native_put(const struct xdp_spot *s, int program, int *held)
{
	return link_put(s, program, BPF_LINK_TYPE_XDP, BPF_XDP, XDP_FLAGS_DRV_MODE, held);
}

/* The first to look: what another one lets pass for good, or drops, has been counted. */
static int tcx_put(const struct xdp_spot *s, int program, int *held)
{
	int type = s->sent ? ATTACH_TCX_EGRESS : ATTACH_TCX_INGRESS;

	return link_put(s, program, LINK_TYPE_TCX, type, FLAG_BEFORE, held);
}

static void link_take(const struct xdp_spot *s, int held)
{
	drop_link(held, s->pin);
}

static int filter_put(const struct xdp_spot *s, int program, int *held)
{
	int link = bpf_obj_get(s->pin);
	uint32_t type;
	bool is_here = is_at(link, s, &type);

	*held = -1;
	if (link >= 0) {
		close(link);
		if (is_here)
			return -EEXIST;
		xdp_hook_remove(s->pin);
	}
	return xdp_filter_put(s->pin, s->index, s->sent, program);
}

static void filter_take(const struct xdp_spot *s, int held)
{
	(void)held;
	xdp_filter_take(s->pin, s->index, s->sent);
}

const struct xdp_hook xdp_hook_native = { .words = "", .put = native_put, .take = link_take };
const struct xdp_hook xdp_hook_tcx = { .words = "", .put = tcx_put, .take = link_take };
const struct xdp_hook xdp_hook_filter = { .words = " by a filter", .put = filter_put, .take = filter_take };
