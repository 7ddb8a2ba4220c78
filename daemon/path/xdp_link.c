/* SPDX-License-Identifier: BSD-3-Clause */
#include "xdp_link.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define REPLY_SIZE 32768 /* an interface says some 2 KiB of itself */

struct question {
	struct nlmsghdr head;
	struct ifinfomsg of;
	struct rtattr space_head;
	int32_t space;
};

static int ask(int fd, int index, int32_t space)
{
	struct question q = {
		.head = { .nlmsg_type = RTM_GETLINK, .nlmsg_flags = NLM_F_REQUEST },
		.of = { .ifi_index = index },
		.space_head = { .rta_type = IFLA_TARGET_NETNSID, .rta_len = RTA_LENGTH(sizeof(q.space)) },
		.space = space,
	};

	q.head.nlmsg_len = space == XDP_LINK_HERE ? offsetof(struct question, space_head) : sizeof(q);
	return send(fd, &q, q.head.nlmsg_len, 0) < 0 ? -errno : 0;
}

/* An attribute's bytes, of which this kernel may have more or fewer than the one whose headers we have. */
static void take(const struct rtattr *a, void *to, size_t size)
{
	size_t has = RTA_PAYLOAD(a);

	memset(to, 0, size);
	memcpy(to, RTA_DATA(a), has < size ? has : size);
}

static void read_xdp(const struct rtattr *a, struct xdp_link *l)
{
	const struct rtattr *in = RTA_DATA(a);
	uint8_t attached = XDP_ATTACHED_NONE;

	for (int left = (int)RTA_PAYLOAD(a); RTA_OK(in, left); in = RTA_NEXT(in, left))
		if (in->rta_type == IFLA_XDP_ATTACHED)
			take(in, &attached, sizeof(attached));
	l->native = attached == XDP_ATTACHED_DRV || attached == XDP_ATTACHED_MULTI;
}

static void read_attribute(const struct rtattr *a, struct xdp_link *l)
{
	switch (a->rta_type & NLA_TYPE_MASK) {
	case IFLA_IFNAME:
		snprintf(l->name, sizeof(l->name), "%s", (const char *)RTA_DATA(a));
		break;
	case IFLA_LINK:
		take(a, &l->peer, sizeof(l->peer));
		break;
	case IFLA_LINK_NETNSID:
		take(a, &l->peer_space, sizeof(l->peer_space));
		break;
	case IFLA_STATS64:
		take(a, &l->stats, sizeof(l->stats));
		break;
	case IFLA_PARENT_DEV_NAME:
		l->on_a_bus = true;
		break;
	case IFLA_XDP:
		read_xdp(a, l);
		break;
	default:
		break;
	}
}

static int read_reply(const struct nlmsghdr *head, size_t size, struct xdp_link *l)
{
	const struct ifinfomsg *of = NLMSG_DATA(head);
	const struct rtattr *a = IFLA_RTA(of);

	if (!NLMSG_OK(head, size))
		return -EPROTO;
	if (head->nlmsg_type == NLMSG_ERROR)
		return ((const struct nlmsgerr *)NLMSG_DATA(head))->error;
	if (head->nlmsg_type != RTM_NEWLINK)
		return -EPROTO;
	*l = (struct xdp_link){ .peer_space = XDP_LINK_HERE };
	for (int left = (int)IFLA_PAYLOAD(head); RTA_OK(a, left); a = RTA_NEXT(a, left))
		read_attribute(a, l);
	return 0;
}

int xdp_link_read(int index, int32_t space, struct xdp_link *l)
{
	_Alignas(struct nlmsghdr) char reply[REPLY_SIZE];
	/* One of its own for each question: then no answer can be to the one before. */
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	int error = fd < 0 ? -errno : ask(fd, index, space);
	ssize_t size = error ? 0 : recv(fd, reply, sizeof(reply), 0);

	if (!error)
		error = size < 0 ? -errno : read_reply((void *)reply, (size_t)size, l);
	if (fd >= 0)
		close(fd);
	return error;
}
