/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One pass over the text fills two arrays of entries with their lines; these are sorted (a file that is
 * in order already, as most are, is left alone), looked over for the same prefix twice, and copied into
 * the table. Lines may be of any length; what is too long is not a prefix or a class.
 */
#include "prefix.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "progress.h"
#include "text.h"

struct entry4 {
	struct prefix4 prefix;
	unsigned line;
};

struct entry6 {
	struct prefix6 prefix;
	unsigned line;
};

struct parse {
	const char *file;
	const struct names *classes;
	struct diag *d;
	unsigned line;
	struct entry4 *v4;
	struct entry6 *v6;
	size_t n4, n6, room4, room6;
};

/* Part of the text. */
struct span {
	const char *at;
	size_t size;
};

static struct span trim(struct span s)
{
	while (s.size && (s.at[0] == ' ' || s.at[0] == '\t')) {
		s.at++;
		s.size--;
	}
	while (s.size && memchr(" \t\r", s.at[s.size - 1], 3))
		s.size--;
	return s;
}

/* What stands before `c`; the rest, after it, goes to `rest` (at NULL if there is no `c`). */
static struct span cut(struct span s, char c, struct span *rest)
{
	const char *p = s.size ? memchr(s.at, c, s.size) : NULL;

	*rest = (struct span){ 0 };
	if (!p)
		return s;
	*rest = (struct span){ p + 1, s.size - (size_t)(p - s.at) - 1 };
	return (struct span){ s.at, (size_t)(p - s.at) };
}

static void mistake(struct parse *p, const char *what, struct span s, const char *allowed)
{
	char quoted[DIAG_QUOTE_SIZE];

	diag_at(p->d, p->file, p->line, "%s %s; %s", diag_quote(quoted, s.at, s.size), what, allowed);
}

#define PREFIX_ALLOWED "ADDRESS/LENGTH such as 192.0.2.0/24 or 2001:db8::/32 is allowed"

/* 0..most without leading zeros, or -1. */
static int length_of(struct span s, int most)
{
	int n = 0;

	if (!s.size || s.size > 3 || (s.size > 1 && s.at[0] == '0'))
		return -1;
	for (size_t i = 0; i < s.size; i++) {
		if (s.at[i] < '0' || s.at[i] > '9')
			return -1;
		n = n * 10 + s.at[i] - '0';
	}
	return n <= most ? n : -1;
}

static bool read_class(struct parse *p, struct span s, uint16_t *class)
{
	const struct name *name = names_find(p->classes, s.at, s.size);
	char quoted[DIAG_QUOTE_SIZE];
	struct text known = { 0 };
	bool reserved = (s.size == strlen(CLASS_UNROUTED) && !memcmp(s.at, CLASS_UNROUTED, s.size)) ||
			(s.size == strlen(CLASS_NON_IP) && !memcmp(s.at, CLASS_NON_IP, s.size));

	if (name) {
		*class = (uint16_t)name->value;
		return true;
	}
	names_list(p->classes, &known);
	diag_at(p->d, p->file, p->line, "%s class %s; allowed: %s", reserved ? "reserved" : "unknown",
		diag_quote(quoted, s.at, s.size), known.data);
	text_free(&known);
	return false;
}

static bool read4(struct parse *p, struct span whole, struct span length, uint32_t address,
	struct prefix4 *out)
{
	int bits = length_of(length, 32);

	if (bits < 0) {
		mistake(p, "has a bad length", whole, "/0 to /32 is allowed");
		return false;
	}
	if (bits < 32 && address << bits) {
		mistake(p, "has host bits set", whole, "zeros after the prefix length are allowed");
		return false;
	}
	out->address = address;
	out->length = (uint8_t)bits;
	return true;
}

static bool host_bits6(const uint8_t address[static 16], int length)
{
	int at = length / 8, odd = length % 8;

	if (odd && (uint8_t)(address[at++] << odd))
		return true;
	for (; at < 16; at++)
		if (address[at])
			return true;
	return false;
}

/* ::ffff:0:0/96 and what lies in it: no such address is on the wire, so IPv4 must have been meant. */
static bool is_mapped4(const uint8_t address[static 16], int length)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

	return length >= 96 && !memcmp(address, mapped, sizeof(mapped));
}

static bool read6(struct parse *p, struct span whole, struct span length, struct prefix6 *out)
{
	int bits = length_of(length, 128);

	if (bits < 0) {
		mistake(p, "has a bad length", whole, "/0 to /128 is allowed");
		return false;
	}
	if (host_bits6(out->address, bits)) {
		mistake(p, "has host bits set", whole, "zeros after the prefix length are allowed");
		return false;
	}
	if (is_mapped4(out->address, bits)) {
		mistake(p, "is IPv4 mapped into IPv6", whole, "the IPv4 prefix itself is allowed");
		return false;
	}
	out->length = (uint8_t)bits;
	return true;
}

static void add4(struct parse *p, const struct prefix4 *prefix)
{
	if (p->n4 == p->room4) {
		p->room4 = p->room4 ? 2 * p->room4 : 1024;
		p->v4 = mem_grow(p->v4, p->room4, sizeof(*p->v4));
	}
	p->v4[p->n4++] = (struct entry4){ *prefix, p->line };
}

static void add6(struct parse *p, const struct prefix6 *prefix)
{
	if (p->n6 == p->room6) {
		p->room6 = p->room6 ? 2 * p->room6 : 1024;
		p->v6 = mem_grow(p->v6, p->room6, sizeof(*p->v6));
	}
	p->v6[p->n6++] = (struct entry6){ *prefix, p->line };
}

/* A line's two fields. Both are looked at, so that both mistakes are told. */
static void read_fields(struct parse *p, struct span prefix, struct span class)
{
	struct span length, address = cut(prefix, '/', &length);
	struct prefix4 four = { 0 };
	struct prefix6 six = { 0 };
	bool good = true;

	if (length.at && address4_parse(address.at, address.size, &four.address)) {
		good = read4(p, prefix, length, four.address, &four);
		if (read_class(p, class, &four.class) && good)
			add4(p, &four);
	} else if (length.at && address6_parse(address.at, address.size, six.address)) {
		good = read6(p, prefix, length, &six);
		if (read_class(p, class, &six.class) && good)
			add6(p, &six);
	} else {
		mistake(p, "is not a prefix", prefix, PREFIX_ALLOWED);
	}
}

static void read_line(struct parse *p, struct span line)
{
	struct span comment, rest, more, first;

	line = trim(cut(line, '#', &comment));
	if (!line.size)
		return;
	first = trim(cut(line, ',', &rest));
	if (!rest.at) {
		mistake(p, "has no comma", line, "PREFIX,CLASS is allowed");
		return;
	}
	rest = cut(rest, ',', &more);
	if (more.at) {
		mistake(p, "has a second comma", line, "PREFIX,CLASS is allowed");
		return;
	}
	read_fields(p, first, trim(rest));
}

static int order4(const void *x, const void *y)
{
	const struct entry4 *a = x, *b = y;

	if (a->prefix.address != b->prefix.address)
		return a->prefix.address < b->prefix.address ? -1 : 1;
	if (a->prefix.length != b->prefix.length)
		return a->prefix.length < b->prefix.length ? -1 : 1;
	return a->line < b->line ? -1 : a->line > b->line;
}

static int order6(const void *x, const void *y)
{
	const struct entry6 *a = x, *b = y;
	int address = memcmp(a->prefix.address, b->prefix.address, sizeof(a->prefix.address));

	if (address)
		return address;
	if (a->prefix.length != b->prefix.length)
		return a->prefix.length < b->prefix.length ? -1 : 1;
	return a->line < b->line ? -1 : a->line > b->line;
}

static void sort(void *base, size_t n, size_t size, int (*order)(const void *, const void *))
{
	const char *at = base;

	for (size_t i = 1; i < n; i++, at += size) {
		if (order(at, at + size) > 0) {
			qsort(base, n, size, order);
			return;
		}
	}
}

static void two_classes(struct parse *p, unsigned line, unsigned first)
{
	diag_at(p->d, p->file, line,
		"the same prefix as at line %u with another class; one class for a prefix is allowed", first);
}

static void unique4(struct parse *p, struct prefix_table *t)
{
	t->v4 = mem_array(p->n4, sizeof(*t->v4));
	for (size_t i = 0; i < p->n4; i++) {
		const struct entry4 *e = &p->v4[i], *last = i ? e - 1 : NULL;
		bool same = last && last->prefix.address == e->prefix.address &&
			    last->prefix.length == e->prefix.length;

		if (same && last->prefix.class != e->prefix.class)
			two_classes(p, e->line, last->line);
		if (!same)
			t->v4[t->n4++] = e->prefix;
	}
}

static void unique6(struct parse *p, struct prefix_table *t)
{
	t->v6 = mem_array(p->n6, sizeof(*t->v6));
	for (size_t i = 0; i < p->n6; i++) {
		const struct entry6 *e = &p->v6[i], *last = i ? e - 1 : NULL;
		bool same = last && last->prefix.length == e->prefix.length &&
			    !memcmp(last->prefix.address, e->prefix.address, sizeof(e->prefix.address));

		if (same && last->prefix.class != e->prefix.class)
			two_classes(p, e->line, last->line);
		if (!same)
			t->v6[t->n6++] = e->prefix;
	}
}

static void read_lines(struct parse *p, const char *text, size_t size)
{
	struct span line, rest = { text, size };
	struct progress progress;

	progress_begin(&progress);
	while (rest.at && rest.size) {
		line = cut(rest, '\n', &rest);
		p->line++;
		read_line(p, line);
		if (progress_due(&progress))
			progress_show(&progress, "reading prefixes: %u %% (%u lines)",
				(unsigned)((size - rest.size) * 100 / size), p->line);
	}
	progress_end(&progress);
}

int prefix_parse(const char *file, const char *text, size_t size, const struct names *classes,
	struct diag *d, struct prefix_table *out)
{
	struct parse p = { .file = file, .classes = classes, .d = d };
	struct prefix_table t = { 0 };
	unsigned before = d->count;

	if (size >= 3 && !memcmp(text, "\xef\xbb\xbf", 3)) { /* a byte order mark that editors leave */
		text += 3;
		size -= 3;
	}
	read_lines(&p, text, size);
	sort(p.v4, p.n4, sizeof(*p.v4), order4);
	sort(p.v6, p.n6, sizeof(*p.v6), order6);
	unique4(&p, &t);
	unique6(&p, &t);
	free(p.v4);
	free(p.v6);
	if (d->count != before) {
		prefix_free(&t);
		return -EINVAL;
	}
	*out = t;
	return 0;
}

void prefix_free(struct prefix_table *t)
{
	free(t->v4);
	free(t->v6);
	*t = (struct prefix_table){ 0 };
}
