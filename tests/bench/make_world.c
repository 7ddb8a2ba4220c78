/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Makes what the whole-program benchmarks run on, from seeds: a prefix file, the same routes as pmacct's
 * networks file, and captures, each with the truth about it. The truth is found apart from the daemon's
 * tables: longest match by asking a hash table for each length. See usage() for the words.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "routes.h"
#include "text.h"
#include "wire.h"

#define SEED	UINT64_C(88172645463325252)
#define VLANS	4096u
#define START	1772323200u /* 2026-03-01T00:00:00Z */
#define PER_S	100000u	    /* frames in a second of capture time */
#define FIRST_AS 64512u	    /* of class 0, in the networks file */

struct world {
	const char *out;
	unsigned routes4, routes6, classes, vlans;
	struct routes *routes;
};

/* Class by (upper 64 bits, length), one table a family. */
struct exact {
	uint64_t *key;
	uint8_t *length; /* plus one; 0: empty */
	uint16_t *class;
	size_t mask;
};

struct count {
	uint64_t packets, l2_bytes, l3_bytes;
};

struct flow {
	struct wire wire;
	uint16_t class; /* world.classes: no route */
};

struct capture {
	const char *name;
	unsigned frames, flows, size; /* size 0: 60, 576 and 1500 at 7:4:1 */
	unsigned share[WIRE_KINDS];   /* of a hundred flows */
};

static void exact_init(struct exact *x, size_t n)
{
	size_t room = 64;

	while (room < 2 * n)
		room *= 2;
	x->key = mem_array(room, sizeof(*x->key));
	x->length = mem_array(room, 1);
	x->class = mem_array(room, sizeof(*x->class));
	x->mask = room - 1;
}

static void exact_free(struct exact *x)
{
	free(x->key);
	free(x->length);
	free(x->class);
}

/* Where this prefix is, or would go. */
static size_t exact_at(const struct exact *x, uint64_t key, unsigned length)
{
	size_t at = routes_hash(key, length) & x->mask;

	while (x->length[at] && (x->key[at] != key || x->length[at] != length + 1))
		at = (at + 1) & x->mask;
	return at;
}

static void exact_add(struct exact *x, uint64_t key, unsigned length, unsigned class)
{
	size_t at = exact_at(x, key, length);

	x->key[at] = key;
	x->length[at] = (uint8_t)(length + 1);
	x->class[at] = (uint16_t)class;
}

/* `address` in its upper bits. */
static unsigned exact_longest(const struct exact *x, uint64_t address, unsigned width, unsigned none)
{
	for (unsigned length = width; length; length--) {
		size_t at = exact_at(x, address & UINT64_MAX << (64 - length), length);

		if (x->length[at])
			return x->class[at];
	}
	return none;
}

static FILE *create(const struct world *w, const char *name, const char *suffix)
{
	struct text path = { 0 };
	FILE *f;

	text_printf(&path, "%s/%s%s", w->out, name, suffix);
	f = fopen(path.data, "w");
	if (!f) {
		fprintf(stderr, "%s: %s\n", path.data, strerror(errno));
		exit(EXIT_FAILURE);
	}
	text_free(&path);
	return f;
}

static void finish(FILE *f)
{
	if (fclose(f)) {
		fprintf(stderr, "writing: %s\n", strerror(errno));
		exit(EXIT_FAILURE);
	}
}

static void write_route(FILE *prefixes, FILE *networks, const char *prefix, unsigned class)
{
	fprintf(prefixes, "%s,class-%u\n", prefix, class);
	fprintf(networks, "%u,%s\n", FIRST_AS + class, prefix);
}

static void write_routes(const struct world *w)
{
	FILE *prefixes = create(w, "prefixes", ".csv"), *networks = create(w, "networks", ".lst");
	struct lpm4_route *v4 = routes_sorted4(w->routes);
	struct lpm6_route *v6 = routes_sorted6(w->routes);
	char text[64];

	for (size_t i = 0; i < w->routes4; i++) {
		uint32_t a = v4[i].address;

		snprintf(text, sizeof(text), "%u.%u.%u.%u/%u", a >> 24, a >> 16 & 255, a >> 8 & 255, a & 255,
			v4[i].length);
		write_route(prefixes, networks, text, v4[i].value - 1u);
	}
	for (size_t i = 0; i < w->routes6; i++) {
		uint64_t a = v6[i].high;

		snprintf(text, sizeof(text), "%x:%x:%x:%x::/%u", (unsigned)(a >> 48), (unsigned)(a >> 32 & 0xffff),
			(unsigned)(a >> 16 & 0xffff), (unsigned)(a & 0xffff), v6[i].length);
		write_route(prefixes, networks, text, v6[i].value - 1u);
	}
	free(v4);
	free(v6);
	finish(prefixes);
	finish(networks);
}

static enum wire_kind draw_kind(struct draw *d, const struct capture *c)
{
	unsigned at = draw_below(d, 100), kind = 0;

	for (; kind < WIRE_KINDS - 1 && at >= c->share[kind]; kind++)
		at -= c->share[kind];
	return (enum wire_kind)kind;
}

static struct flow *make_flows(const struct world *w, const struct capture *c, struct draw *d)
{
	static const uint8_t protos[] = { 6, 6, 6, 17, 17, 1 };
	static const uint16_t ports[] = { 80, 443, 53, 123 };
	struct flow *flow = mem_array(c->flows, sizeof(*flow));
	struct exact four, six;

	exact_init(&four, w->routes4);
	exact_init(&six, w->routes6);
	for (size_t i = 0; i < w->routes4; i++)
		exact_add(&four, (uint64_t)w->routes->v4[i].address << 32, w->routes->v4[i].length,
			w->routes->v4[i].value - 1u);
	for (size_t i = 0; i < w->routes6; i++)
		exact_add(&six, w->routes->v6[i].high, w->routes->v6[i].length, w->routes->v6[i].value - 1u);
	for (unsigned i = 0; i < c->flows; i++) {
		struct wire *t = &flow[i].wire;

		t->kind = draw_kind(d, c);
		t->six = draw_below(d, 100) < 25;
		t->vid = (uint16_t)(1 + draw_below(d, w->vlans));
		t->proto = protos[draw_below(d, sizeof(protos))];
		t->sport = (uint16_t)(1024 + draw_below(d, 64512));
		t->dport = ports[draw_below(d, 4)];
		t->label = 1024 + draw_below(d, 1 << 18);
		routes_address(w->routes, d, false, t->six, t->src);
		routes_address(w->routes, d, false, t->six, t->dst);
		flow[i].class = (uint16_t)(t->six ? exact_longest(&six, t->dst[0], 64, w->classes)
						  : exact_longest(&four, t->dst[0] << 32, 32, w->classes));
	}
	exact_free(&four);
	exact_free(&six);
	return flow;
}

static unsigned draw_size(struct draw *d, const struct capture *c)
{
	unsigned at = draw_below(d, 12);

	if (c->size)
		return c->size;
	return at < 7 ? 60 : at < 11 ? 576 : 1500;
}

/* By (VID, class, family); VID 0: no tag. */
static struct count *count_of(struct count *truth, const struct world *w, const struct flow *f)
{
	unsigned vid = f->wire.kind == WIRE_PLAIN || f->wire.kind == WIRE_MPLS ? 0 : f->wire.vid;

	return &truth[(vid * (w->classes + 1) + f->class) * 2 + f->wire.six];
}

static void write_truth(const struct world *w, const char *name, const struct count *truth)
{
	FILE *f = create(w, name, ".truth.csv");

	fprintf(f, "vlan,class,family,packets,l2_bytes,l3_bytes\n");
	for (unsigned i = 0; i < VLANS * (w->classes + 1) * 2; i++) {
		unsigned class = i / 2 % (w->classes + 1);
		char word[32] = "unrouted";

		if (!truth[i].packets)
			continue;
		if (class < w->classes)
			snprintf(word, sizeof(word), "class-%u", class);
		fprintf(f, "%u,%s,%s,%lu,%lu,%lu\n", i / 2 / (w->classes + 1), word, i % 2 ? "ipv6" : "ipv4",
			truth[i].packets, truth[i].l2_bytes, truth[i].l3_bytes);
	}
	finish(f);
}

/* Flows by Zipf(1.0); microseconds, the file format of libpcap. */
static void write_capture(const struct world *w, const struct capture *c)
{
	static const uint32_t head[6] = { 0xa1b2c3d4, 2 | 4 << 16, 0, 0, 65535, 1 };
	struct draw d = { SEED ^ c->frames ^ (uint64_t)c->size << 32 };
	struct flow *flow = make_flows(w, c, &d);
	struct count *truth = mem_array((size_t)VLANS * (w->classes + 1) * 2, sizeof(*truth));
	double *weight = mem_array(c->flows, sizeof(*weight)), sum = 0;
	FILE *f = create(w, c->name, ".pcap");
	uint8_t frame[2048] = { 0 };

	for (unsigned i = 0; i < c->flows; i++)
		weight[i] = sum += 1.0 / (i + 1);
	fwrite(head, sizeof(head), 1, f);
	for (unsigned i = 0; i < c->frames; i++) {
		const struct flow *from = &flow[routes_pick(&d, weight, c->flows)];
		uint32_t length = wire_write(frame, &from->wire, draw_size(&d, c));
		struct count *t = count_of(truth, w, from);

		t->packets++;
		t->l2_bytes += length;
		t->l3_bytes += length - wire_l2(&from->wire);
		fwrite((uint32_t[4]){ START + i / PER_S, i % PER_S * (1000000 / PER_S), length, length }, 16, 1, f);
		fwrite(frame, length, 1, f);
		memset(frame, 0, WIRE_HEAD);
	}
	finish(f);
	write_truth(w, c->name, truth);
	free(flow);
	free(truth);
	free(weight);
}

static int usage(void)
{
	fprintf(stderr,
		"make_world DIR ROUTES4 ROUTES6 CLASSES VLANS [CAPTURE FRAMES FLOWS SIZE KINDS]...\n"
		"  SIZE: bytes, or 0 for 60, 576 and 1500 at 7:4:1; KINDS: per cent of flows that are plain, VLAN,\n"
		"  QinQ, two labels, VLAN and one label, as 25:45:15:10:5. VLANs from 1. Writes DIR/prefixes.csv,\n"
		"  networks.lst, CAPTURE.pcap and CAPTURE.truth.csv.\n");
	return 2;
}

int main(int argc, char **argv)
{
	struct world w = { 0 };

	if (argc < 6 || (argc - 6) % 5)
		return usage();
	w = (struct world){ .out = argv[1],
		.routes4 = (unsigned)atoi(argv[2]),
		.routes6 = (unsigned)atoi(argv[3]),
		.classes = (unsigned)atoi(argv[4]),
		.vlans = (unsigned)atoi(argv[5]) };
	if (!w.routes4 || !w.routes6 || !w.classes || !w.vlans || w.vlans >= VLANS - 1)
		return usage();
	w.routes = routes_new(w.routes4, w.routes6, w.classes, SEED);
	write_routes(&w);
	for (int i = 6; i < argc; i += 5) {
		struct capture c = { .name = argv[i],
			.frames = (unsigned)atoi(argv[i + 1]),
			.flows = (unsigned)atoi(argv[i + 2]),
			.size = (unsigned)atoi(argv[i + 3]) };

		if (!c.flows || sscanf(argv[i + 4], "%u:%u:%u:%u:%u", &c.share[0], &c.share[1], &c.share[2],
					&c.share[3], &c.share[4]) != 5)
			return usage();
		write_capture(&w, &c);
	}
	routes_free(w.routes);
	return 0;
}
