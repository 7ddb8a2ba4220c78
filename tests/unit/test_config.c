/* SPDX-License-Identifier: BSD-3-Clause */
/* A configuration that is right is read to the last value, and its canonical text says what it means. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "config_case.h"

static const char *beside(const struct config_case *c, const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s", c->scratch.dir, name);
	return path;
}

static void reads_settings(void **state)
{
	static const struct config_server servers[] = {
		{ (char *)"127.0.0.1", 6379 }, { (char *)"::1", 7000 }, { (char *)"/run/r.sock", 0 },
		{ (char *)"/run/s.sock", 0 }, { (char *)"redis-1", 1 },
	};
	static const char *const args[] = { "--no-huge", "-m", "512" };
	struct config_case k;
	const struct config *c;

	(void)state;
	case_load_line(&k, 0, NULL);
	assert_string_equal(k.said, "");
	c = k.config;
	assert_string_equal(c->file, beside(&k, "a.yaml"));
	assert_string_equal(c->meter, "aktau-1");
	assert_int_equal(c->interval, 10);
	assert_string_equal(c->journal, beside(&k, "aktau-1.db"));
	assert_string_equal(c->prefix_file, beside(&k, "prefixes.csv"));
	assert_int_equal(c->n_servers, 5);
	for (size_t i = 0; i < 5; i++) {
		assert_string_equal(c->servers[i].host, servers[i].host);
		assert_int_equal(c->servers[i].port, servers[i].port);
	}
	assert_int_equal(c->n_worker_cpus, 2);
	assert_int_equal(c->worker_cpus[0], 2);
	assert_int_equal(c->worker_cpus[1], 3);
	assert_false(c->idle_sleep);
	assert_int_equal(c->n_dpdk_args, 3);
	assert_int_equal(c->dpdk_buffers, 4096);
	for (size_t i = 0; i < 3; i++)
		assert_string_equal(c->dpdk_args[i], args[i]);
	case_end(&k);
}

static void reads_places(void **state)
{
	struct config_case k;
	const struct config_link *l;

	(void)state;
	case_load_line(&k, 9, "    from: Aktau @ 30,0\n    to: Sumgait, Absheron");
	assert_string_equal(k.said, "");
	l = k.config->links;
	assert_string_equal(l[0].from.name, "Aktau");
	assert_true(l[0].from.placed);
	assert_int_equal(l[0].from.x, 30);
	assert_int_equal(l[0].from.y, 0);
	assert_string_equal(l[0].to.name, "Sumgait, Absheron");
	assert_false(l[0].to.placed);
	assert_null(l[1].to.name);
	case_end(&k);
}

static void reads_plans(void **state)
{
	struct config_case k;
	const struct config *c;

	(void)state;
	case_load_line(&k, 32,
		"failover:\n"
		"  - {link: temirbaba-bekdash, to: aktau-sumgait, share: 60.5%}\n"
		"  - {link: temirbaba-bekdash, to: aktau-sumgait, share: 100%, class: domestic}\n"
		"planned:\n"
		"  - {link: aktau-sumgait, date: 2027-04-01, add: 40G, direction: egress, reason: offtake}\n"
		"  - {link: aktau-sumgait, date: 2028-02-29, capacity: 800G}");
	assert_string_equal(k.said, "");
	c = k.config;
	assert_int_equal(c->n_failovers, 2);
	assert_int_equal(c->failovers[0].link, 0);
	assert_int_equal(c->failovers[0].to, 1);
	assert_int_equal(c->failovers[0].share, 6050);
	assert_int_equal(c->failovers[0].class, -1);
	assert_int_equal(c->failovers[1].class, 1);
	assert_int_equal(c->n_planned, 2);
	assert_int_equal(c->planned[0].date, 1806537600);
	assert_int_equal(c->planned[0].rate[CHANGE_ADD], 40000000000);
	assert_int_equal(c->planned[0].sides, SIDES_EGRESS);
	assert_string_equal(c->planned[0].reason, "offtake");
	assert_int_equal(c->planned[1].rate[CHANGE_CAPACITY], 800000000000);
	assert_int_equal(c->planned[1].sides, SIDES_BOTH);
	case_end(&k);
}

static void reads_links_and_taps(void **state)
{
	struct config_case k;
	const struct config *c;

	(void)state;
	case_load_line(&k, 0, NULL);
	c = k.config;
	assert_non_null(c);
	assert_int_equal(c->n_links, 2);
	assert_string_equal(c->links[0].name, "temirbaba-bekdash");
	assert_string_equal(c->links[0].description, "Kazakhstan-Turkmenistan terrestrial fibre");
	assert_int_equal(c->links[0].capacity, 2500000000);
	assert_string_equal(c->links[1].name, "aktau-sumgait");
	assert_string_equal(c->links[1].description, "");
	assert_int_equal(c->links[1].capacity, 0);
	assert_int_equal(c->n_taps, 3);
	for (size_t i = 0; i < 3; i++) {
		static const char *const names[] = { "tb-in", "tb-out", "tb-cap" };

		assert_string_equal(c->taps[i].name, names[i]);
		assert_int_equal(c->taps[i].direction, i);
		assert_int_equal(c->taps[i].link, 0);
		assert_int_equal(c->taps[i].line, 12 + i);
	}
	assert_int_equal(c->taps[0].kind, TAP_DPDK);
	assert_string_equal(c->taps[0].device, "0000:3b:00.0");
	assert_int_equal(c->taps[1].kind, TAP_XDP);
	assert_string_equal(c->taps[1].device, "eth1");
	assert_int_equal(c->taps[2].kind, TAP_PCAP);
	assert_string_equal(c->taps[2].device, beside(&k, "tb.pcapng"));
	case_end(&k);
}

static void reads_partners_and_peerings(void **state)
{
	static const struct config_peering peerings[] = {
		{ .name = "tt-tb", .partner = 0, .link = 0, .vlan = VLAN_OUTER, .outer = 100,
			.has_mac = true, .mac = { 2, 0, 0x5e, 0x10, 0, 0x0a } },
		{ .name = "qinq", .partner = 1, .link = 1, .vlan = VLAN_OUTER_INNER, .outer = 100,
			.inner = 20 },
		{ .name = "qinq-2", .partner = 1, .link = 1, .vlan = VLAN_OUTER_INNER, .outer = 100,
			.inner = 2 },
		{ .name = "bare", .partner = 1, .link = 1, .vlan = VLAN_UNTAGGED },
		{ .name = "rest", .partner = 1, .link = 1, .vlan = VLAN_ANY },
	};
	struct config_case k;
	const struct config *c;

	(void)state;
	case_load_line(&k, 0, NULL);
	c = k.config;
	assert_non_null(c);
	assert_int_equal(c->n_partners, 2);
	assert_string_equal(c->partners[0].name, "turkmentelecom");
	assert_string_equal(c->partners[0].description, "TurkmenTelecom");
	assert_int_equal(c->partners[0].asn, 64500);
	assert_string_equal(c->partners[1].description, "");
	assert_int_equal(c->partners[1].asn, 0);
	assert_int_equal(c->n_peerings, 5);
	for (size_t i = 0; i < 5; i++) {
		const struct config_peering *want = &peerings[i], *is = &c->peerings[i];

		assert_string_equal(is->name, want->name);
		assert_int_equal(is->partner, want->partner);
		assert_int_equal(is->link, want->link);
		assert_int_equal(is->vlan, want->vlan);
		assert_int_equal(is->outer, want->outer);
		assert_int_equal(is->inner, want->inner);
		assert_int_equal(is->has_mac, want->has_mac);
		assert_memory_equal(is->mac, want->mac, 6);
	}
	case_end(&k);
}

static void reads_classes_cos_and_prefixes(void **state)
{
	static const uint8_t db8[16] = { 0x20, 0x01, 0x0d, 0xb8 };
	struct config_case k;
	const struct config *c;

	(void)state;
	case_load_line(&k, 0, NULL);
	c = k.config;
	assert_non_null(c);
	assert_int_equal(c->n_classes, 2);
	assert_string_equal(c->classes[0].name, "europe");
	assert_int_equal(c->classes[0].via, 1);
	assert_string_equal(c->classes[1].name, "domestic");
	assert_int_equal(c->classes[1].via, -1);
	assert_int_equal(c->n_cos, 1);
	assert_string_equal(c->cos[0].name, "realtime");
	assert_true(c->cos[0].dscp == (UINT64_C(1) << 46 | UINT64_C(1) << 40));
	assert_int_equal(c->prefixes.n4, 1);
	assert_int_equal(c->prefixes.v4[0].address, 0xc0000200);
	assert_int_equal(c->prefixes.v4[0].length, 24);
	assert_int_equal(c->prefixes.v4[0].class, 0);
	assert_int_equal(c->prefixes.n6, 1);
	assert_memory_equal(c->prefixes.v6[0].address, db8, 16);
	assert_int_equal(c->prefixes.v6[0].length, 32);
	assert_int_equal(c->prefixes.v6[0].class, 1);
	case_end(&k);
}

#define SMALL "meter: m\ninterval: 300s\njournal: /j.db\nlinks: []\n"

static void needs_four_keys(void **state)
{
	struct config_case k;

	(void)state;
	case_load(&k, SMALL, sizeof(SMALL) - 1, NULL, NULL, 0);
	assert_string_equal(k.said, "");
	assert_string_equal(k.config->journal, "/j.db");
	assert_null(k.config->prefix_file);
	assert_int_equal(k.config->n_links + k.config->n_taps + k.config->n_servers, 0);
	assert_true(k.config->idle_sleep);
	assert_string_equal(k.config->canonical,
		"transitd-configuration 1\nmeter m\ninterval 300\nprefixes 0 0 "
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\n");
	case_end(&k);
}

/* Values that are allowed and easy to get wrong. */
static void takes_what_is_allowed(void **state)
{
	static const struct {
		unsigned line;
		const char *text;
	} good[] = {
		{ 1, "meter: 0123456789-abcdefghijklmnopqrstu" },
		{ 1, "\"meter\": 'a'" },
		{ 2, "interval: 1s" }, { 2, "interval: 2s" }, { 2, "interval: 5s" },
		{ 2, "interval: 15s" }, { 2, "interval: 20s" }, { 2, "interval: 30s" },
		{ 2, "interval: 60s" }, { 2, "interval: 100s" }, { 2, "interval: 150s" },
		{ 2, "interval: !!str 300s\r" },
		{ 4, NULL }, { 6, "  servers:\n    - redis.example.net:65535" },
		{ 9, "    description: \"\"" }, { 9, "    description: Ақтау – Sumqayıt" },
		{ 10, "    capacity: 400T" }, { 10, "    capacity: 1" },
		{ 10, "    capacity: 0.001k" }, { 10, "    capacity: 9223372036854775807" },
		{ 11, "    taps: &t" }, { 13, "      # no second tap" },
		{ 13, "      - {name: tb-out, source: \"xdp:eth1,mode=consume\", direction: egress}" },
		{ 17, "  - {name: turkmentelecom, asn: 4294967295}" },
		{ 21, "  - {name: qinq, partner: azertelecom, link: aktau-sumgait, vlan: 4094.4094}" },
		{ 21, "  - &q {name: qinq, partner: azertelecom, link: aktau-sumgait, vlan: 1}" },
		{ 23, "  - {name: bare, partner: azertelecom, link: aktau-sumgait, mac: 02:00:5e:10:00:0a}" },
		{ 24, "  - {name: rest, partner: azertelecom, link: aktau-sumgait}\n"
		      "  - {name: zero, partner: azertelecom, link: aktau-sumgait, mac: 00:00:00:00:00:00}" },
		{ 29, "  - {name: realtime, dscp: [0, 63]}\n  - {name: rest, dscp: [1]}" },
		{ 30, "workers: []" }, { 31, "idle: sleep" }, { 32, "dpdk: {}" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		struct config_case k;

		case_load_line(&k, good[i].line, good[i].text);
		assert_string_equal(k.said, "");
		case_end(&k);
	}
}

static void reads_how_redis_is_reached_and_what_it_keeps(void **state)
{
	static const char redis[] = "  servers: [r:1]\n  user: meter\n  password_file: secret\n"
				    "  tls: {ca: ca.pem, certificate: /c.pem, key: k.pem, name: r.example}\n"
				    "  stream_max: 1000000000\n  stream_age: 36h\n  usage_age: 400d";
	struct config_case k;

	(void)state;
	case_load_line(&k, 6, redis);
	assert_string_equal(k.said, "");
	assert_string_equal(k.config->redis.user, "meter");
	assert_string_equal(k.config->redis.password_file, beside(&k, "secret"));
	assert_true(k.config->redis.tls);
	assert_string_equal(k.config->redis.ca, beside(&k, "ca.pem"));
	assert_string_equal(k.config->redis.certificate, "/c.pem");
	assert_string_equal(k.config->redis.key, beside(&k, "k.pem"));
	assert_string_equal(k.config->redis.name, "r.example");
	assert_int_equal(k.config->redis.stream_max, 1000000000);
	assert_int_equal(k.config->redis.stream_age, 36 * 3600);
	assert_int_equal(k.config->redis.usage_age, 400 * 86400);
	case_end(&k);
	case_load_line(&k, 6, "  servers: [r:1]\n  password_file: \"credential:redis\"\n  tls: {}");
	assert_string_equal(k.said, "");
	assert_string_equal(k.config->redis.password_file, "credential:redis");
	assert_true(k.config->redis.tls);
	case_end(&k);
	case_load_line(&k, 6, "  servers: [r:1]");
	assert_false(k.config->redis.tls);
	case_end(&k);
}

static void reads_where_metrics_are_served(void **state)
{
	struct config_case k;

	(void)state;
	case_load_line(&k, 6, "  servers: [r:1]");
	assert_null(k.config->metrics.listen);
	case_end(&k);
	case_load_line(&k, 6, "  servers: [r:1]\nmetrics: {}");
	assert_string_equal(k.config->metrics.listen, "127.0.0.1:9469");
	assert_null(k.config->metrics.token_file);
	case_end(&k);
	case_load_line(&k, 6, "  servers: [r:1]\nmetrics: {listen: \"[2001:db8::1]:1\", token_file: t}");
	assert_string_equal(k.said, "");
	assert_string_equal(k.config->metrics.listen, "[2001:db8::1]:1");
	assert_string_equal(k.config->metrics.token_file, beside(&k, "t"));
	case_end(&k);
	case_load_line(&k, 6, "  servers: [r:1]\nmetrics: {listen: \"[::1]:1\"}");
	assert_string_equal(k.said, "");
	case_end(&k);
}

static void anchors_stand_for_what_they_name(void **state)
{
	static const char yaml[] = "meter: &m one\ninterval: 1s\njournal: *m\nlinks:\n"
				   "  - {name: a, taps: [{name: t, source: &s \"pcap:x\", direction: ingress}]}\n"
				   "  - {name: b, taps: [{name: u, source: *s, direction: egress}]}\n"
				   "cos: [{name: x, dscp: &d [1, 2]}]\n";
	struct config_case k;

	(void)state;
	case_load(&k, yaml, sizeof(yaml) - 1, NULL, NULL, 0);
	assert_string_equal(k.said, "");
	assert_string_equal(k.config->meter, "one");
	assert_string_equal(k.config->journal, beside(&k, "one"));
	assert_string_equal(k.config->taps[1].device, beside(&k, "x"));
	assert_int_equal(k.config->taps[1].link, 1);
	case_end(&k);
}

/* The same configuration with its lists in another order, CRLF, other sources, descriptions, comments. */
static void says_the_same_in_any_order(void **state)
{
	static const char shuffled[] =
		"# another file\r\nidle: sleep\r\n"
		"cos: [{dscp: [40, 46], name: realtime}]\r\n"
		"classes:\r\n- name: domestic\r\n- {via: qinq, name: europe}\r\n"
		"peerings:\r\n"
		"  - {name: rest, partner: azertelecom, link: aktau-sumgait}\r\n"
		"  - {name: bare, partner: azertelecom, link: aktau-sumgait, vlan: untagged}\r\n"
		"  - {name: qinq-2, partner: azertelecom, link: aktau-sumgait, vlan: '100.2'}\r\n"
		"  - {name: qinq, partner: azertelecom, link: aktau-sumgait, vlan: 100.20}\r\n"
		"  - {name: tt-tb, partner: turkmentelecom, link: temirbaba-bekdash, vlan: 100, mac: "
		"02:00:5E:10:00:0a}\r\n"
		"partners:\r\n  - name: azertelecom\r\n  - {name: turkmentelecom, asn: 64500}\r\n"
		"links:\r\n  - name: aktau-sumgait\r\n  - name: temirbaba-bekdash\r\n"
		"    capacity: 2500M\r\n    taps:\r\n"
		"      - {name: tb-out, source: \"pcap:1\", direction: egress}\r\n"
		"      - {name: tb-cap, source: \"pcap:2\", direction: by-mac}\r\n"
		"      - {name: tb-in,  source: \"pcap:3\", direction: ingress}\r\n"
		"prefixes: prefixes.csv\r\njournal: elsewhere.db\r\ninterval: 10s\r\nmeter: aktau-1\r\n";
	static const char prefixes[] =
		"# more\r\n 2001:db8:0::/32 ,\tdomestic # x\r\n192.0.2.0/24,europe\n192.0.2.0/24,europe";
	static const char canonical[] =
		"transitd-configuration 1\n"
		"meter aktau-1\n"
		"interval 10\n"
		"class domestic -\n"
		"class europe qinq\n"
		"cos realtime 40,46\n"
		"link aktau-sumgait 0\n"
		"link temirbaba-bekdash 2500000000\n"
		"partner azertelecom 0\n"
		"partner turkmentelecom 64500\n"
		"peering bare azertelecom aktau-sumgait untagged any\n"
		"peering qinq azertelecom aktau-sumgait 100.20 any\n"
		"peering qinq-2 azertelecom aktau-sumgait 100.2 any\n"
		"peering rest azertelecom aktau-sumgait any any\n"
		"peering tt-tb turkmentelecom temirbaba-bekdash 100 02:00:5e:10:00:0a\n"
		"tap tb-cap temirbaba-bekdash by-mac\n"
		"tap tb-in temirbaba-bekdash ingress\n"
		"tap tb-out temirbaba-bekdash egress\n"
		/* printf 'c0000200/24,europe\n20010db8000000000000000000000000/32,domestic\n' | sha256sum */
		"prefixes 1 1 9483f17e1fcdd9bf582a6992c52433adaf1039514d6a784dc97b32750aef76f8\n";
	struct config_case a, b;

	(void)state;
	case_load_line(&a, 0, NULL);
	case_load(&b, shuffled, sizeof(shuffled) - 1, prefixes, NULL, 0);
	assert_string_equal(b.said, "");
	assert_string_equal(a.config->canonical, canonical);
	assert_string_equal(b.config->canonical, canonical);
	assert_memory_equal(&a.config->digest, &b.config->digest, sizeof(a.config->digest));
	case_end(&a);
	case_end(&b);
}

/* Each of these changes what a frame counts as, or what a reader must know. */
static void says_something_else_when_it_means_something_else(void **state)
{
	static const struct {
		unsigned line;
		const char *text;
	} other[] = {
		{ 1, "meter: aktau-2" },
		{ 2, "interval: 5s" },
		{ 4, NULL },
		{ 10, "    capacity: 2.6G" },
		{ 12, "      - {name: tb-in, source: \"dpdk:0000:3b:00.0\", direction: egress}" },
		{ 17, "  - {name: turkmentelecom, asn: 64501}" },
		{ 20, "  - {name: tt-tb, partner: turkmentelecom, link: temirbaba-bekdash, vlan: 100}" },
		{ 21, "  - {name: qinq, partner: azertelecom, link: aktau-sumgait, vlan: 20.100}" },
		{ 21, "  - {name: qinq, partner: turkmentelecom, link: aktau-sumgait, vlan: 100.20}" },
		{ 26, "  - {name: europe, via: rest}" },
		{ 29, "  - {name: realtime, dscp: [46]}" },
	};
	struct config_case a;

	(void)state;
	case_load_line(&a, 0, NULL);
	for (size_t i = 0; i < sizeof(other) / sizeof(*other); i++) {
		struct config_case b;

		case_load_line(&b, other[i].line, other[i].text);
		assert_string_equal(b.said, "");
		assert_string_not_equal(a.config->canonical, b.config->canonical);
		assert_memory_not_equal(&a.config->digest, &b.config->digest, sizeof(a.config->digest));
		case_end(&b);
	}
	case_end(&a);
}

static void command_line_replaces_sources(void **state)
{
	static const struct config_override taps[] = { { "tb-in=pcap:here.pcap" }, { "tb-cap=xdp:a=b" } };
	struct config_case k;
	struct text t = { 0 };

	(void)state;
	case_text(&t, 0, NULL);
	case_load(&k, t.data, t.size, config_prefixes, taps, 2);
	assert_string_equal(k.said, "");
	assert_int_equal(k.config->taps[0].kind, TAP_PCAP);
	assert_string_equal(k.config->taps[0].device, "here.pcap"); /* seen from where the user is */
	assert_int_equal(k.config->taps[2].kind, TAP_XDP);
	assert_string_equal(k.config->taps[2].device, "a=b");
	case_end(&k);
	text_free(&t);
}

static void paths_start_at_the_files_folder(void **state)
{
	static const char yaml[] = "meter: m\ninterval: 1s\njournal: 'file::memory:'\nlinks: []\n";
	struct diag d = { .out = stderr };
	const struct config *c;
	struct scratch s;
	char was[256];

	(void)state;
	scratch_open(&s);
	scratch_file(&s, "a.yaml", yaml, sizeof(yaml) - 1);
	assert_non_null(getcwd(was, sizeof(was)));
	assert_int_equal(chdir(s.dir), 0);
	assert_int_equal(config_load("a.yaml", NULL, 0, &d, &c), 0);
	assert_string_equal(c->journal, "./file::memory:");
	assert_int_equal(chdir(was), 0);
	config_free(c);
	scratch_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_settings),
		cmocka_unit_test(reads_places),
		cmocka_unit_test(reads_plans),
		cmocka_unit_test(reads_links_and_taps),
		cmocka_unit_test(reads_partners_and_peerings),
		cmocka_unit_test(reads_classes_cos_and_prefixes),
		cmocka_unit_test(needs_four_keys),
		cmocka_unit_test(takes_what_is_allowed),
		cmocka_unit_test(reads_how_redis_is_reached_and_what_it_keeps),
		cmocka_unit_test(reads_where_metrics_are_served),
		cmocka_unit_test(anchors_stand_for_what_they_name),
		cmocka_unit_test(says_the_same_in_any_order),
		cmocka_unit_test(says_something_else_when_it_means_something_else),
		cmocka_unit_test(command_line_replaces_sources),
		cmocka_unit_test(paths_start_at_the_files_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
