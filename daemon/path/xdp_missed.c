/* SPDX-License-Identifier: BSD-3-Clause */
#include "xdp_missed.h"

#include <errno.h>
#include <linux/ethtool.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "text.h"

static void add(struct xdp_missed *m, const struct xdp_loss *l, size_t number)
{
	m->counter = mem_grow(m->counter, m->n + 1, sizeof(*m->counter));
	m->counter[m->n++] = (struct xdp_missed_counter){ .is = l, .number = number };
}

static void add_own(struct xdp_missed *m, const struct xdp_loss *l)
{
	for (size_t i = 0; i < m->driver.n; i++)
		if (xdp_loss_is(l, m->driver.name[i], sizeof(m->driver.name[i])))
			add(m, l, i);
}

static bool has(const struct xdp_missed *m, enum xdp_losses_of of, bool is_off)
{
	for (size_t i = 0; i < m->n; i++)
		if (m->counter[i].is->of == of && m->counter[i].is->is_off == is_off)
			return true;
	return false;
}

/* Those of the driver's losses that this interface has. Something to be taken off that is not there would leave
 * counted frames in the rest. */
static void find(struct xdp_missed *m, const char *driver)
{
	unsigned at = !m->link.native ? AT_TC : m->takes ? AT_DRIVER_TAKING : AT_DRIVER;
	bool wants_off = false;

	for (const struct xdp_loss *l = xdp_losses_of(driver); l->at; l++) {
		if (!(l->at & at))
			continue;
		wants_off |= l->is_off;
		if (l->of == OF_DRIVER)
			add_own(m, l);
		else
			add(m, l, 0);
	}
	if (wants_off && !has(m, OF_DRIVER, true))
		m->n = 0;
	if (!has(m, OF_DRIVER, false) && !has(m, OF_DRIVER, true))
		xdp_ethtool_close(&m->driver);
}

static void tell_peer(struct xdp_missed *m)
{
	if (!m->was_told)
		log_info("tap %s: interface %s: the pair's other end cannot be seen: what it could not hand over "
			 "is not in missed",
			m->tap, m->interface);
	m->was_told = true;
}

/* The other end may be put into another namespace, or go: its counters count from where they are when it is seen. */
static void see_peer(struct xdp_missed *m, const struct xdp_link *before)
{
	bool was_seen = m->sees_peer;

	m->sees_peer = m->link.peer && !xdp_link_read(m->link.peer, m->link.peer_space, &m->peer);
	m->is_new_peer = !was_seen || before->peer != m->link.peer || before->peer_space != m->link.peer_space;
	if (!m->sees_peer)
		tell_peer(m);
}

/* One look at all counters. The interface is looked at last: it is still the one whose name the driver was asked by. */
static int look(struct xdp_missed *m)
{
	const struct xdp_link before = m->link;
	int error = m->driver.n ? xdp_ethtool_read(&m->driver, m->interface) : 0;

	if (!error)
		error = xdp_link_read(m->index, XDP_LINK_HERE, &m->link);
	if (!error && strcmp(m->link.name, m->interface))
		error = -ENODEV;
	if (!error && has(m, OF_PEER, false))
		see_peer(m, &before);
	return error;
}

static uint64_t value_of(const struct xdp_missed *m, const struct xdp_missed_counter *c)
{
	const struct xdp_link *l = c->is->of == OF_PEER ? &m->peer : &m->link;
	uint64_t value;

	if (c->is->of == OF_DRIVER)
		return m->driver.value[c->number];
	memcpy(&value, (const char *)&l->stats + c->is->field, sizeof(value));
	return value;
}

/* What those that count, or those that are taken off, have grown by. One that goes back (a driver starts anew) counts
 * from where it is then. */
static uint64_t grown(struct xdp_missed *m, bool is_off, bool *went_back)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < m->n; i++) {
		struct xdp_missed_counter *c = &m->counter[i];
		bool is_new = c->is->of == OF_PEER && m->is_new_peer;
		uint64_t now;

		if (c->is->is_off != is_off || (c->is->of == OF_PEER && !m->sees_peer))
			continue;
		now = value_of(m, c);
		*went_back |= now < c->before;
		sum += now < c->before || is_new ? 0 : now - c->before;
		c->before = now;
	}
	return sum;
}

/* What is taken off is looked at after the rest, and here before it: of frames that come in meanwhile, none is taken
 * for a lost one. */
static int start(struct xdp_missed *m)
{
	struct ethtool_drvinfo info = { .cmd = ETHTOOL_GDRVINFO };
	bool went_back = false;
	int error;

	xdp_ethtool_close(&m->driver);
	m->n = 0;
	m->owed = 0;
	m->sees_peer = false;
	if (xdp_port_ethtool(m->interface, &info))
		*info.driver = '\0'; /* it does not say */
	error = xdp_ethtool_open(&m->driver, m->interface);
	if (!error)
		error = xdp_link_read(m->index, XDP_LINK_HERE, &m->link);
	if (error)
		return error;
	find(m, info.driver);
	for (int i = 0; i < 2 && !error; i++) {
		error = look(m);
		if (!error)
			grown(m, i == 0, &went_back);
	}
	return error;
}

void xdp_missed_open(struct xdp_missed *m, const char *tap, const char *interface, int index, bool takes)
{
	xdp_missed_close(m);
	*m = (struct xdp_missed){ .tap = tap, .interface = interface, .index = index, .takes = takes };
	m->is_ready = !start(m);
}

/* 0 or -errno. */
static int count(struct xdp_missed *m)
{
	bool takes_off = has(m, OF_DRIVER, true), went_back = false;
	uint64_t on, off = 0;
	int error = look(m);

	if (error)
		return error;
	on = grown(m, false, &went_back);
	if (takes_off)
		error = look(m);
	if (error)
		return error;
	if (takes_off)
		off = grown(m, true, &went_back);
	if (takes_off && went_back)
		m->owed = 0; /* a difference of two that do not fit */
	else
		m->owed += (int64_t)(on - off);
	return 0;
}

uint64_t xdp_missed_since(struct xdp_missed *m)
{
	uint64_t since;
	int error = !m->index ? -ENODEV : m->is_ready ? count(m) : start(m);

	if (error == -ESTALE)
		log_info("tap %s: interface %s: its driver has other counters now: what was lost meanwhile is not "
			 "known",
			m->tap, m->interface);
	m->is_ready = !error;
	if (error || m->owed <= 0)
		return 0;
	since = (uint64_t)m->owed;
	m->owed = 0;
	return since;
}

void xdp_missed_close(struct xdp_missed *m)
{
	xdp_ethtool_close(&m->driver);
	free(m->counter);
	*m = (struct xdp_missed){ 0 };
}
