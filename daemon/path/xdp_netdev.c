/* SPDX-License-Identifier: BSD-3-Clause */
#include "xdp_netdev.h"

#include <errno.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* linux/netdev.h of 6.8 */
#define FAMILY			 "netdev"
#define CMD_DEV_GET		 1
#define ATTR_IFINDEX		 1
#define ATTR_RX_METADATA	 5
#define RX_METADATA_VLAN_TAG	 (UINT64_C(1) << 2)
#define REPLY_SIZE		 8192

struct question {
	struct nlmsghdr head;
	struct genlmsghdr generic;
	struct nlattr of;
	char value[8] __attribute__((aligned(NLA_ALIGNTO)));
};

/* The answer's length in `reply`, or -errno. */
static int ask(int fd, uint16_t family, uint8_t command, uint16_t attribute, const void *value, size_t size,
	void *reply)
{
	struct question q = {
		.head = { .nlmsg_len = NLMSG_LENGTH(GENL_HDRLEN) + NLA_HDRLEN + NLA_ALIGN(size),
			.nlmsg_type = family,
			.nlmsg_flags = NLM_F_REQUEST },
		.generic = { .cmd = command, .version = 1 },
		.of = { .nla_len = (uint16_t)(NLA_HDRLEN + size), .nla_type = attribute },
	};
	ssize_t got;

	memcpy(q.value, value, size);
	if (send(fd, &q, q.head.nlmsg_len, 0) < 0)
		return -errno;
	got = recv(fd, reply, REPLY_SIZE, 0);
	return got < 0 ? -errno : (int)got;
}

/* The attribute of an answer, `size` bytes of it. False: it has none, or the answer is an error. */
static bool find(const void *reply, int got, uint16_t attribute, void *value, size_t size)
{
	const struct nlmsghdr *head = reply;
	const char *at = (const char *)NLMSG_DATA(head) + GENL_HDRLEN;
	int left = got - (int)NLMSG_LENGTH(GENL_HDRLEN);

	if (left < 0 || head->nlmsg_type == NLMSG_ERROR)
		return false;
	while (left >= (int)NLA_HDRLEN) {
		struct nlattr a;

		memcpy(&a, at, sizeof(a));
		if (a.nla_len < NLA_HDRLEN || a.nla_len > left)
			return false;
		if ((a.nla_type & NLA_TYPE_MASK) == attribute && a.nla_len >= NLA_HDRLEN + size) {
			memcpy(value, at + NLA_HDRLEN, size);
			return true;
		}
		at += NLA_ALIGN(a.nla_len);
		left -= (int)NLA_ALIGN(a.nla_len);
	}
	return false;
}

bool xdp_netdev_tells_tags(int index)
{
	_Alignas(struct nlmsghdr) char reply[REPLY_SIZE];
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	uint32_t of = (uint32_t)index;
	uint64_t metadata = 0;
	uint16_t family;
	int got;

	if (fd < 0)
		return false;
	got = ask(fd, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, CTRL_ATTR_FAMILY_NAME, FAMILY, sizeof(FAMILY), reply);
	if (got >= 0 && find(reply, got, CTRL_ATTR_FAMILY_ID, &family, sizeof(family))) {
		got = ask(fd, family, CMD_DEV_GET, ATTR_IFINDEX, &of, sizeof(of), reply);
		if (got >= 0)
			find(reply, got, ATTR_RX_METADATA, &metadata, sizeof(metadata));
	}
	close(fd);
	return metadata & RX_METADATA_VLAN_TAG;
}
