/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What is received is counted by native XDP where the driver has it. A driver that takes the VLAN tag out
 * must tell it to the program or be told to leave it in; where neither can be had, and where there is no
 * native XDP, the program runs at tc: the kernel's generic XDP would not see that tag.
 */
#include "xdp_attach.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/if_link.h>
#include <string.h>
#include <unistd.h>

#include "log.h"

/* linux/bpf.h of 6.6 */
#define ATTACH_TCX_INGRESS 46
#define ATTACH_TCX_EGRESS  47

struct xdp_mode {
	enum xdp_entry entry;
	bool sent;
	const char *words;
};

/* In the order in which they are tried. */
static const struct xdp_mode received_modes[] = {
	{ XDP_ENTRY_VLAN, false, "native XDP, tags told by the driver" },
	{ XDP_ENTRY_PLAIN, false, "native XDP" },
	{ XDP_ENTRY_TC, false, "generic mode, at tc" },
};
static const struct xdp_mode sent_modes[] = { { XDP_ENTRY_TC, true, "at tc" } };

static enum bpf_attach_type type_of(const struct xdp_mode *m)
{
	if (m->entry == XDP_ENTRY_TC)
		return m->sent ? ATTACH_TCX_EGRESS : ATTACH_TCX_INGRESS;
	return BPF_XDP;
}

/* The pinned link, if it is of this kind and on this interface; else it is taken away. */
static int pinned_link(const char *pin, int index, bool xdp)
{
	struct bpf_link_info info = { 0 };
	uint32_t size = sizeof(info), on;
	int link = bpf_obj_get(pin);

	if (link < 0)
		return -1;
	if (!bpf_obj_get_info_by_fd(link, &info, &size)) {
		on = info.xdp.ifindex; /* the tcx member, in newer headers, has it in the same place */
		if ((info.type == BPF_LINK_TYPE_XDP) == xdp && on == (uint32_t)index)
			return link;
	}
	unlink(pin);
	close(link);
	return -1;
}

static int link_up(struct xdp_attach *a, const struct xdp_mode *m, int index, int program)
{
	LIBBPF_OPTS(bpf_link_create_opts, o, .flags = m->entry == XDP_ENTRY_TC ? 0 : XDP_FLAGS_DRV_MODE);
	int link = pinned_link(a->pin, index, m->entry != XDP_ENTRY_TC);

	if (link >= 0) {
		if (!bpf_link_update(link, program, NULL))
			return link;
		unlink(a->pin);
		close(link);
	}
	link = bpf_link_create(program, index, type_of(m), &o);
	if (link < 0)
		return -errno;
	if (bpf_obj_pin(link, a->pin)) {
		int error = -errno;

		close(link);
		return error;
	}
	return link;
}

static size_t modes_of(const struct xdp_attach *a, const struct xdp_mode **modes)
{
	*modes = a->sent ? sent_modes : received_modes;
	return a->sent ? sizeof(sent_modes) / sizeof(*sent_modes) : sizeof(received_modes) / sizeof(*received_modes);
}

/* A program for the port in this mode. `quiet`: another mode can be tried. */
static int load(const struct xdp_attach *a, const struct xdp_mode *m, const struct xdp_port *port,
	const struct xdp_view *view, const struct xdp_maps *maps, bool quiet, struct xdp_ready *ready)
{
	struct meter_settings settings;
	uint32_t direct[MATCH_VIDS];
	int error;

	if (m->entry == XDP_ENTRY_PLAIN && port->strips_tags) {
		/* veth carries the sender's tag whatever it says of itself. */
		error = strcmp(port->driver, "veth") ? xdp_port_keep_tags(a->interface) : -EOPNOTSUPP;
		if (error)
			return error;
	}
	xdp_view_settings(view, a->number, &settings, direct);
	settings.sent = m->sent;
	settings.consume = a->consume;
	settings.frags = xdp_program_frags();
	settings.min_wire = m->sent ? port->min_wire : 0;
	error = xdp_program_load(&ready->program, m->entry, port->index, &settings, direct, maps, quiet, false);
	if (error)
		return error;
	ready->mode = m;
	ready->index = port->index;
	return 0;
}

void xdp_attach_discard(struct xdp_ready *ready)
{
	if (ready->mode)
		xdp_program_unload(&ready->program);
	*ready = (struct xdp_ready){ 0 };
}

/* Puts the program on its interface; it stays the caller's when that fails. */
static int put(struct xdp_attach *a, struct xdp_ready *ready)
{
	int link = link_up(a, ready->mode, ready->index, ready->program.fd);

	if (link < 0)
		return link;
	xdp_attach_leave(a);
	a->link = link;
	a->on = *ready;
	*ready = (struct xdp_ready){ 0 };
	return 0;
}

static int look(const struct xdp_attach *a, struct xdp_port *port)
{
	int error = xdp_port_look(a->interface, port);

	return error || !a->consume ? error : xdp_port_promiscuous(a->interface);
}

static int refused(const struct xdp_attach *a, int error)
{
	log_error("tap %s: interface %s: %s", a->tap, a->interface,
		error == -ENODEV	 ? "there is none" :
		error == -EPROTOTYPE ? "its frames are not Ethernet's" :
		error == -EBUSY	 ? "another XDP program is attached to it" :
				   strerror(-error));
	return error;
}

int xdp_attach_up(struct xdp_attach *a, const struct xdp_view *view, const struct xdp_maps *maps)
{
	struct xdp_ready ready = { 0 };
	const struct xdp_mode *modes;
	size_t n = modes_of(a, &modes);
	struct xdp_port port;
	int error = look(a, &port);

	for (size_t i = 0; i < n && !error; i++) {
		error = load(a, &modes[i], &port, view, maps, i < n - 1, &ready);
		if (!error)
			error = put(a, &ready);
		if (!error) {
			log_info("tap %s: interface %s: what it %s is counted by %s%s", a->tap, a->interface,
				a->sent ? "sends" : "receives", modes[i].words,
				a->consume ? ", and dropped" : "");
			return 0;
		}
		xdp_attach_discard(&ready);
		if (error == -EBUSY || i == n - 1)
			break; /* another's program is there; or nothing is left to try */
		error = 0;
	}
	return refused(a, error);
}

int xdp_attach_prepare(const struct xdp_attach *a, const struct xdp_view *view, const struct xdp_maps *maps,
	struct xdp_ready *ready)
{
	const struct xdp_mode *modes;
	size_t n = modes_of(a, &modes);
	struct xdp_port port;
	int error = look(a, &port);

	*ready = (struct xdp_ready){ 0 };
	for (size_t i = 0; i < n && !error && !ready->mode; i++) {
		bool last = a->on.mode || i == n - 1;

		if (a->on.mode && a->on.mode != &modes[i])
			continue;
		error = load(a, &modes[i], &port, view, maps, !last, ready);
		if (!last)
			error = 0;
	}
	return error ? refused(a, error) : 0;
}

int xdp_attach_switch(struct xdp_attach *a, struct xdp_ready *ready)
{
	int error = ready->mode ? put(a, ready) : -ENODEV;

	xdp_attach_discard(ready);
	return error ? refused(a, error) : 0;
}

void xdp_attach_leave(struct xdp_attach *a)
{
	if (!a->on.mode)
		return;
	close(a->link);
	xdp_attach_discard(&a->on);
}

void xdp_attach_down(struct xdp_attach *a)
{
	unlink(a->pin);
	xdp_attach_leave(a);
}
