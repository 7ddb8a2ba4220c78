/* SPDX-License-Identifier: BSD-3-Clause */
/* A configuration with every key, and loading it with lines replaced. Needs <cmocka.h>'s headers. */
#ifndef SUPPORT_CONFIG_CASE_H
#define SUPPORT_CONFIG_CASE_H

#include <errno.h>

#include "config.h"
#include "scratch.h"
#include "text.h"

#define CONFIG_LINES 32

/* Element i is line i + 1. */
static const char *const config_line[CONFIG_LINES] = {
	"meter: aktau-1",
	"interval: 10s # a comment",
	"journal: aktau-1.db",
	"prefixes: prefixes.csv",
	"redis:",
	"  servers: [127.0.0.1:6379, \"[::1]:7000\", unix:/run/r.sock, /run/s.sock, redis-1:1]",
	"links:",
	"  - name: temirbaba-bekdash",
	"    description: Kazakhstan-Turkmenistan terrestrial fibre",
	"    capacity: 2.5G",
	"    taps:",
	"      - {name: tb-in,  source: \"dpdk:0000:3b:00.0\", direction: ingress}",
	"      - {name: tb-out, source: \"xdp:eth1\",          direction: egress}",
	"      - {name: tb-cap, source: \"pcap:tb.pcapng\",    direction: by-mac}",
	"  - name: aktau-sumgait",
	"partners:",
	"  - {name: turkmentelecom, description: TurkmenTelecom, asn: 64500}",
	"  - name: azertelecom",
	"peerings:",
	"  - {name: tt-tb, partner: turkmentelecom, link: temirbaba-bekdash, vlan: 100, mac: 02:00:5e:10:00:0A}",
	"  - {name: qinq, partner: azertelecom, link: aktau-sumgait, vlan: 100.20}",
	"  - {name: qinq-2, partner: azertelecom, link: aktau-sumgait, vlan: 100.2}",
	"  - {name: bare, partner: azertelecom, link: aktau-sumgait, vlan: untagged}",
	"  - {name: rest, partner: azertelecom, link: aktau-sumgait}",
	"classes:",
	"  - {name: europe, via: qinq}",
	"  - name: domestic",
	"cos:",
	"  - {name: realtime, dscp: [46, 40]}",
	"workers: [2, 3]",
	"idle: poll",
	"dpdk: {args: [--no-huge, -m, \"512\"], buffers: 4096}",
};

static const char config_prefixes[] = "192.0.2.0/24,europe\n2001:db8::/32,domestic\n";

struct config_case {
	struct scratch scratch;
	const struct config *config; /* NULL when it was refused */
	char *said;		     /* the mistakes; paths in them without the scratch folder */
	unsigned mistakes;
};

static inline void leave_out(char *said, const char *dir)
{
	size_t size = strlen(dir) + 1;

	for (char *at = said; (at = strstr(at, dir));)
		memmove(at, at + size, strlen(at + size) + 1);
}

/* `yaml` becomes a.yaml, `prefixes` (NULL: no such file) prefixes.csv beside it. */
static inline void case_load(struct config_case *c, const char *yaml, size_t size, const char *prefixes,
	const struct config_override *taps, size_t n_taps)
{
	size_t said_size;
	struct diag d = { .out = open_memstream(&c->said, &said_size) };
	const char *path;
	int err;

	c->config = NULL;
	scratch_open(&c->scratch);
	path = scratch_file(&c->scratch, "a.yaml", yaml, size);
	if (prefixes)
		scratch_file(&c->scratch, "prefixes.csv", prefixes, strlen(prefixes));
	err = config_load(path, taps, n_taps, &d, &c->config);
	diag_end(&d);
	fclose(d.out);
	leave_out(c->said, c->scratch.dir);
	c->mistakes = d.count;
	assert_int_equal(err, d.count ? -EINVAL : 0);
	assert_true(!err == !!c->config);
}

/* The whole configuration, but `text` (of one line or more; NULL: nothing) in place of line `line`. */
static inline void case_text(struct text *out, unsigned line, const char *text)
{
	for (unsigned i = 1; i <= CONFIG_LINES; i++) {
		if (i == line && !text)
			continue;
		text_str(out, i == line ? text : config_line[i - 1]);
		text_str(out, "\n");
	}
}

static inline void case_load_line(struct config_case *c, unsigned line, const char *text)
{
	struct text t = { 0 };

	case_text(&t, line, text);
	case_load(c, t.data, t.size, config_prefixes, NULL, 0);
	text_free(&t);
}

static inline void case_end(struct config_case *c)
{
	config_free(c->config);
	free(c->said);
	scratch_close(&c->scratch);
}

#endif
