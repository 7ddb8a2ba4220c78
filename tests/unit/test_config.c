/* SPDX-License-Identifier: BSD-3-Clause */
/* The configuration says what it says, and every mistake is one line with file, line and what is allowed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>

#include "config.h"
#include "scratch.h"

/* The contract's example (section 4), with the peering that it leaves out. */
static const char whole[] =
	"meter: aktau-1\n"					      /* 1 */
	"interval: 10s # a comment\n"				      /* 2 */
	"journal: aktau-1.db\n"					      /* 3 */
	"prefixes: prefixes.csv\n"				      /* 4 */
	"redis:\n"						      /* 5 */
	"  servers: [127.0.0.1:6379, \"[::1]:7000\", unix:/run/r.sock]\n" /* 6 */
	"links:\n"						      /* 7 */
	"  - name: temirbaba-bekdash\n"				      /* 8 */
	"    description: Kazakhstan-Turkmenistan terrestrial fibre\n" /* 9 */
	"    capacity: 2.5G\n"					      /* 10 */
	"    taps:\n"						      /* 11 */
	"      - {name: tb-in,  source: \"dpdk:0000:3b:00.0\", direction: ingress}\n" /* 12 */
	"      - {name: tb-out, source: \"xdp:eth1\",          direction: egress}\n"  /* 13 */
	"      - {name: tb-cap, source: \"pcap:tb.pcapng\",    direction: by-mac}\n"  /* 14 */
	"  - name: aktau-sumgait\n"				      /* 15 */
	"partners:\n"						      /* 16 */
	"  - {name: turkmentelecom, description: TurkmenTelecom, asn: 64500}\n" /* 17 */
	"  - name: azertelecom\n"				      /* 18 */
	"peerings:\n"						      /* 19 */
	"  - {name: turkmentelecom-tb, partner: turkmentelecom, link: temirbaba-bekdash, vlan: 100,"
	" mac: \"02:00:5e:10:00:0A\"}\n"			      /* 20 */
	"  - {name: qinq, partner: azertelecom, link: aktau-sumgait, vlan: 100.20}\n" /* 21 */
	"  - {name: qinq-2, partner: azertelecom, link: aktau-sumgait, vlan: 100.2}\n" /* 22 */
	"  - {name: bare, partner: azertelecom, link: aktau-sumgait, vlan: untagged}\n" /* 23 */
	"  - {name: rest, partner: azertelecom, link: aktau-sumgait}\n" /* 24 */
	"classes:\n"						      /* 25 */
	"  - {name: europe, via: qinq}\n"			      /* 26 */
	"  - name: domestic\n"					      /* 27 */
	"cos:\n"						      /* 28 */
	"  - {name: realtime, dscp: [46, 40]}\n"		      /* 29 */
	"workers: [2, 3]\n"					      /* 30 */
	"idle: poll\n"						      /* 31 */
	"dpdk: {args: [--no-huge, -m, \"512\"]}\n";		      /* 32 */

static const char prefixes[] = "192.0.2.0/24,europe\n2001:db8::/32,domestic\n";

struct loaded {
	struct scratch scratch;
	const struct config *config;
	char *said; /* the mistakes, with the scratch folder left out */
	int err;
};

/* Every mistake begins with the scratch folder's path, whose length varies never: cut it out. */
static void leave_out(char *said, const char *dir)
{
	size_t size = strlen(dir) + 1;

	for (char *at = said; (at = strstr(at, dir));)
		memmove(at, at + size, strlen(at + size) + 1);
}

static void load(struct loaded *l, const char *yaml, size_t size, const char *csv,
	const struct config_override *taps, size_t n_taps)
{
	size_t said_size;
	struct diag d = { .out = open_memstream(&l->said, &said_size) };

	l->config = NULL;
	scratch_open(&l->scratch);
	if (csv)
		scratch_file(&l->scratch, "prefixes.csv", csv, strlen(csv));
	l->err = config_load(
		scratch_file(&l->scratch, "a.yaml", yaml, size), taps, n_taps, &d, &l->config);
	diag_end(&d);
	fclose(d.out);
	leave_out(l->said, l->scratch.dir);
	if (l->err)
		assert_null(l->config);
	assert_int_equal(l->err, d.count ? -EINVAL : 0);
}

static void unload(struct loaded *l)
{
	config_free(l->config);
	free(l->said);
	scratch_close(&l->scratch);
}

static void reads_every_value(void **state)
{
	struct loaded l;
	const struct config *c;

	(void)state;
	load(&l, whole, sizeof(whole) - 1, prefixes, NULL, 0);
	assert_string_equal(l.said, "");
	c = l.config;
	assert_string_equal(c->meter, "aktau-1");
	assert_int_equal(c->interval, 10);
	unload(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_every_value),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
