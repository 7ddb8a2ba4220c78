/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What is received is counted by native XDP where the driver has it. A driver that takes the VLAN tag out
 * must tell it to the program or be told to leave it in; where neither can be had, and where there is no
 * native XDP, the program runs at tc: the kernel's generic XDP would not see that tag.
 */
#include "xdp_attach.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "xdp_hook.h"
#include "xdp_netdev.h"

#define HOOKS 2

struct xdp_mode {
	enum xdp_entry entry;
	const struct xdp_hook *hook[HOOKS]; /* in the order in which they are tried */
	const char *words;
};

/* In the order in which they are tried. */
static const struct xdp_mode received_modes[] = {
	{ XDP_ENTRY_VLAN, { &xdp_hook_native }, "by native XDP, tags told by the driver" },
	{ XDP_ENTRY_PLAIN, { &xdp_hook_native }, "by native XDP" },
	{ XDP_ENTRY_TC, { &xdp_hook_tcx, &xdp_hook_filter }, "in generic mode, at tc" },
};
static const struct xdp_mode sent_modes[] = {
	{ XDP_ENTRY_TC, { &xdp_hook_tcx, &xdp_hook_filter }, "at tc" },
};

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

	if (m->entry == XDP_ENTRY_VLAN && !xdp_netdev_tells_tags(port->index))
		return -EOPNOTSUPP;
	if (m->entry == XDP_ENTRY_PLAIN && port->strips_tags) {
		/* veth carries the sender's tag whatever it says of itself. */
		error = strcmp(port->driver, "veth") ? xdp_port_keep_tags(a->interface) : -EOPNOTSUPP;
		if (error)
			return error;
	}
	xdp_view_settings(view, a->number, &settings, direct);
	settings.sent = a->sent;
	settings.consume = a->consume;
	settings.frags = xdp_program_frags();
	settings.min_wire = a->sent ? port->min_wire : 0;
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

static struct xdp_spot spot_of(const struct xdp_attach *a, int index)
{
	return (struct xdp_spot){ .pin = a->pin, .index = index, .sent = a->sent };
}

/* Puts the program on its interface; it stays the caller's when that fails. */
static int put(struct xdp_attach *a, struct xdp_ready *ready)
{
	const struct xdp_spot spot = spot_of(a, ready->index);
	const struct xdp_hook *const *hook = ready->mode->hook;
	int held = -1, i = 0, error;

	do
		error = hook[i]->put(&spot, ready->program.fd, &held);
	while (error && error != -EBUSY && ++i < HOOKS && hook[i]);
	if (error)
		return error;
	xdp_attach_leave(a);
	a->held = held;
	a->hook = hook[i];
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

void xdp_attach_words(const struct xdp_attach *a, char words[static XDP_ATTACH_WORDS])
{
	words[0] = 0;
	if (a->on.mode)
		snprintf(words, XDP_ATTACH_WORDS, "%s%s%s", a->on.mode->words, a->hook->words,
			a->consume ? ", and dropped" : "");
}

/* 0, or the last mode's -errno; -EEXIST: what a dead daemon left is there in a mode that cannot be had any more. */
static int try_modes(struct xdp_attach *a, const struct xdp_port *port, const struct xdp_view *view,
	const struct xdp_maps *maps)
{
	struct xdp_ready ready = { 0 };
	const struct xdp_mode *modes;
	size_t n = modes_of(a, &modes);
	bool is_done = false;
	int error = 0;

	for (size_t i = 0; i < n && !is_done; i++) {
		error = load(a, &modes[i], port, view, maps, i < n - 1, &ready);
		if (!error)
			error = put(a, &ready);
		xdp_attach_discard(&ready);
		is_done = !error || error == -EBUSY; /* another's program is there */
	}
	return error;
}

int xdp_attach_up(struct xdp_attach *a, const struct xdp_view *view, const struct xdp_maps *maps)
{
	char words[XDP_ATTACH_WORDS];
	struct xdp_port port;
	int error = look(a, &port);

	if (!error)
		error = try_modes(a, &port, view, maps);
	if (error == -EEXIST) { /* two at once would count twice */
		log_warn("tap %s: interface %s: the program that is there is taken off before another one is put on: "
			 "frames in between are not counted",
			a->tap, a->interface);
		xdp_hook_remove(a->pin);
		error = try_modes(a, &port, view, maps);
	}
	if (error)
		return refused(a, error);
	xdp_attach_words(a, words);
	log_info("tap %s: interface %s: what it %s is counted %s", a->tap, a->interface,
		a->sent ? "sends" : "receives", words);
	return 0;
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
	if (a->held >= 0)
		close(a->held);
	xdp_attach_discard(&a->on);
}

void xdp_attach_down(struct xdp_attach *a)
{
	const struct xdp_spot spot = spot_of(a, a->on.index);

	if (a->on.mode)
		a->hook->take(&spot, a->held);
	xdp_attach_leave(a);
}
