/* SPDX-License-Identifier: BSD-3-Clause */
/* Every mistake in a configuration is one line: file, line, what is wrong, what is allowed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "config_case.h"

#define NAMES	   "allowed: 1 to 32 of a-z, 0-9 and '-', the first not '-'\n"
#define INTERVALS  "allowed: 1s, 2s, 5s, 10s, 15s, 20s, 30s, 60s, 100s, 150s, 300s\n"
#define CAPACITIES "allowed: whole bit/s above 0, with a suffix k, M, G or T, such as 100G or 2.5G\n"
#define SOURCES                                                                                    \
	"allowed: pcap:FILE, dpdk:DEVICE, xdp:INTERFACE or xdp:INTERFACE,mode=observe|consume\n"
#define SERVERS "HOST:PORT, [IPV6]:PORT, unix:/PATH or /PATH, each once, 1 to 64 of them\n"
#define VLANS                                                                                      \
	"allowed: an outer VID such as 100, outer and inner such as 100.20, or untagged; VIDs are "    \
	"1 to 4094\n"
#define MACS  "allowed: six pairs of hexadecimal digits such as \"02:00:5e:10:00:01\"\n"
#define PATHS "allowed: a file's path, absolute or from this file's folder\n"
#define KEYS                                                                                       \
	"allowed: meter, interval, journal, journal_age, contracts, state, prefixes, redis, metrics, links, partners, peerings, classes, "     \
	"cos, failover, planned, workers, redundant, idle, dpdk\n"
#define PLACES "allowed: a name of up to 64 bytes, or NAME @ X,Y with its position on the map, each 0 to 100\n"
#define LINK_MAP "allowed: a map of name, description, capacity, from, to, taps\n"
#define TAP_MAP	 "allowed: a map of name, source, direction\n"
#define SHARES	 "allowed: 0.01% to 100%, with up to two decimals, such as 60%\n"
#define FAILOVER(link, to, share) "failover:\n  - {link: " link ", to: " to ", share: " share "}"
#define PLANNED(rest)		  "planned:\n  - {link: aktau-sumgait, " rest "}"
#define LISTENS	  "is not an address to listen on; allowed: ADDRESS:PORT or [IPV6]:PORT; beyond loopback with a token_file\n"
#define DSCPS_OK  "0 to 63, each once, at least one\n"

/* A line of the whole configuration is replaced; `said` is all that is said, "a.yaml:" left out where
 * it begins a line. */
static const struct {
	unsigned line;
	const char *text, *said;
} mistakes[] = {
	/* keys */
	{ 1, "metre: x\nmeter: y", "1: unknown key \"metre\" in the file; " KEYS },
	{ 1, "meter: x\nmeter: y", "2: key \"meter\" is given twice (first at line 1); once is allowed\n" },
	{ 1, NULL, "1: the file has no meter, which is needed; " NAMES },
	{ 2, NULL, "1: the file has no interval, which is needed; " INTERVALS },
	{ 3, NULL, "1: the file has no journal, which is needed; " PATHS },
	{ 12, "      - {name: tb-in, source: \"pcap:x\", side: ingress}",
		"12: unknown key \"side\" in a tap; allowed: name, source, direction\n"
		"12: a tap has no direction, which is needed; allowed: ingress, egress, by-mac\n" },
	{ 12, "      - {name: tb-in, direction: ingress}",
		"12: a tap has no source, which is needed; " SOURCES },
	{ 12, "      - {source: \"pcap:x\", direction: ingress}", "12: a tap has no name, which is needed; " NAMES },
	{ 17, "  - {name: turkmentelecom, as: 1}",
		"17: unknown key \"as\" in a partner; allowed: name, description, asn\n" },
	{ 18, "  - description: x\n    name: azertelecom\n    name: other",
		"20: key \"name\" is given twice (first at line 19); once is allowed\n" },
	{ 24, "  - {name: rest, partner: azertelecom}",
		"24: a peering has no link, which is needed; allowed: the name of a link\n" },
	{ 24, "  - {name: rest, link: aktau-sumgait}",
		"24: a peering has no partner, which is needed; allowed: the name of a partner\n" },
	{ 29, "  - {name: realtime}", "29: a cos has no dscp, which is needed; allowed: a list: " DSCPS_OK },
	{ 32, "dpdk: {arguments: []}", "32: unknown key \"arguments\" in dpdk; allowed: args, buffers\n" },
	{ 32, "? [a]\n: b", "32: a key is a list or a map; text is allowed\n" },
	{ 32, "<<: {a: b}", "32: unknown key \"<<\" in the file; " KEYS },
	/* plans */
	{ 32, FAILOVER("temirbaba-bekdash", "temirbaba-bekdash", "50%"),
		"33: link \"temirbaba-bekdash\" cannot take over its own load; another link is allowed\n" },
	{ 32, FAILOVER("nowhere", "aktau-sumgait", "0%"),
		"33: unknown link \"nowhere\"; allowed: temirbaba-bekdash, aktau-sumgait\n"
		"33: share \"0%\" is not a share; " SHARES },
	{ 32, FAILOVER("temirbaba-bekdash", "aktau-sumgait", "100.01%"),
		"33: share \"100.01%\" is not a share; " SHARES },
	{ 32, FAILOVER("temirbaba-bekdash", "aktau-sumgait", "33.333%"),
		"33: share \"33.333%\" is not a share; " SHARES },
	{ 32, FAILOVER("temirbaba-bekdash", "aktau-sumgait", "60") ,
		"33: share \"60\" is not a share; " SHARES },
	{ 32, FAILOVER("temirbaba-bekdash", "aktau-sumgait", "60%")
		"\n  - {link: temirbaba-bekdash, to: aktau-sumgait, share: 40%}",
		"34: link \"aktau-sumgait\" takes over the same load of link \"temirbaba-bekdash\" twice; one share "
		"for each link, to and class is allowed\n" },
	{ 15, "  - name: aktau-sumgait\n  - name: third\n" FAILOVER("temirbaba-bekdash", "aktau-sumgait", "60%")
		"\n  - {link: temirbaba-bekdash, to: third, share: 40.01%}",
		"19: the shares of link \"temirbaba-bekdash\" add up to 100.01 %; up to 100 % is allowed\n" },
	{ 15, "  - name: aktau-sumgait\n  - name: third\n" FAILOVER("temirbaba-bekdash", "aktau-sumgait",
		"100%, class: europe")
		"\n  - {link: temirbaba-bekdash, to: third, share: 1%, class: europe}",
		"19: the shares of link \"temirbaba-bekdash\" and class europe add up to 101.00 %; up to 100 % is "
		"allowed\n" },
	{ 32, PLANNED("date: 2027-02-29, add: 40G"),
		"33: date \"2027-02-29\" is not a date; allowed: a day such as 2027-04-01\n" },
	{ 32, PLANNED("date: 2027-04-01"),
		"33: a planned change has none of add, remove and capacity; exactly one is allowed\n" },
	{ 32, PLANNED("date: 2027-04-01, add: 1G, remove: 1G"),
		"33: a planned change has several of add, remove and capacity; exactly one is allowed\n" },
	{ 32, PLANNED("date: 2027-04-01, capacity: 1G, direction: egress"),
		"33: a planned capacity has a direction; a capacity is that of both, so none is allowed\n" },
	{ 32, PLANNED("date: 2027-04-01, add: 1G, direction: by-mac"),
		"33: direction \"by-mac\" is not a direction; allowed: ingress, egress, both\n" },
	/* kinds */
	{ 1, "meter: [a]", "1: meter is a list; " NAMES },
	{ 1, "meter: {a: b}", "1: meter is a map; " NAMES },
	{ 1, "meter:", "1: meter has no value; " NAMES },
	{ 1, "meter: ~", "1: meter has no value; " NAMES },
	{ 5, "redis: 127.0.0.1:1\nx:", "6: unknown key \"x\" in the file; " KEYS
				       "5: redis is a text; allowed: a map of servers, user, password_file, tls, "
				       "stream_max, stream_age, usage_age\n" },
	{ 6, "  servers: 127.0.0.1:6379", "6: servers is a text; allowed: a list: " SERVERS },
	{ 6, "  servers: [{a: b}]", "6: servers is a map; allowed: " SERVERS },
	{ 6, "  servers:\n    -", "7: servers has no value; allowed: " SERVERS },
	{ 14, "      - tb-cap", "14: a tap is a text; " TAP_MAP },
	{ 14, "      - [tb-cap]", "14: a tap is a list; " TAP_MAP },
	{ 15, "  - name: aktau-sumgait\n  -", "16: a link has no value; " LINK_MAP },
	{ 18, "  - azertelecom",
		"18: a partner is a text; allowed: a map of name, description, asn\n"
		"21: unknown partner \"azertelecom\"; allowed: turkmentelecom\n"
		"22: unknown partner \"azertelecom\"; allowed: turkmentelecom\n"
		"23: unknown partner \"azertelecom\"; allowed: turkmentelecom\n"
		"24: unknown partner \"azertelecom\"; allowed: turkmentelecom\n" },
	{ 24, "  - {name: rest, partner: [azertelecom], link: aktau-sumgait}",
		"24: partner is a list; allowed: the name of a partner\n" },
	{ 29, "  - {name: realtime, dscp: 46}", "29: dscp is a text; allowed: a list: " DSCPS_OK },
	{ 28, "cos: {name: a}\nx:", "29: unknown key \"x\" in the file; " KEYS
				   "28: cos is a map; allowed: a list of maps of name, dscp\n" },
	{ 32, "dpdk: [--no-huge]", "32: dpdk is a list; allowed: a map of args, buffers\n" },
	/* names */
	{ 1, "meter: Aktau", "1: meter \"Aktau\" is not a name; " NAMES },
	{ 1, "meter: -a", "1: meter \"-a\" is not a name; " NAMES },
	{ 1, "meter: a_b", "1: meter \"a_b\" is not a name; " NAMES },
	{ 1, "meter: ''", "1: meter \"\" is not a name; " NAMES },
	{ 1, "meter: a23456789012345678901234567890123",
		"1: meter \"a23456789012345678901234567890123\" is not a name; " NAMES },
	{ 1, "meter: \"a\\tb\\e\"", "1: meter \"a\\x09b\\x1b\" holds control characters, so it is not a name; " NAMES },
	{ 1, "meter: \"a\\0b\"", "1: a text holds \"\\0\"; other characters are allowed\n"
				 "1: meter \"\" is not a name; " NAMES },
	{ 15, "  - name: temirbaba-bekdash\n  - name: aktau-sumgait",
		"15: link \"temirbaba-bekdash\" is given twice (first at line 8); a name may be used once in "
		"its list\n" },
	{ 15, "  - name: aktau-sumgait\n    taps:\n      - source: \"pcap:x\"\n        direction: ingress\n"
	      "        name: tb-in",
		"19: tap \"tb-in\" is given twice (first at line 12); a name may be used once in its list\n" },
	{ 18, "  - name: azertelecom\n  - name: azertelecom",
		"19: partner \"azertelecom\" is given twice (first at line 18); a name may be used once in its "
		"list\n" },
	{ 24, "  - {name: tt-tb, partner: azertelecom, link: aktau-sumgait}",
		"24: peering \"tt-tb\" is given twice (first at line 20); a name may be used once in its list\n" },
	{ 29, "  - {name: a, dscp: [1]}\n  - {name: a, dscp: [2]}",
		"30: cos \"a\" is given twice (first at line 29); a name may be used once in its list\n" },
	{ 29, "  - {name: default, dscp: [46]}",
		"29: cos \"default\" is a reserved name; another name is allowed\n" },
	/* references */
	{ 20, "  - {name: tt-tb, partner: tt, link: bekdash, vlan: 100}",
		"20: unknown partner \"tt\"; allowed: turkmentelecom, azertelecom\n"
		"20: unknown link \"bekdash\"; allowed: temirbaba-bekdash, aktau-sumgait\n" },
	{ 26, "  - {name: europe, via: azertelecom}",
		"26: unknown peering \"azertelecom\"; allowed: tt-tb, qinq, qinq-2, bare, rest\n" },
	/* values */
	{ 2, "interval: 7s", "2: interval \"7s\" is not an interval; " INTERVALS },
	{ 2, "interval: 10", "2: interval \"10\" is not an interval; " INTERVALS },
	{ 2, "interval: 5m", "2: interval \"5m\" is not an interval; " INTERVALS },
	{ 2, "interval: 010s", "2: interval \"010s\" is not an interval; " INTERVALS },
	{ 2, "interval: 0s", "2: interval \"0s\" is not an interval; " INTERVALS },
	{ 2, "interval: 600s", "2: interval \"600s\" is not an interval; " INTERVALS },
	{ 2, "interval: s", "2: interval \"s\" is not an interval; " INTERVALS },
	{ 3, "journal: ''", "3: journal \"\" is not a path; " PATHS },
	{ 6, "  servers: [r:1]\n  user: meter", "6: redis has a user and no password_file; both, or "
		"password_file alone, is allowed\n" },
	{ 6, "  servers: [r:1]\n  tls: {key: k.pem}", "7: tls has a key alone; certificate and key "
		"together, or neither, is allowed\n" },
	{ 6, "  servers: [r:1]\n  tls: yes", "7: tls is a text; allowed: a map of ca, certificate, key, name\n" },
	{ 6, "  servers: [r:1]\n  usage_age: 90", "7: usage_age \"90\" is not an age; allowed: whole hours or "
		"days such as 36h or 400d, up to 36500d\n" },
	{ 6, "  servers: [r:1]\n  stream_max: 0", "7: stream_max \"0\" is not a count; allowed: 1 to 1000000000\n" },
	{ 6, "  servers: [r:1]\n  password_file: \"credential:\"", "7: password_file \"credential:\" is not "
		"a password file; allowed: a file's path, absolute or from this file's folder, or "
		"credential:NAME (systemd)\n" },
	{ 6, "  servers: [r:1]\nmetrics: {listen: \"192.0.2.1:9469\"}", "7: metrics listens on 192.0.2.1:9469, "
		"which is beyond loopback; that is allowed with a token_file\n" },
	{ 6, "  servers: [r:1]\nmetrics: {listen: \"[::]:9469\"}", "7: metrics listens on [::]:9469, "
		"which is beyond loopback; that is allowed with a token_file\n" },
	{ 6, "  servers: [r:1]\nmetrics: {listen: \"localhost:9469\"}", "7: listen \"localhost:9469\" " LISTENS },
	{ 6, "  servers: [r:1]\nmetrics: {listen: 127.0.0.1}", "7: listen \"127.0.0.1\" " LISTENS },
	{ 6, "  servers: [r:1]\nmetrics: {listen: \"127.0.0.1:0\"}", "7: listen \"127.0.0.1:0\" " LISTENS },
	{ 6, "  servers: [r:1]\nmetrics: {listen: /run/s}", "7: listen \"/run/s\" " LISTENS },
	{ 3, "journal: \"a\\nb\"",
		"3: journal \"a\\x0ab\" holds control characters, so it is not a path; " PATHS },
	{ 9, "    description: \"\\x9b2J\"",
		"9: description \"\\xc2\\x9b2J\" holds control characters, so it is not a text; allowed: up to "
		"1024 bytes\n" },
	{ 9, "    from: Aktau @ 30", "9: from \"Aktau @ 30\" is not a place; " PLACES },
	{ 9, "    to: Sumgait @ 101,5", "9: to \"Sumgait @ 101,5\" is not a place; " PLACES },
	{ 9, "    to: \" @ 1,5\"", "9: to \" @ 1,5\" is not a place; " PLACES },
	{ 6, "  servers: []", "6: servers is empty; allowed: " SERVERS },
	{ 6, "  servers: [127.0.0.1]", "6: servers \"127.0.0.1\" is not a server; allowed: " SERVERS },
	{ 6, "  servers: [a:0]", "6: servers \"a:0\" is not a server; allowed: " SERVERS },
	{ 6, "  servers: [a:65536]", "6: servers \"a:65536\" is not a server; allowed: " SERVERS },
	{ 6, "  servers: [\":6379\"]", "6: servers \":6379\" is not a server; allowed: " SERVERS },
	{ 6, "  servers: [\"::1:6379\"]", "6: servers \"::1:6379\" is not a server; allowed: " SERVERS },
	{ 6, "  servers: [\"[::g]:1\"]", "6: servers \"[::g]:1\" is not a server; allowed: " SERVERS },
	{ 6, "  servers: [256.0.0.1:1]", "6: servers \"256.0.0.1:1\" is not a server; allowed: " SERVERS },
	{ 6, "  servers: [redis://a:1]", "6: servers \"redis://a:1\" is not a server; allowed: " SERVERS },
	{ 6, "  servers: [unix:r.sock]", "6: servers \"unix:r.sock\" is not a server; allowed: " SERVERS },
	{ 6, "  servers: [unix:r:1]", "6: servers \"unix:r:1\" is not a server; allowed: " SERVERS },
	{ 6, "  servers: [a:1, a:2, a:1]", "6: servers \"a:1\" repeats a server; allowed: " SERVERS },
	{ 10, "    capacity: 0", "10: capacity \"0\" is not a capacity; " CAPACITIES },
	{ 10, "    capacity: -1G", "10: capacity \"-1G\" is not a capacity; " CAPACITIES },
	{ 10, "    capacity: 100g", "10: capacity \"100g\" is not a capacity; " CAPACITIES },
	{ 10, "    capacity: 100 G", "10: capacity \"100 G\" is not a capacity; " CAPACITIES },
	{ 10, "    capacity: 1e9", "10: capacity \"1e9\" is not a capacity; " CAPACITIES },
	{ 10, "    capacity: 1.5", "10: capacity \"1.5\" is not a capacity; " CAPACITIES },
	{ 10, "    capacity: 1.0005k", "10: capacity \"1.0005k\" is not a capacity; " CAPACITIES },
	{ 10, "    capacity: 1.G", "10: capacity \"1.G\" is not a capacity; " CAPACITIES },
	{ 10, "    capacity: .5G", "10: capacity \".5G\" is not a capacity; " CAPACITIES },
	{ 10, "    capacity: G", "10: capacity \"G\" is not a capacity; " CAPACITIES },
	{ 10, "    capacity: 9223372036854775808", "10: capacity \"9223372036854775808\" is not a capacity; " CAPACITIES },
	{ 10, "    capacity: 9223373T", "10: capacity \"9223373T\" is not a capacity; " CAPACITIES },
	{ 10, "    capacity: 100Gb", "10: capacity \"100Gb\" is not a capacity; " CAPACITIES },
	{ 12, "      - {name: tb-in, source: eth0, direction: ingress}",
		"12: source \"eth0\" is not a source; " SOURCES },
	{ 12, "      - {name: tb-in, source: \"pcap:\", direction: ingress}",
		"12: source \"pcap:\" is not a source; " SOURCES },
	{ 12, "      - {name: tb-in, source: \"file:x\", direction: ingress}",
		"12: source \"file:x\" is not a source; " SOURCES },
	{ 12, "      - {name: tb-in, source: \"xdp:an-interface-too-long\", direction: ingress}",
		"12: source \"xdp:an-interface-too-long\" is not a source; " SOURCES },
	{ 12, "      - {name: tb-in, source: \"xdp:a/b\", direction: ingress}",
		"12: source \"xdp:a/b\" is not a source; " SOURCES },
	{ 12, "      - {name: tb-in, source: \"xdp:eth0,mode=x\", direction: ingress}",
		"12: source \"xdp:eth0,mode=x\" is not a source; " SOURCES },
	{ 12, "      - {name: tb-in, source: \"pcap:x\", direction: in}",
		"12: direction \"in\" is not a direction; allowed: ingress, egress, by-mac\n" },
	{ 17, "  - {name: turkmentelecom, asn: 0}",
		"17: asn \"0\" is not an AS number; allowed: 1 to 4294967295\n" },
	{ 17, "  - {name: turkmentelecom, asn: 4294967296}",
		"17: asn \"4294967296\" is not an AS number; allowed: 1 to 4294967295\n" },
	{ 17, "  - {name: turkmentelecom, asn: AS64500}",
		"17: asn \"AS64500\" is not an AS number; allowed: 1 to 4294967295\n" },
	{ 24, "  - {name: rest, partner: azertelecom, link: aktau-sumgait, vlan: 0}",
		"24: vlan \"0\" is not a VLAN; " VLANS },
	{ 24, "  - {name: rest, partner: azertelecom, link: aktau-sumgait, vlan: 4095}",
		"24: vlan \"4095\" is not a VLAN; " VLANS },
	{ 24, "  - {name: rest, partner: azertelecom, link: aktau-sumgait, vlan: 0100}",
		"24: vlan \"0100\" is not a VLAN; " VLANS },
	{ 24, "  - {name: rest, partner: azertelecom, link: aktau-sumgait, vlan: 0x64}",
		"24: vlan \"0x64\" is not a VLAN; " VLANS },
	{ 24, "  - {name: rest, partner: azertelecom, link: aktau-sumgait, vlan: 100.0}",
		"24: vlan \"100.0\" is not a VLAN; " VLANS },
	{ 24, "  - {name: rest, partner: azertelecom, link: aktau-sumgait, vlan: 100.4095}",
		"24: vlan \"100.4095\" is not a VLAN; " VLANS },
	{ 24, "  - {name: rest, partner: azertelecom, link: aktau-sumgait, vlan: 100.}",
		"24: vlan \"100.\" is not a VLAN; " VLANS },
	{ 24, "  - {name: rest, partner: azertelecom, link: aktau-sumgait, vlan: .20}",
		"24: vlan \".20\" is not a VLAN; " VLANS },
	{ 24, "  - {name: rest, partner: azertelecom, link: aktau-sumgait, vlan: 1.2.3}",
		"24: vlan \"1.2.3\" is not a VLAN; " VLANS },
	{ 24, "  - {name: rest, partner: azertelecom, link: aktau-sumgait, vlan: any}",
		"24: vlan \"any\" is not a VLAN; " VLANS },
	{ 24, "  - {name: rest, partner: azertelecom, link: aktau-sumgait, vlan: ''}",
		"24: vlan \"\" is not a VLAN; " VLANS },
	{ 24, "  - {name: rest, partner: azertelecom, link: aktau-sumgait, vlan: untagged2}",
		"24: vlan \"untagged2\" is not a VLAN; " VLANS },
	{ 24, "  - {name: rest, partner: azertelecom, link: aktau-sumgait, mac: 02:00:5e:10:00}",
		"24: mac \"02:00:5e:10:00\" is not a MAC; " MACS },
	{ 24, "  - {name: rest, partner: azertelecom, link: aktau-sumgait, mac: 02-00-5e-10-00-01}",
		"24: mac \"02-00-5e-10-00-01\" is not a MAC; " MACS },
	{ 24, "  - {name: rest, partner: azertelecom, link: aktau-sumgait, mac: 02:00:5e:10:00:0g}",
		"24: mac \"02:00:5e:10:00:0g\" is not a MAC; " MACS },
	{ 29, "  - {name: realtime, dscp: [64]}", "29: dscp \"64\" is not a DSCP; allowed: " DSCPS_OK },
	{ 29, "  - {name: realtime, dscp: [-1]}", "29: dscp \"-1\" is not a DSCP; allowed: " DSCPS_OK },
	{ 29, "  - {name: realtime, dscp: [ef]}", "29: dscp \"ef\" is not a DSCP; allowed: " DSCPS_OK },
	{ 29, "  - {name: realtime, dscp: []}", "29: dscp is empty; allowed: " DSCPS_OK },
	{ 29, "  - {name: realtime, dscp: [46, 46]}", "29: dscp \"46\" repeats a DSCP; allowed: " DSCPS_OK },
	{ 30, "workers: [1024]",
		"30: workers \"1024\" is not a CPU; allowed: 0 to 1023, each once, up to 64 of them\n" },
	{ 30, "workers: [1, 1]",
		"30: workers \"1\" repeats a CPU; allowed: 0 to 1023, each once, up to 64 of them\n" },
	{ 31, "idle: nap", "31: idle \"nap\" is not an idle mode; allowed: sleep, poll\n" },
	{ 32, "dpdk: {buffers: 2047}",
		"32: buffers \"2047\" is not a number of buffers; allowed: 2048 to 1048576\n" },
	{ 32, "dpdk: {args: ['']}",
		"32: args \"\" is not an EAL argument; allowed: texts of 1 to 1024 bytes, up to 64 of them\n" },
	/* between two elements */
	{ 29, "  - {name: a, dscp: [1, 2]}\n  - name: b\n    dscp:\n    - 3\n    - 2",
		"33: dscp 2 belongs to another cos already (line 29); one cos for a DSCP is allowed\n" },
#define SAME                                                                                       \
	"peerings of one link that differ in vlan or mac are allowed\n"
	{ 24, "  - {name: two, partner: turkmentelecom, link: aktau-sumgait, vlan: 100.20}",
		"24: peering \"two\" matches the same frames as peering \"qinq\" at line 21; " SAME },
	{ 24, "  - {name: two, partner: turkmentelecom, link: aktau-sumgait, vlan: untagged}",
		"24: peering \"two\" matches the same frames as peering \"bare\" at line 23; " SAME },
	{ 24, "  - {name: two, partner: azertelecom, link: aktau-sumgait}\n"
	      "  - {name: rest, partner: azertelecom, link: aktau-sumgait}",
		"25: peering \"rest\" matches the same frames as peering \"two\" at line 24; " SAME },
	{ 24, "  - {name: two, partner: azertelecom, link: temirbaba-bekdash, vlan: 100, mac: "
	      "02:00:5E:10:00:0a}",
		"24: peering \"two\" matches the same frames as peering \"tt-tb\" at line 20; " SAME },
	{ 24, "  - {name: two, partner: azertelecom, link: aktau-sumgait, mac: 02:00:5e:10:00:01}\n"
	      "  - {name: rest, partner: azertelecom, link: aktau-sumgait, mac: 02:00:5e:10:00:01}",
		"25: peering \"rest\" matches the same frames as peering \"two\" at line 24; " SAME },
	/* YAML */
	{ 32, "dpdk: *nowhere",
		"32: alias \"nowhere\"; the name of a finished anchor above it is allowed\n"
		"32: dpdk is a text; allowed: a map of args, buffers\n" },
	{ 32, "dpdk: &d {args: *d}", "32: alias \"d\"; the name of a finished anchor above it is allowed\n"
				     "32: args is a text; allowed: a list: texts of 1 to 1024 bytes, up to "
				     "64 of them\n" },
	{ 32, "idle: !include x", "32: tag \"include\" is unknown; !!str, !!seq and !!map are allowed\n"
				  "32: key \"idle\" is given twice (first at line 31); once is allowed\n" },
	{ 32, "---\nmeter: second", "32: a second document begins; one is allowed\n" },
	{ 32, "dpdk: \"\xff\"",
		"32: not YAML: byte 0xff; UTF-8 without control characters is allowed\n" },
};

/* Puts "a.yaml:" before each line of `said`. */
static void whole_lines(struct text *out, const char *said)
{
	text_str(out, "");
	for (const char *end; *said; said = end + 1) {
		end = strchr(said, '\n');
		text_str(out, "a.yaml:");
		text_add(out, said, (size_t)(end - said) + 1);
	}
}

static void one_line_for_each(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(mistakes) / sizeof(*mistakes); i++) {
		struct text want = { 0 };
		struct config_case k;

		whole_lines(&want, mistakes[i].said);
		case_load_line(&k, mistakes[i].line, mistakes[i].text);
		assert_string_equal(k.said, want.data);
		case_end(&k);
		text_free(&want);
	}
}

static void said_of(const char *yaml, size_t size, const char *said)
{
	struct config_case k;

	case_load(&k, yaml, size, NULL, NULL, 0);
	assert_string_equal(k.said, said);
	case_end(&k);
}
#define SAID_OF(yaml, said) said_of(yaml, sizeof(yaml) - 1, said)

static void files_that_are_no_configuration(void **state)
{
	(void)state;
	SAID_OF("", "a.yaml:1: the file is empty; a YAML document is needed\n");
	SAID_OF("# nothing\n\n", "a.yaml:1: the file is empty; a YAML document is needed\n");
	SAID_OF("---\n...\n", "a.yaml:1: the file is empty; a YAML document is needed\n");
	SAID_OF("hello\n", "a.yaml:1: the file is a text; a map of keys such as meter is allowed\n");
	SAID_OF("\n- a\n", "a.yaml:2: the file is a list; a map of keys such as meter is allowed\n");
	SAID_OF("meter: a\n\n\0", "a.yaml:3: not YAML: byte 0x00; UTF-8 without control characters is allowed\n");
	SAID_OF("\x7f" "ELF", "a.yaml:1: not YAML: byte 0x7f; UTF-8 without control characters is allowed\n");
	SAID_OF("\xff\xfem\0e\0", "a.yaml:1: not YAML: byte 0xff; UTF-8 without control characters is allowed\n");
	SAID_OF("a: \xed\xa0\x80", "a.yaml:1: not YAML: byte 0xed; UTF-8 without control characters is allowed\n");
	SAID_OF("a: \xe2\x82", "a.yaml:1: not YAML: byte 0xe2; UTF-8 without control characters is allowed\n");
}

/* The reason is the YAML library's and changes with it; the line and the rest are ours. */
static void files_that_are_not_yaml(void **state)
{
	static const struct {
		const char *yaml, *begin;
	} bad[] = {
		{ "meter: a\n  interval: b\n", "a.yaml:1: not YAML: " },
		{ "meter: a\ninterval: [a\n", "a.yaml:3: not YAML: " },
		{ "meter: a\njournal: \"x\n", "a.yaml:2: not YAML: " },
		{ "meter: a\n\n- b\n", "a.yaml:3: not YAML: " },
		{ "a: b: c\n", "a.yaml:1: not YAML: " },
		{ "{a: b}}\n", "a.yaml:1: not YAML: " },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct config_case k;

		case_load(&k, bad[i].yaml, strlen(bad[i].yaml), NULL, NULL, 0);
		k.said[strlen(bad[i].begin) < strlen(k.said) ? strlen(bad[i].begin) : 0] = 0;
		assert_string_equal(k.said, bad[i].begin);
		assert_int_equal(k.mistakes, 1);
		case_end(&k);
	}
}

static void files_that_cannot_be_read(void **state)
{
	char *said;
	size_t size;
	struct diag d = { .out = open_memstream(&said, &size) };
	const struct config *c = NULL;

	(void)state;
	assert_int_equal(config_load("/nowhere/a.yaml", NULL, 0, &d, &c), -EINVAL);
	assert_int_equal(config_load("/tmp", NULL, 0, &d, &c), -EINVAL);
	fclose(d.out);
	assert_int_equal(d.count, 2);
	assert_null(c);
	assert_string_equal(said,
		"/nowhere/a.yaml: cannot be read: No such file or directory; a readable file is needed\n"
		"/tmp: cannot be read: Is a directory; a readable file is needed\n");
	free(said);
}

static void a_missing_prefix_file_is_told_at_its_key(void **state)
{
	struct config_case k;
	struct text t = { 0 };

	(void)state;
	case_text(&t, 0, NULL);
	case_load(&k, t.data, t.size, NULL, NULL, 0);
	assert_string_equal(k.said, "a.yaml:4: prefixes \"prefixes.csv\" cannot be read: No such file or "
				    "directory; a readable file is needed\n");
	case_end(&k);
	text_free(&t);
}

static void mistakes_of_both_files_are_told_together(void **state)
{
	struct config_case k;
	struct text t = { 0 };

	(void)state;
	case_text(&t, 2, "interval: 1h");
	case_load(&k, t.data, t.size, "\n192.0.2.1/24,europe\n", NULL, 0);
	assert_string_equal(k.said, "a.yaml:2: interval \"1h\" is not an interval; " INTERVALS
				    "prefixes.csv:2: \"192.0.2.1/24\" has host bits set; zeros after the "
				    "prefix length are allowed\n");
	case_end(&k);
	text_free(&t);
}

/* A class with a bad name would be told again for each of its prefixes. */
static void bad_classes_keep_the_prefix_file_shut(void **state)
{
	struct config_case k;

	(void)state;
	case_load_line(&k, 27, "  - name: unrouted\n  - name: non-ip\n  - name: Domestic");
	assert_string_equal(k.said,
		"a.yaml:27: class \"unrouted\" is a reserved name; another name is allowed\n"
		"a.yaml:28: class \"non-ip\" is a reserved name; another name is allowed\n"
		"a.yaml:29: name \"Domestic\" is not a name; " NAMES);
	case_end(&k);
}

static void command_line_sources_are_checked(void **state)
{
	static const struct config_override taps[] = { { "tb-in=pcap:a" }, { "nope=pcap:a" },
		{ "tb-in=pcap:b" }, { "tb-out=eth0" }, { "tb-out" }, { "" } };
	struct config_case k;
	struct text t = { 0 };

	(void)state;
	case_text(&t, 0, NULL);
	case_load(&k, t.data, t.size, config_prefixes, taps, 6);
	assert_string_equal(k.said,
		"--tap nope=pcap:a: unknown tap; allowed: tb-in, tb-out, tb-cap\n"
		"--tap tb-in=pcap:b: this tap's source is given twice; allowed: once\n"
		"--tap tb-out=eth0: not a source; " SOURCES
		"--tap tb-out: no \"=\"; allowed: NAME=SOURCE\n"
		"--tap : no \"=\"; allowed: NAME=SOURCE\n");
	case_end(&k);
	text_free(&t);
}

static void repeat(struct text *t, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		text_str(t, s);
}

static void said_of_text(struct text *t, const char *said)
{
	said_of(t->data, t->size, said);
	text_free(t);
}

/* What is made to exhaust a reader is refused, and quickly. */
static void hostile_files_are_refused(void **state)
{
	struct text t = { 0 };

	(void)state;
	repeat(&t, "[", 100000);
	said_of_text(&t, "a.yaml:1: nested too deeply; 32 levels are allowed\n");
	repeat(&t, "- ", 100000);
	said_of_text(&t, "a.yaml:1: nested too deeply; 32 levels are allowed\n");
	repeat(&t, "{a: ", 100000);
	said_of_text(&t, "a.yaml:1: nested too deeply; 32 levels are allowed\n");
	text_str(&t, "a: [");
	repeat(&t, "1,\n ", 300000);
	said_of_text(&t, "a.yaml:249998: too many values; at most 250000 are allowed\n");
	for (unsigned i = 0; i < 300; i++)
		text_printf(&t, "k%u: v\n", i);
	said_of_text(&t, "a.yaml:257: too many keys in one map; at most 256 are allowed\n");
	for (unsigned i = 0; i < 300; i++)
		text_printf(&t, "- &a%u v\n", i);
	said_of_text(&t, "a.yaml:257: too many anchors; at most 256 are allowed\n");
	repeat(&t, "# comment\n", 500000);
	said_of_text(&t, "a.yaml: the file is too big; 2097152 bytes are allowed\n");
	text_str(&t, "meter: m\njournal: |\n");
	repeat(&t, "\n", 2000000);
	said_of_text(&t, "a.yaml:2: too much space in one place; at most 256 spaces and line ends in a row are "
			 "allowed\n");
	text_str(&t, "# x\n%");
	repeat(&t, "%20", 600000);
	said_of_text(&t, "a.yaml:2: a directive is too long; 256 bytes are allowed\n");
}

static void a_billion_laughs_stay_small(void **state)
{
	struct text t = { 0 };
	struct config_case k;

	(void)state;
	text_str(&t, "a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol, lol]\n");
	for (unsigned i = 1; i < 30; i++) {
		text_printf(&t, "a%u: &a%u [", i, i);
		for (unsigned n = 0; n < 10; n++)
			text_printf(&t, "*a%u,", i - 1);
		text_str(&t, "]\n");
	}
	text_str(&t, "meter: m\ninterval: 1s\njournal: j\nlinks: *a29\npartners: *a29\n");
	case_load(&k, t.data, t.size, NULL, NULL, 0);
	assert_int_equal(k.mistakes, 30 + 10 + 10);
	case_end(&k);
	text_free(&t);
}

/* One list of taps in many links: what is told is bounded, and so is what is built. */
static void shared_lists_are_bounded(void **state)
{
	struct text t = { 0 };
	struct config_case k;

	(void)state;
	text_str(&t, "meter: m\ninterval: 1s\njournal: j\nlinks:\n- name: l\n  taps: &t\n");
	for (unsigned i = 0; i < 1000; i++)
		text_printf(&t, "  - {name: t%u, source: \"pcap:x\", direction: ingress}\n", i);
	for (unsigned i = 0; i < 2000; i++)
		text_printf(&t, "- {name: l%u, taps: *t}\n", i);
	case_load(&k, t.data, t.size, NULL, NULL, 0);
	assert_non_null(strstr(k.said, "tap \"t0\" is given twice (first at line 7)"));
	assert_non_null(strstr(k.said, "more mistakes\n"));
	assert_in_range(k.mistakes, 1000, 5000);
	case_end(&k);
	text_free(&t);
}

static void a_huge_value_is_cut_in_the_message(void **state)
{
	struct text t = { 0 };

	(void)state;
	text_str(&t, "interval: 1s\njournal: j\nlinks: []\nmeter: ");
	repeat(&t, "x", 1000000);
	said_of_text(&t,
		"a.yaml:4: meter \"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...\" is not a "
		"name; " NAMES);
}

static void too_many_elements_are_refused(void **state)
{
	struct text t = { 0 };

	(void)state;
	text_str(&t, "meter: m\ninterval: 1s\njournal: j\nlinks:\n");
	for (unsigned i = 0; i < 1030; i++)
		text_printf(&t, "- name: l%u\n", i);
	said_of_text(&t, "a.yaml:1029: too many links; allowed: 1024\n");
}

/* A mistake in one element does not hide those after it, nor invent others. */
static void reading_goes_on(void **state)
{
	static const char yaml[] = "meter: M\ninterval: 3s\njournal: j\n"
				   "links:\n- {name: l, capacity: x}\n- {name: k}\n"
				   "partners:\n- {name: p, asn: x}\n"
				   "peerings:\n- {name: q, partner: p, link: l, vlan: x}\n"
				   "- {name: r, partner: p, link: l}\n"
				   "- {name: s, partner: p, link: k}\n"
				   "classes:\n- {name: c, via: q}\n- {name: d, via: x}\n";

	(void)state;
	SAID_OF(yaml, "a.yaml:1: meter \"M\" is not a name; " NAMES
		      "a.yaml:2: interval \"3s\" is not an interval; " INTERVALS
		      "a.yaml:5: capacity \"x\" is not a capacity; " CAPACITIES
		      "a.yaml:8: asn \"x\" is not an AS number; allowed: 1 to 4294967295\n"
		      "a.yaml:10: vlan \"x\" is not a VLAN; " VLANS
		      "a.yaml:15: unknown peering \"x\"; allowed: q, r, s\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_line_for_each),
		cmocka_unit_test(files_that_are_no_configuration),
		cmocka_unit_test(files_that_are_not_yaml),
		cmocka_unit_test(files_that_cannot_be_read),
		cmocka_unit_test(a_missing_prefix_file_is_told_at_its_key),
		cmocka_unit_test(mistakes_of_both_files_are_told_together),
		cmocka_unit_test(bad_classes_keep_the_prefix_file_shut),
		cmocka_unit_test(command_line_sources_are_checked),
		cmocka_unit_test(hostile_files_are_refused),
		cmocka_unit_test(a_billion_laughs_stay_small),
		cmocka_unit_test(shared_lists_are_bounded),
		cmocka_unit_test(a_huge_value_is_cut_in_the_message),
		cmocka_unit_test(too_many_elements_are_refused),
		cmocka_unit_test(reading_goes_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
