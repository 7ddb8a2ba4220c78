/* SPDX-License-Identifier: BSD-3-Clause */
#include "address.h"

bool address4_parse(const char *text, size_t size, uint32_t *out)
{
	uint32_t address = 0, octet = 0;
	unsigned dots = 0, digits = 0;

	for (size_t i = 0; i < size; i++) {
		unsigned c = (unsigned char)text[i];

		if (c == '.' && digits && dots < 3) {
			address = address << 8 | octet;
			dots++;
			octet = digits = 0;
			continue;
		}
		if (c < '0' || c > '9' || (digits && !octet))
			return false; /* 010 is eight to some readers and ten to others */
		octet = octet * 10 + (c - '0');
		digits++;
		if (octet > 255)
			return false;
	}
	if (dots != 3 || !digits)
		return false;
	*out = address << 8 | octet;
	return true;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The address under way: the 16-bit groups so far, and how many of them stand before "::". */
struct groups {
	uint16_t group[8];
	unsigned n;
	int gap; /* -1: no "::" yet */
};

/* The last 32 bits as a dotted quad. */
static bool tail4(struct groups *g, const char *text, size_t size)
{
	uint32_t four;

	if (g->n > 6 || !address4_parse(text, size, &four))
		return false;
	g->group[g->n++] = (uint16_t)(four >> 16);
	g->group[g->n++] = (uint16_t)four;
	return true;
}

/* One to four hexadecimal digits; returns how many there are, 0 for none or more than four. */
static size_t group16(const char *text, size_t size, uint16_t *out)
{
	unsigned value = 0;
	size_t i;
	int digit;

	for (i = 0; i < size && (digit = hex_digit(text[i])) >= 0; i++) {
		if (i == 4)
			return 0;
		value = value << 4 | (unsigned)digit;
	}
	*out = (uint16_t)value;
	return i;
}

static bool spread(const struct groups *g, uint8_t out[static 16])
{
	unsigned after = g->gap < 0 ? 0 : g->n - (unsigned)g->gap, before = g->n - after;

	if (g->gap < 0 ? g->n != 8 : g->n > 7)
		return false;
	for (unsigned i = 0; i < 8; i++) {
		uint16_t group = 0;

		if (i < before)
			group = g->group[i];
		else if (i >= 8 - after)
			group = g->group[i + g->n - 8];
		out[2 * i] = (uint8_t)(group >> 8);
		out[2 * i + 1] = (uint8_t)group;
	}
	return true;
}

bool address6_parse(const char *text, size_t size, uint8_t out[static 16])
{
	struct groups g = { .gap = -1 };
	size_t at = 0, used;

	if (size >= 2 && text[0] == ':' && text[1] == ':') {
		g.gap = 0;
		at = 2;
	}
	while (at < size) {
		if (g.n == 8)
			return false;
		used = group16(text + at, size - at, &g.group[g.n]);
		if (!used)
			return false;
		if (at + used < size && text[at + used] == '.')
			return tail4(&g, text + at, size - at) && spread(&g, out);
		g.n++;
		at += used;
		if (at == size)
			break;
		if (text[at++] != ':' || at == size)
			return false; /* nothing may follow a group but ':' and more */
		if (text[at] != ':')
			continue;
		if (g.gap >= 0)
			return false;
		g.gap = (int)g.n;
		at++;
	}
	return spread(&g, out);
}
