/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a frame costs on the meter's path, stage by stage, beside a plain reference over the same frames in
 * the same rounds (README.md). One thread on one CPU. Before a setting is measured, both paths count its
 * frames once from zero and their cells are compared: they do the same work, or the program ends with 1.
 * Times are reported and never judged.
 */
#include <errno.h>
#include <getopt.h>
#include <rte_cycles.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_lcore.h>
#include <rte_version.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "frames.h"
#include "ours.h"
#include "reference.h"
#include "routes.h"
#include "tally.h"
#include "text.h"

#define HOT	    8192u
#define COLD	    131072u
#define CHUNK	    8192u /* frames timed at once: well below a slice of the scheduler */
#define PASSES	    4u	  /* over the queue, for one sample */
#define SEED	    UINT64_C(88172645463325252)
#define MOST_CASES  32
#define MEMORY_MIB  2200u /* the frames and the reference's tables, as DPDK lays them out */

struct options {
	const char *json, *section;
	unsigned rounds;
	int cpu;
	struct frames_mix mix;
};

/* One route table with everything that is made from it. */
struct table {
	size_t n4, n6;
	unsigned classes;
	struct routes *routes;
	struct ours_tables ours;
	struct reference_tables reference;
	bool vector;
};

struct bench_case {
	struct table *table;
	struct ours ours;
	struct reference reference;
	struct tally tally;
};

struct bench {
	struct options o;
	double hz;
	struct frames *frames;
	struct table table[8];
	struct bench_case *at; /* [MOST_CASES] */
	unsigned n_tables, n;
	FILE *json;
	const char *comma;
};

static struct table *table_of(struct bench *b, const struct setting *s)
{
	struct table *t = b->table;

	for (; t < b->table + b->n_tables; t++)
		if (t->n4 == s->routes4 && t->n6 == s->routes6 && t->classes == s->classes)
			return t;
	*t = (struct table){ .n4 = s->routes4, .n6 = s->routes6, .classes = s->classes };
	t->routes = routes_new(t->n4, t->n6, t->classes, SEED);
	if (reference_tables_build(&t->reference, t->routes) || ours_tables_build(&t->ours, t->routes)) {
		fprintf(stderr, "no memory for %zu + %zu routes\n", t->n4, t->n6);
		exit(EXIT_FAILURE);
	}
	t->vector = reference_vector(&t->reference, true);
	b->n_tables++;
	return t;
}

static void add_case(struct bench *b, struct setting s)
{
	struct bench_case *c = &b->at[b->n++];

	*c = (struct bench_case){ .table = table_of(b, &s), .tally = { .setting = s } };
	if (ours_open(&c->ours, &c->table->ours, s.peerings, s.classes) ||
		reference_open(&c->reference, &c->table->reference, s.peerings, s.classes)) {
		fprintf(stderr, "no memory for the cells\n");
		exit(EXIT_FAILURE);
	}
}

static void clear(struct bench *b)
{
	for (unsigned i = 0; i < b->n; i++) {
		ours_close(&b->at[i].ours);
		reference_close(&b->at[i].reference);
	}
	for (unsigned i = 0; i < b->n_tables; i++) {
		ours_tables_free(&b->table[i].ours);
		reference_tables_free(&b->table[i].reference);
		routes_free(b->table[i].routes);
	}
	b->n = b->n_tables = 0;
}

static void fill(struct bench *b, const struct bench_case *c)
{
	const struct setting *s = &c->tally.setting;

	frames_fill(b->frames, s->frames,
		&(struct frames_spec){ .routes = c->table->routes,
			.zipf = s->zipf,
			.peerings = s->peerings,
			.mix = b->o.mix,
			.seed = SEED + 1 });
}

/* Both paths agree on every cell, and no frame went astray. */
static bool agree(struct bench *b, struct bench_case *c)
{
	const struct setting *s = &c->tally.setting;
	uint64_t astray;

	ours_pass(NULL)(&c->ours, STAGE_COUNT, b->frames->queue, b->frames->n);
	reference_vector(&c->table->reference, false);
	reference_pass(&c->reference, STAGE_COUNT, b->frames->queue, b->frames->n);
	astray = ours_astray(&c->ours);
	if (astray)
		fprintf(stderr, "%lu frames are unknown, unrouted, not IP or malformed\n", astray);
	for (unsigned p = 0; p < s->peerings; p++) {
		for (unsigned k = 0; k < s->classes; k++) {
			struct counters ours = ours_sum(&c->ours, p, k);
			const struct reference_cell *r = &c->reference.cell[p * s->classes + k];

			if (ours.packets == r->packets && ours.l2_bytes == r->bytes)
				continue;
			fprintf(stderr, "peering %u, class %u: %lu frames, %lu bytes; reference %lu, %lu\n", p, k,
				ours.packets, ours.l2_bytes, r->packets, r->bytes);
			return false;
		}
	}
	return !astray;
}

/* The median chunk: one in which the kernel gave the CPU to somebody else says nothing. */
static double cycles(stage_pass_fn *pass, void *self, enum stage last, struct rte_mbuf **m, unsigned n)
{
	double took[PASSES * (COLD / CHUNK)];
	unsigned k = 0;

	pass(self, last, m, n); /* brings this variant's lines to where they settle */
	for (unsigned i = 0; i < PASSES; i++) {
		for (unsigned at = 0; at + CHUNK <= n; at += CHUNK) {
			uint64_t from = rte_rdtsc_precise();

			pass(self, last, m + at, CHUNK);
			took[k++] = (double)(rte_rdtsc_precise() - from) / CHUNK;
		}
	}
	return tally_spread(took, k).median;
}

struct measured {
	enum variant variant;
	enum stage last;
};

/* Neighbours in this list are what is compared. */
static const struct measured list[] = {
	{ VARIANT_OURS, STAGE_TOUCH },
	{ VARIANT_OURS, STAGE_COUNT },
	{ VARIANT_SCALAR, STAGE_COUNT },
	{ VARIANT_AVX2, STAGE_COUNT },
	{ VARIANT_BASE, STAGE_COUNT },
	{ VARIANT_VECTOR, STAGE_COUNT },
	{ VARIANT_OURS, STAGE_CLASS },
	{ VARIANT_SCALAR, STAGE_CLASS },
	{ VARIANT_AVX2, STAGE_CLASS },
	{ VARIANT_BASE, STAGE_CLASS },
	{ VARIANT_VECTOR, STAGE_CLASS },
	{ VARIANT_OURS, STAGE_PEERING },
	{ VARIANT_SCALAR, STAGE_PEERING },
	{ VARIANT_AVX2, STAGE_PEERING },
	{ VARIANT_BASE, STAGE_PEERING },
	{ VARIANT_OURS, STAGE_READ },
	{ VARIANT_SCALAR, STAGE_READ },
	{ VARIANT_AVX2, STAGE_READ },
	{ VARIANT_BASE, STAGE_READ },
};
#define N_LIST (sizeof(list) / sizeof(list[0]))

/* The pass that measures `m` of case `c`, and on what; NULL: this machine cannot. */
static stage_pass_fn *pass_of(const struct measured *m, struct bench_case *c, void **self)
{
	static const char *const kernel[VARIANTS] = { [VARIANT_AVX2] = "avx2", [VARIANT_BASE] = "base" };

	if (m->last != STAGE_TOUCH && m->variant < VARIANT_SCALAR) {
		*self = &c->ours;
		return ours_pass(kernel[m->variant]);
	}
	*self = &c->reference;
	if (m->variant == VARIANT_VECTOR && !c->table->vector)
		return NULL;
	reference_vector(&c->table->reference, m->variant == VARIANT_VECTOR);
	return reference_pass;
}

/* Every second round goes backwards, so that no variant always follows the same one. */
static void measure(struct bench *b, struct bench_case *c, unsigned round)
{
	for (size_t i = 0; i < N_LIST; i++) {
		const struct measured *m = &list[round % 2 ? N_LIST - 1 - i : i];
		void *self;
		stage_pass_fn *pass = pass_of(m, c, &self);

		if (!pass)
			continue;
		c->tally.measured[m->variant][m->last] = true;
		c->tally.cycles[m->variant][m->last][round] =
			cycles(pass, self, m->last, b->frames->queue, b->frames->n);
	}
	c->tally.rounds = round + 1;
}

static void run(struct bench *b)
{
	for (unsigned i = 0; i < b->n; i++) {
		fill(b, &b->at[i]);
		if (!agree(b, &b->at[i]))
			exit(EXIT_FAILURE);
	}
	for (unsigned round = 0; round < b->o.rounds; round++) {
		for (unsigned i = 0; i < b->n; i++) {
			fill(b, &b->at[i]);
			measure(b, &b->at[i], round);
		}
	}
	for (unsigned i = 0; i < b->n; i++) {
		tally_print(&b->at[i].tally, b->hz);
		if (b->json) {
			fprintf(b->json, "%s\n", b->comma);
			tally_json(&b->at[i].tally, b->hz, b->json);
			b->comma = ",";
		}
	}
}

/* Growth between cases `small` and `big`, which differ in one thing. */
static void growth(const struct bench *b, unsigned small, unsigned big, const char *what)
{
	const struct setting *s = &b->at[small].tally.setting;

	printf("growth, %s, %s:", what, s->zipf ? "zipf" : "uniform");
	for (int v = 0; v < VARIANTS; v++) {
		struct spread g;

		if (!b->at[small].tally.measured[v][STAGE_COUNT])
			continue;
		g = tally_growth(&b->at[big].tally, &b->at[small].tally, (enum variant)v);
		printf("  %s %.2f (%.2f .. %.2f)", tally_variant[v], g.median, g.min, g.max);
	}
	printf("\n");
}

static const struct setting full = {
	.routes4 = 1000000, .routes6 = 200000, .peerings = 64, .classes = 64, .frames = COLD
};

static void section_main(struct bench *b)
{
	for (int zipf = 0; zipf < 2; zipf++) {
		for (int hot = 1; hot >= 0; hot--) {
			struct setting s = full;

			s.zipf = zipf;
			s.frames = hot ? HOT : COLD;
			add_case(b, s);
		}
	}
	run(b);
}

static void section_peerings(struct bench *b)
{
	static const unsigned peerings[] = { 8, 64, 1024 };

	for (unsigned i = 0; i < 6; i++) {
		struct setting s = full;

		s.peerings = peerings[i % 3];
		s.zipf = i >= 3;
		add_case(b, s);
	}
	run(b);
	for (unsigned i = 0; i < 6; i += 3)
		growth(b, i, i + 2, "8 to 1024 peerings");
}

static void section_classes(struct bench *b)
{
	for (unsigned i = 0; i < 4; i++) {
		struct setting s = full;

		s.classes = i % 2 ? 64 : 8;
		s.zipf = i >= 2;
		add_case(b, s);
	}
	run(b);
	for (unsigned i = 0; i < 4; i += 2)
		growth(b, i, i + 1, "8 to 64 classes");
}

static void section_routes(struct bench *b)
{
	for (unsigned i = 0; i < 8; i++) {
		struct setting s = full;

		s.routes4 = 1000;
		s.routes6 = 200;
		for (unsigned k = 0; k < i % 4; k++) {
			s.routes4 *= 10;
			s.routes6 *= 10;
		}
		s.zipf = i >= 4;
		add_case(b, s);
	}
	run(b);
	for (unsigned i = 0; i < 8; i += 4)
		growth(b, i, i + 3, "1k + 200 to 1M + 200k routes");
}

static const struct {
	const char *name;
	void (*run)(struct bench *b);
} sections[] = {
	{ "main", section_main },
	{ "peerings", section_peerings },
	{ "classes", section_classes },
	{ "routes", section_routes },
};
#define N_SECTIONS (sizeof(sections) / sizeof(sections[0]))

static void cpu_model(char *out, size_t size)
{
	char line[256];
	FILE *f = fopen("/proc/cpuinfo", "r");

	snprintf(out, size, "unknown");
	while (f && fgets(line, sizeof(line), f)) {
		char *colon = strchr(line, ':');

		if (strncmp(line, "model name", 10) || !colon)
			continue;
		line[strcspn(line, "\n")] = '\0';
		snprintf(out, size, "%s", colon + 2);
		break;
	}
	if (f)
		fclose(f);
}

static void print_machine(struct bench *b, bool huge)
{
	char cpu[128];
	struct text t = { 0 };

	cpu_model(cpu, sizeof(cpu));
	text_printf(&t, "%s, L1d %ld KiB, L2 %ld KiB, L3 %ld KiB, TSC %.1f MHz (measured)", cpu,
		sysconf(_SC_LEVEL1_DCACHE_SIZE) / 1024, sysconf(_SC_LEVEL2_CACHE_SIZE) / 1024,
		sysconf(_SC_LEVEL3_CACHE_SIZE) / 1024, b->hz / 1e6);
	printf("machine   %s\n", t.data);
	printf("compiler  " BENCH_COMPILER "; ours: " BENCH_FLAGS "; reference: " BENCH_NATIVE "\n");
	printf("library   %s, %s\n", rte_version(), huge ? "huge pages of 2 MiB" : "no huge pages");
	printf("sizes     hot %u frames, cold %u; mix %u %% VLAN, %u %% QinQ, %u %% VLAN and 2 labels, rest "
	       "untagged; %u %% IPv6; CPU %d; %u rounds\n",
		HOT, COLD, b->o.mix.vlan, b->o.mix.qinq, b->o.mix.vlan_mpls, b->o.mix.ipv6, b->o.cpu,
		b->o.rounds);
	if (b->json) {
		fprintf(b->json, "{\"machine\": ");
		text_clear(&t);
		text_json(&t, cpu);
		fprintf(b->json,
			"%s, \"l2_kib\": %ld, \"l3_kib\": %ld, \"tsc_hz\": %.0f, \"compiler\": \"%s\",\n"
			"  \"flags\": \"%s\", \"reference_flags\": \"%s\", \"dpdk\": \"%s\", \"huge_pages\": %s,\n"
			"  \"settings\": [",
			t.data, sysconf(_SC_LEVEL2_CACHE_SIZE) / 1024, sysconf(_SC_LEVEL3_CACHE_SIZE) / 1024,
			b->hz, BENCH_COMPILER, BENCH_FLAGS, BENCH_NATIVE, rte_version(),
			huge ? "true" : "false");
	}
	text_free(&t);
}

static bool huge_pages_free(void)
{
	FILE *f = fopen("/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages", "r");
	unsigned long n = 0;

	if (f && fscanf(f, "%lu", &n) != 1)
		n = 0;
	if (f)
		fclose(f);
	return n * 2 >= MEMORY_MIB;
}

static int start_eal(int cpu, bool huge)
{
	char lcores[32], memory[16];
	char *args[16] = { (char *)"bench_path", (char *)"--no-pci", (char *)"--in-memory",
		(char *)"--no-telemetry", (char *)"--log-level=lib.eal:error",
		(char *)"--force-max-simd-bitwidth=512", lcores };
	int n = 7;

	snprintf(lcores, sizeof(lcores), "--lcores=0@%d", cpu);
	snprintf(memory, sizeof(memory), "%u", MEMORY_MIB);
	if (!huge) {
		args[n++] = (char *)"--no-huge";
		args[n++] = (char *)"-m";
		args[n++] = memory;
	}
	return rte_eal_init(n, args);
}

static void usage(FILE *out)
{
	fprintf(out, "bench_path [--section main|peerings|classes|routes] [--rounds N] [--cpu N] [--json FILE]\n"
		     "All sections without --section; 7 to %d rounds (9); the last CPU allowed without --cpu.\n",
		TALLY_ROUNDS);
}

static int last_cpu(void)
{
	cpu_set_t set;
	int last = 0;

	sched_getaffinity(0, sizeof(set), &set);
	for (int i = 0; i < CPU_SETSIZE; i++)
		if (CPU_ISSET((size_t)i, &set))
			last = i;
	return last;
}

static int parse(int argc, char **argv, struct options *o)
{
	static const struct option known[] = { { "section", 1, NULL, 's' }, { "rounds", 1, NULL, 'r' },
		{ "cpu", 1, NULL, 'c' }, { "json", 1, NULL, 'j' }, { "help", 0, NULL, 'h' }, { 0 } };
	int c;

	while ((c = getopt_long(argc, argv, "h", known, NULL)) != -1) {
		switch (c) {
		case 's':
			o->section = optarg;
			break;
		case 'r':
			o->rounds = (unsigned)atoi(optarg);
			break;
		case 'c':
			o->cpu = atoi(optarg);
			break;
		case 'j':
			o->json = optarg;
			break;
		case 'h':
			usage(stdout);
			exit(EXIT_SUCCESS);
		default:
			return -EINVAL;
		}
	}
	return optind == argc && o->rounds >= 7 && o->rounds <= TALLY_ROUNDS ? 0 : -EINVAL;
}

int main(int argc, char **argv)
{
	struct bench b = {
		.o = { .rounds = 9, .cpu = last_cpu(), .mix = { 70, 15, 5, 25 } },
		.comma = "",
	};
	bool huge = huge_pages_free(), found = false;

	if (parse(argc, argv, &b.o)) {
		usage(stderr);
		return 2;
	}
	if (b.o.json && !(b.json = fopen(b.o.json, "w"))) {
		fprintf(stderr, "%s: %s\n", b.o.json, strerror(errno));
		return 2;
	}
	if (start_eal(b.o.cpu, huge) < 0) {
		fprintf(stderr, "the EAL does not start: %s\n", rte_strerror(rte_errno));
		return 1;
	}
	b.hz = tally_tsc_hz();
	b.frames = frames_new(COLD);
	if (!b.frames)
		return 1;
	b.at = mem_array(MOST_CASES, sizeof(*b.at));
	print_machine(&b, huge);
	for (size_t i = 0; i < N_SECTIONS; i++) {
		if (b.o.section && strcmp(b.o.section, sections[i].name))
			continue;
		found = true;
		sections[i].run(&b);
		clear(&b);
	}
	if (b.json) {
		fprintf(b.json, "]}\n");
		fclose(b.json);
	}
	rte_eal_cleanup();
	if (!found)
		usage(stderr);
	return found ? 0 : 2;
}
