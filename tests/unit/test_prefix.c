/* SPDX-License-Identifier: BSD-3-Clause */
/* Prefix files: what is allowed is read whatever its order, what is not is told with its line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "prefix.h"
#include "text.h"

struct read {
	struct names classes;
	struct prefix_table table;
	char *said;
	unsigned mistakes;
};

/* Classes: europe 0, domestic 1, asia 2. */
static void read_text(struct read *r, const char *text, size_t size)
{
	static const char *const classes[] = { "europe", "domestic", "asia" };
	size_t said_size;
	struct diag d = { .out = open_memstream(&r->said, &said_size) };
	char *exact = malloc(size ? size : 1); /* so that a sanitizer sees a read behind its end */
	int err;

	*r = (struct read){ .said = r->said };
	for (unsigned i = 0; i < 3; i++)
		assert_null(names_add(&r->classes, classes[i], i, 1));
	memcpy(exact, text, size);
	err = prefix_parse("p.csv", exact, size, &r->classes, &d, &r->table);
	free(exact);
	fclose(d.out);
	r->mistakes = d.count;
	assert_int_equal(err, d.count ? -EINVAL : 0);
	if (err)
		assert_null(r->table.v4);
}

static void read_end(struct read *r)
{
	prefix_free(&r->table);
	names_free(&r->classes);
	free(r->said);
}

static void assert_v4(const struct prefix4 *p, uint32_t address, unsigned length, unsigned class)
{
	assert_int_equal(p->address, address);
	assert_int_equal(p->length, length);
	assert_int_equal(p->class, class);
}

static void assert_v6(const struct prefix6 *p, const char *address, unsigned length, unsigned class)
{
	uint8_t want[16];

	assert_int_equal(inet_pton(AF_INET6, address, want), 1);
	assert_memory_equal(p->address, want, 16);
	assert_int_equal(p->length, length);
	assert_int_equal(p->class, class);
}

static void reads_and_sorts(void **state)
{
	static const char text[] = "\xef\xbb\xbf# prefixes\n"
				   "\n"
				   "2001:db8:1::/48,asia\r\n"
				   "2001:db8:8000::/33,asia\n"
				   " 203.0.113.128/25 ,\tdomestic # comment, with comma\r\n"
				   "0.0.0.0/0,europe\n"
				   "\t# only a comment\n"
				   "2001:DB8::/32,domestic#\n"
				   "203.0.113.0/24,asia\n"
				   "203.0.113.0/24,asia\n"
				   "255.255.255.255/32,asia\n"
				   "::/0,europe\n"
				   "203.0.113.0/25,europe\n"
				   "64:ff9b::192.0.2.33/128,asia";
	struct read r;

	(void)state;
	read_text(&r, text, sizeof(text) - 1);
	assert_string_equal(r.said, "");
	assert_int_equal(r.table.n4, 5);
	assert_v4(&r.table.v4[0], 0, 0, 0);
	assert_v4(&r.table.v4[1], 0xcb007100, 24, 2);
	assert_v4(&r.table.v4[2], 0xcb007100, 25, 0);
	assert_v4(&r.table.v4[3], 0xcb007180, 25, 1);
	assert_v4(&r.table.v4[4], 0xffffffff, 32, 2);
	assert_int_equal(r.table.n6, 5);
	assert_v6(&r.table.v6[0], "::", 0, 0);
	assert_v6(&r.table.v6[1], "64:ff9b::c000:221", 128, 2);
	assert_v6(&r.table.v6[2], "2001:db8::", 32, 1);
	assert_v6(&r.table.v6[3], "2001:db8:1::", 48, 2);
	assert_v6(&r.table.v6[4], "2001:db8:8000::", 33, 2);
	read_end(&r);
}

static void an_empty_file_is_an_empty_table(void **state)
{
	static const char *const texts[] = { "", "\n", "#", "\r\n\r\n", "\xef\xbb\xbf" };

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		struct read r;

		read_text(&r, texts[i], strlen(texts[i]));
		assert_string_equal(r.said, "");
		assert_int_equal(r.table.n4 + r.table.n6, 0);
		read_end(&r);
	}
}

#define A_PREFIX " is not a prefix; ADDRESS/LENGTH such as 192.0.2.0/24 or 2001:db8::/32 is allowed\n"
#define HOST	 " has host bits set; zeros after the prefix length are allowed\n"
#define LENGTH4	 " has a bad length; /0 to /32 is allowed\n"
#define LENGTH6	 " has a bad length; /0 to /128 is allowed\n"
#define CLASSES	 "; allowed: europe, domestic, asia\n"
#define ONE	 " with another class; one class for a prefix is allowed\n"

static void each_mistake_has_its_line(void **state)
{
	static const struct {
		const char *text, *said;
	} bad[] = {
		{ "192.0.2.1/24,europe", "p.csv:1: \"192.0.2.1/24\"" HOST },
		{ "\n#\n192.0.2.0/23,europe\n0.0.0.1/0,asia", "p.csv:4: \"0.0.0.1/0\"" HOST },
		{ "128.0.0.0/0,europe", "p.csv:1: \"128.0.0.0/0\"" HOST },
		{ "2001:db8::1/127,europe", "p.csv:1: \"2001:db8::1/127\"" HOST },
		{ "2001:db8::/28,europe", "p.csv:1: \"2001:db8::/28\"" HOST },
		{ "2001:db8:c000::/33,europe", "p.csv:1: \"2001:db8:c000::/33\"" HOST },
		{ "8000::/0,europe", "p.csv:1: \"8000::/0\"" HOST },
		{ "192.0.2.0/33,europe", "p.csv:1: \"192.0.2.0/33\"" LENGTH4 },
		{ "192.0.2.0/024,europe", "p.csv:1: \"192.0.2.0/024\"" LENGTH4 },
		{ "192.0.2.0/+24,europe", "p.csv:1: \"192.0.2.0/+24\"" LENGTH4 },
		{ "192.0.2.0/-1,europe", "p.csv:1: \"192.0.2.0/-1\"" LENGTH4 },
		{ "192.0.2.0/,europe", "p.csv:1: \"192.0.2.0/\"" LENGTH4 },
		{ "192.0.2.0/24/24,europe", "p.csv:1: \"192.0.2.0/24/24\"" LENGTH4 },
		{ "192.0.2.0/4294967320,europe", "p.csv:1: \"192.0.2.0/4294967320\"" LENGTH4 },
		{ "192.0.2.0/255.255.255.0,europe", "p.csv:1: \"192.0.2.0/255.255.255.0\"" LENGTH4 },
		{ "2001:db8::/129,europe", "p.csv:1: \"2001:db8::/129\"" LENGTH6 },
		{ "192.0.2.0,europe", "p.csv:1: \"192.0.2.0\"" A_PREFIX },
		{ "192.0.2/24,europe", "p.csv:1: \"192.0.2/24\"" A_PREFIX },
		{ "192.0.2.256/24,europe", "p.csv:1: \"192.0.2.256/24\"" A_PREFIX },
		{ "010.0.0.1/32,europe", "p.csv:1: \"010.0.0.1/32\"" A_PREFIX },
		{ "192.0.2.00/24,europe", "p.csv:1: \"192.0.2.00/24\"" A_PREFIX },
		{ "192.0.2.0 /24,europe", "p.csv:1: \"192.0.2.0 /24\"" A_PREFIX },
		{ "2001:db8:::/48,europe", "p.csv:1: \"2001:db8:::/48\"" A_PREFIX },
		{ "fe80::1%eth0/128,europe", "p.csv:1: \"fe80::1%eth0/128\"" A_PREFIX },
		{ "prefix,class", "p.csv:1: \"prefix\"" A_PREFIX },
		{ ",europe", "p.csv:1: \"\"" A_PREFIX },
		{ "europe,192.0.2.0/24", "p.csv:1: \"europe\"" A_PREFIX },
		{ "::ffff:192.0.2.0/120,europe",
			"p.csv:1: \"::ffff:192.0.2.0/120\" is IPv4 mapped into IPv6; the IPv4 prefix itself is "
			"allowed\n" },
		{ "::ffff:0:0/96,europe",
			"p.csv:1: \"::ffff:0:0/96\" is IPv4 mapped into IPv6; the IPv4 prefix itself is allowed\n" },
		{ "192.0.2.0/24", "p.csv:1: \"192.0.2.0/24\" has no comma; PREFIX,CLASS is allowed\n" },
		{ "192.0.2.0/24 europe", "p.csv:1: \"192.0.2.0/24 europe\" has no comma; PREFIX,CLASS is allowed\n" },
		{ "192.0.2.0/24,europe,asia",
			"p.csv:1: \"192.0.2.0/24,europe,asia\" has a second comma; PREFIX,CLASS is allowed\n" },
		{ "192.0.2.0/24,europe,",
			"p.csv:1: \"192.0.2.0/24,europe,\" has a second comma; PREFIX,CLASS is allowed\n" },
		{ "192.0.2.0/24,africa", "p.csv:1: unknown class \"africa\"" CLASSES },
		{ "192.0.2.0/24,", "p.csv:1: unknown class \"\"" CLASSES },
		{ "192.0.2.0/24, ,", "p.csv:1: \"192.0.2.0/24, ,\" has a second comma; PREFIX,CLASS is allowed\n" },
		{ "192.0.2.0/24,Europe", "p.csv:1: unknown class \"Europe\"" CLASSES },
		{ "192.0.2.0/24,europe asia", "p.csv:1: unknown class \"europe asia\"" CLASSES },
		{ "::/0,unrouted", "p.csv:1: reserved class \"unrouted\"" CLASSES },
		{ "::/0,non-ip", "p.csv:1: reserved class \"non-ip\"" CLASSES },
		{ "::/0,unrouted2", "p.csv:1: unknown class \"unrouted2\"" CLASSES },
		{ "192.0.2.1/24,africa",
			"p.csv:1: \"192.0.2.1/24\"" HOST "p.csv:1: unknown class \"africa\"" CLASSES },
		{ "192.0.2.0/24,europe\n198.51.100.0/24,asia\n192.0.2.0/24,asia",
			"p.csv:3: the same prefix as at line 1" ONE },
		{ "2001:db8::/32,asia\n::/0,asia\n2001:db8:0:0::/32,europe\n2001:db8::/33,europe",
			"p.csv:3: the same prefix as at line 1" ONE },
		{ "192.0.2.0/24,\x01\x1b[2J", "p.csv:1: unknown class \"\\x01\\x1b[2J\"" CLASSES },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct read r;

		read_text(&r, bad[i].text, strlen(bad[i].text));
		assert_string_equal(r.said, bad[i].said);
		read_end(&r);
	}
}

static void a_nul_or_a_long_line_is_just_wrong(void **state)
{
	static const char nul[] = "192.0.2.0/24\0,europe\n192.0.2.0/24,eur\0ope\n";
	struct text t = { 0 };
	struct read r;

	(void)state;
	read_text(&r, nul, sizeof(nul) - 1);
	assert_string_equal(r.said, "p.csv:1: \"192.0.2.0/24\\x00\"" LENGTH4
				    "p.csv:2: unknown class \"eur\\x00ope\"" CLASSES);
	read_end(&r);
	for (int i = 0; i < 1000000; i++)
		text_str(&t, "1");
	text_str(&t, ",europe\n#");
	for (int i = 0; i < 1000000; i++)
		text_str(&t, "1");
	read_text(&r, t.data, t.size);
	assert_string_equal(r.said,
		"p.csv:1: \"111111111111111111111111111111111111111111111111111111111111...\"" A_PREFIX);
	read_end(&r);
	text_free(&t);
}

static void reading_goes_on_and_counts(void **state)
{
	struct text t = { 0 };
	struct read r;

	(void)state;
	for (int i = 0; i < 30; i++)
		text_str(&t, "x,europe\n192.0.2.0/24,europe\n");
	read_text(&r, t.data, t.size);
	assert_int_equal(r.mistakes, 30);
	assert_non_null(strstr(r.said, "p.csv:39: "));
	read_end(&r);
	text_free(&t);
}

/* A text that is, or nearly is, an address. */
static size_t random_address(char *out, size_t room)
{
	static const char *const pieces[] = { ":", "::", ".", "0", "1", "ff", "FFFF", "2001", "db8", "192",
		"255", "256", "01", "g", " ", "/", "12345", "192.0.2.1" };
	size_t n = (size_t)(random() % 18), at = 0;

	out[0] = 0;
	for (size_t i = 0; i < n; i++) {
		const char *piece = pieces[random() % (long)(sizeof(pieces) / sizeof(*pieces))];

		if (i % 2 && random() % 8)
			piece = random() % 6 ? ":" : ".";
		if (at + strlen(piece) >= room)
			break;
		strcpy(out + at, piece);
		at += strlen(piece);
	}
	return at;
}

/* A well-formed one, with a byte changed now and then. */
static size_t near_address(char *out, size_t room)
{
	static const char bytes[] = ":.0123456789abcdefgx% ";
	uint8_t address[16];
	size_t size;

	for (size_t i = 0; i < 16; i++)
		address[i] = random() % 3 ? (uint8_t)random() : 0;
	assert_non_null(inet_ntop(random() % 4 ? AF_INET6 : AF_INET, address, out, (socklen_t)room));
	size = strlen(out);
	if (random() % 2)
		out[(size_t)random() % size] = bytes[(size_t)random() % (sizeof(bytes) - 1)];
	return size;
}

static void agrees_with_inet_pton(void **state)
{
	unsigned good4 = 0, good6 = 0;

	(void)state;
	srandom(2);
	for (int i = 0; i < 300000; i++) {
		char text[128];
		size_t size = i % 2 ? random_address(text, sizeof(text)) : near_address(text, sizeof(text));
		uint8_t ours6[16], theirs6[16];
		struct in_addr theirs4;
		uint32_t ours4 = 0;
		bool is4 = inet_pton(AF_INET, text, &theirs4) == 1;
		bool is6 = inet_pton(AF_INET6, text, theirs6) == 1;

		if (address4_parse(text, size, &ours4) != is4 || (is4 && ntohl(theirs4.s_addr) != ours4) ||
			address6_parse(text, size, ours6) != is6 || (is6 && memcmp(ours6, theirs6, 16)))
			fail_msg("seed 2, round %d: \"%s\" is read in another way than by inet_pton", i, text);
		good4 += is4;
		good6 += is6;
	}
	assert_in_range(good4, 10000, 200000); /* both outcomes were tried */
	assert_in_range(good6, 10000, 200000);
}

/* The address with its low bits cleared: the prefix it lies in. */
static uint32_t prefix_of(uint32_t address, unsigned length)
{
	return length ? address >> (32 - length) << (32 - length) : 0;
}

/* A naive model beside the parser: what was written is what is in the table, sorted, once. */
static void a_million_prefixes_load(void **state)
{
	static const char *const classes[] = { "europe", "domestic", "asia" };
	enum { V4 = 800000, V6 = 200000 };
	struct text t = { 0 };
	struct read r;

	(void)state;
	/* 800,000 different /24 and 200,000 different /48, in an order that a multiplier mixes. */
	for (uint32_t i = 0; i < V4; i++) {
		uint32_t a = (i * 48271u % (1u << 24)) << 8;

		text_printf(&t, "%u.%u.%u.0/24,%s\n", a >> 24, a >> 16 & 255, a >> 8 & 255,
			classes[(a >> 8) % 3]);
		if (i % 4 == 0)
			text_printf(&t, "2001:%x:%x::/48,%s\n", i % 8 ? 0xdb8 : 0xdb9, i / 8 % 65536,
				classes[i / 8 % 65536 % 3]);
	}
	read_text(&r, t.data, t.size);
	assert_string_equal(r.said, "");
	assert_int_equal(r.table.n4, V4);
	assert_int_equal(r.table.n6, 2 * 65536);
	for (size_t i = 0; i < r.table.n4; i++) {
		const struct prefix4 *p = &r.table.v4[i];

		assert_true(p->length == 24 && p->address == prefix_of(p->address, 24));
		assert_true(p->class == (p->address >> 8) % 3);
		assert_true(i == 0 || p[-1].address < p->address);
	}
	for (size_t i = 1; i < r.table.n6; i++)
		assert_true(memcmp(r.table.v6[i - 1].address, r.table.v6[i].address, 16) < 0);
	read_end(&r);
	text_free(&t);
}

/* Random prefixes with random classes: refused if and only if a prefix has two classes. */
static void finds_every_contradiction(void **state)
{
	(void)state;
	srandom(3);
	for (int round = 0; round < 2000; round++) {
		struct { uint32_t address; unsigned length, class; } seen[12];
		struct text t = { 0 };
		bool contradiction = false;
		struct read r;

		for (int i = 0; i < 12; i++) {
			static const char *const classes[] = { "europe", "domestic" };
			unsigned length = 28 + (unsigned)random() % 3;

			seen[i].address = prefix_of(0xc0000200 | ((uint32_t)random() & 0xff), length);
			seen[i].length = length;
			seen[i].class = random() % 8 == 0;
			for (int k = 0; k < i; k++)
				contradiction |= seen[k].address == seen[i].address && seen[k].length == length &&
						 seen[k].class != seen[i].class;
			text_printf(&t, "192.0.2.%u/%u,%s\n", seen[i].address & 0xff, length,
				classes[seen[i].class]);
		}
		read_text(&r, t.data, t.size);
		if (contradiction != (r.mistakes > 0))
			fail_msg("seed 3, round %d:\n%s", round, t.data);
		read_end(&r);
		text_free(&t);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_and_sorts),
		cmocka_unit_test(an_empty_file_is_an_empty_table),
		cmocka_unit_test(each_mistake_has_its_line),
		cmocka_unit_test(a_nul_or_a_long_line_is_just_wrong),
		cmocka_unit_test(reading_goes_on_and_counts),
		cmocka_unit_test(agrees_with_inet_pton),
		cmocka_unit_test(a_million_prefixes_load),
		cmocka_unit_test(finds_every_contradiction),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
