/* SPDX-License-Identifier: BSD-3-Clause */
/* Any bytes as a prefix file: refused with good messages, or a table that is sorted, unique and says the same
 * when it is written down and read again. */
#include <arpa/inet.h>
#include <errno.h>

#include "prefix.h"
#include "said.h"

static const char *const class_name[] = { "europe", "domestic", "asia" };
#define CLASSES 3

static void check4(const struct prefix_table *t)
{
	for (size_t i = 0; i < t->n4; i++) {
		const struct prefix4 *p = &t->v4[i], *last = i ? p - 1 : NULL;

		FUZZ_CHECK(p->length <= 32 && p->class < CLASSES);
		FUZZ_CHECK(p->length == 32 || !(uint32_t)(p->address << p->length));
		FUZZ_CHECK(!last || last->address < p->address ||
			   (last->address == p->address && last->length < p->length));
	}
}

static void check6(const struct prefix_table *t)
{
	for (size_t i = 0; i < t->n6; i++) {
		const struct prefix6 *p = &t->v6[i], *last = i ? p - 1 : NULL;
		int order = last ? memcmp(last->address, p->address, 16) : -1;

		FUZZ_CHECK(p->length <= 128 && p->class < CLASSES);
		for (unsigned bit = p->length; bit < 128; bit++)
			FUZZ_CHECK(!(p->address[bit / 8] >> (7 - bit % 8) & 1));
		FUZZ_CHECK(order < 0 || (order == 0 && last->length < p->length));
	}
}

static void write_down(const struct prefix_table *t, struct text *out)
{
	char address[INET6_ADDRSTRLEN];

	for (size_t i = t->n6; i-- > 0;) /* backwards, so that sorting has something to do */
		text_printf(out, "%s/%u,%s\n", inet_ntop(AF_INET6, t->v6[i].address, address, sizeof(address)),
			t->v6[i].length, class_name[t->v6[i].class]);
	for (size_t i = t->n4; i-- > 0;) {
		struct in_addr a = { htonl(t->v4[i].address) };

		text_printf(out, "%s/%u,%s\n", inet_ntop(AF_INET, &a, address, sizeof(address)),
			t->v4[i].length, class_name[t->v4[i].class]);
	}
}

static void check_again(const struct prefix_table *t, const struct names *classes)
{
	struct diag d = { .out = stderr };
	struct prefix_table again;
	struct text text = { 0 };

	write_down(t, &text);
	FUZZ_CHECK(prefix_parse("again", text.data, text.size, classes, &d, &again) == 0);
	FUZZ_CHECK(again.n4 == t->n4 && again.n6 == t->n6);
	for (size_t i = 0; i < t->n4; i++)
		FUZZ_CHECK(again.v4[i].address == t->v4[i].address &&
			   again.v4[i].length == t->v4[i].length && again.v4[i].class == t->v4[i].class);
	for (size_t i = 0; i < t->n6; i++)
		FUZZ_CHECK(!memcmp(again.v6[i].address, t->v6[i].address, 16) &&
			   again.v6[i].length == t->v6[i].length && again.v6[i].class == t->v6[i].class);
	prefix_free(&again);
	text_free(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct names classes = { 0 };
	struct prefix_table t = { 0 };
	struct said said;
	int err;

	for (unsigned i = 0; i < CLASSES; i++)
		names_add(&classes, class_name[i], i, 1);
	said_open(&said);
	err = prefix_parse("p.csv", (const char *)data, size, &classes, &said.d, &t);
	FUZZ_CHECK(err == (said.d.count ? -EINVAL : 0));
	said_check(&said, "p.csv:");
	if (!err) {
		check4(&t);
		check6(&t);
		check_again(&t, &classes);
	}
	prefix_free(&t);
	names_free(&classes);
	return 0;
}
