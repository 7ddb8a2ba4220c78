/* SPDX-License-Identifier: BSD-3-Clause */
#include "wire.h"

#include <string.h>

#define INNER_VID 7u
#define TTL	  64u

static uint8_t *put16(uint8_t *p, unsigned v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
	return p + 2;
}

static uint8_t *put32(uint8_t *p, uint32_t v)
{
	return put16(put16(p, v >> 16), v & 0xffff);
}

static uint8_t *put64(uint8_t *p, uint64_t v)
{
	return put32(put32(p, (uint32_t)(v >> 32)), (uint32_t)v);
}

static uint8_t *put_label(uint8_t *p, uint32_t label, bool bottom)
{
	return put32(p, label << 12 | (uint32_t)bottom << 8 | TTL);
}

/* What stands between the addresses and the IP header. */
static const struct {
	uint16_t tag; /* 0: none */
	bool inner;
	unsigned labels;
} kinds[WIRE_KINDS] = {
	[WIRE_PLAIN] = { 0 },
	[WIRE_VLAN] = { 0x8100, false, 0 },
	[WIRE_QINQ] = { 0x88a8, true, 0 },
	[WIRE_MPLS] = { 0, false, 2 },
	[WIRE_VLAN_LABEL] = { 0x8100, false, 1 },
	[WIRE_VLAN_LABELS] = { 0x8100, false, 2 },
};

unsigned wire_l2(const struct wire *w)
{
	return 14u + (kinds[w->kind].tag ? 4u : 0u) + (kinds[w->kind].inner ? 4u : 0u) +
	       4u * kinds[w->kind].labels;
}

static uint8_t *put_l2(uint8_t *p, const struct wire *w)
{
	unsigned labels = kinds[w->kind].labels;

	memcpy(p, "\x02\x00\x00\x00\x00\x01\x02\x00\x00\x00\x00\x02", 12);
	p += 12;
	if (kinds[w->kind].tag)
		p = put16(put16(p, kinds[w->kind].tag), w->vid);
	if (kinds[w->kind].inner)
		p = put16(put16(p, 0x8100), INNER_VID);
	p = put16(p, labels ? 0x8847 : w->six ? 0x86dd : 0x0800);
	for (unsigned i = 1; i <= labels; i++)
		p = put_label(p, w->label ^ i, i == labels);
	return p;
}

static void put_checksum(uint8_t *ip)
{
	uint32_t sum = 0;

	for (unsigned i = 0; i < 20; i += 2)
		sum += (uint32_t)ip[i] << 8 | ip[i + 1];
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	put16(ip + 10, ~sum & 0xffff);
}

static uint8_t *put_ip(uint8_t *ip, const struct wire *w, unsigned total)
{
	uint8_t *p = ip;

	if (w->six) {
		p = put16(put32(p, 0x60000000), total - 40);
		p = put16(p, (w->proto == 1 ? 58u : w->proto) << 8 | TTL);
		p = put64(put64(p, w->src[0]), w->src[1]);
		return put64(put64(p, w->dst[0]), w->dst[1]);
	}
	p = put16(put16(p, 0x4500), total);
	p = put32(p, 0x00014000);
	p = put32(p, (uint32_t)TTL << 24 | (uint32_t)w->proto << 16);
	p = put32(put32(p, (uint32_t)w->src[0]), (uint32_t)w->dst[0]);
	put_checksum(ip);
	return p;
}

static void put_l4(uint8_t *p, const struct wire *w, unsigned length)
{
	if (w->proto == 1) {
		memset(p, 0, 8);
		p[0] = w->six ? 128 : 8;
		return;
	}
	p = put16(put16(p, w->sport), w->dport);
	if (w->proto == 17) {
		put32(p, length << 16);
		return;
	}
	p = put32(put32(p, 1), 0);
	put32(put32(p, 0x5010ffff), 0);
}

unsigned wire_write(uint8_t *p, const struct wire *w, unsigned length)
{
	unsigned l2 = wire_l2(w), header = w->six ? 40 : 20, least = l2 + header + (w->proto == 6 ? 20u : 8u);
	uint8_t *l4;

	if (length < least)
		length = least;
	put_l2(p, w);
	l4 = put_ip(p + l2, w, length - l2);
	put_l4(l4, w, length - l2 - header);
	return length;
}
