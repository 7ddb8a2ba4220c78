/* SPDX-License-Identifier: BSD-3-Clause */
/* What a peering asks of a frame (VLAN, MAC), and where a tap gets frames from. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "field.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof(*(a)))
#define IFACE_MOST    15u /* IFNAMSIZ without the terminator */
#define VID_MOST 4094 /* 0 is the priority tag, 4095 is reserved (IEEE 802.1Q) */

int field_vlan(const char *text, size_t size, void *at)
{
	struct config_peering *p = at;
	const char *dot = memchr(text, '.', size);
	size_t first = dot ? (size_t)(dot - text) : size;
	uint64_t outer = 0, inner = 0;

	if (size && size == field_begins(text, size, "untagged")) {
		p->vlan = VLAN_UNTAGGED;
		return 0;
	}
	if (!field_number(text, first, 1, VID_MOST, &outer))
		return -EINVAL;
	if (dot && !field_number(dot + 1, size - first - 1, 1, VID_MOST, &inner))
		return -EINVAL;
	p->vlan = dot ? VLAN_OUTER_INNER : VLAN_OUTER;
	p->outer = (uint16_t)outer;
	p->inner = (uint16_t)inner;
	return 0;
}

static int nibble(char c)
{
	if (field_is_digit(c))
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int field_mac(const char *text, size_t size, void *at)
{
	struct config_peering *p = at;
	uint8_t mac[6];

	if (size != 17)
		return -EINVAL;
	for (size_t i = 0; i < 6; i++) {
		int high = nibble(text[3 * i]), low = nibble(text[3 * i + 1]);

		if (high < 0 || low < 0 || (i < 5 && text[3 * i + 2] != ':'))
			return -EINVAL;
		mac[i] = (uint8_t)(high << 4 | low);
	}
	memcpy(p->mac, mac, sizeof(mac));
	p->has_mac = true;
	return 0;
}

int field_direction(const char *text, size_t size, void *at)
{
	static const char *const words[] = {
		[TAP_INGRESS] = "ingress", [TAP_EGRESS] = "egress", [TAP_BY_MAC] = "by-mac"
	};
	int i = field_one_of(words, ARRAY_SIZE(words), text, size);

	if (i < 0)
		return -EINVAL;
	*(enum tap_direction *)at = (enum tap_direction)i;
	return 0;
}

static bool any_device(const char *text, size_t size)
{
	(void)text;
	return size > 0;
}

/* IFACE, or IFACE,mode=observe|consume. */
static bool kernel_device(const char *text, size_t size)
{
	static const char *const options[] = { "mode=observe", "mode=consume" };
	const char *comma = memchr(text, ',', size);
	size_t name = comma ? (size_t)(comma - text) : size;

	if (!name || name > IFACE_MOST || memchr(text, '/', name))
		return false;
	for (size_t i = 0; i < name; i++)
		if ((unsigned char)text[i] <= ' ' || text[i] == ':')
			return false;
	return !comma || field_one_of(options, ARRAY_SIZE(options), comma + 1, size - name - 1) >= 0;
}

int field_source(const char *text, size_t size, void *at)
{
	static const struct {
		const char *word;
		enum tap_kind kind;
		bool (*device)(const char *text, size_t size);
	} kinds[] = {
		{ "pcap:", TAP_PCAP, any_device },
		{ "dpdk:", TAP_DPDK, any_device },
		{ "xdp:", TAP_XDP, kernel_device },
	};
	struct config_tap *tap = at;

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		size_t n = field_begins(text, size, kinds[i].word);

		if (!n)
			continue;
		if (!kinds[i].device(text + n, size - n))
			return -EINVAL;
		free(tap->device);
		tap->device = field_copy(text + n, size - n);
		tap->kind = kinds[i].kind;
		return 0;
	}
	return -EINVAL;
}
