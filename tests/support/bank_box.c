/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "bank_box.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "burst.h"
#include "file.h"
#include "make_interval.h"
#include "snapshot.h"
#include "text.h"

#define TAPS   2u
#define VALUES 3u
#define COS    2u

static void name_all(char (*name)[NAME_SIZE], uint32_t n, const char *prefix)
{
	for (uint32_t i = 0; i < n; i++)
		snprintf(name[i], NAME_SIZE, "%s%u", prefix, i);
}

void bank_box_open(struct bank_box *b, uint32_t n_peerings)
{
	struct layout *l = &b->layout;

	*b = (struct bank_box){ .folder = make_folder(), .book = cellbook_new(), .seed = 1 };
	*l = (struct layout){ .n_taps = TAPS, .n_peerings = n_peerings, .n_values = VALUES, .n_cos = COS };
	assert_int_equal(layout_size(l), 0);
	l->tap = mem_array(TAPS, NAME_SIZE);
	l->value = mem_array(VALUES, NAME_SIZE);
	l->cos = mem_array(COS, NAME_SIZE);
	l->peering = mem_array(n_peerings, sizeof(*l->peering));
	name_all(l->tap, TAPS, "tap");
	name_all(l->value, VALUES, "class");
	name_all(l->cos, COS, "cos");
	for (uint32_t i = 0; i < n_peerings; i++) {
		snprintf(l->peering[i].name, NAME_SIZE, "peering%u", i);
		snprintf(l->peering[i].partner, NAME_SIZE, "partner%u", i % 3);
		snprintf(l->peering[i].link, NAME_SIZE, "link%u", i % 2);
	}
	make_config(&b->config);
}

void bank_box_close(struct bank_box *b)
{
	remove_folder(b->folder);
	cellbook_free(b->book);
	layout_free(&b->layout);
}

char *bank_box_path(const struct bank_box *b, const char *name)
{
	struct text t = { 0 };

	text_printf(&t, "%s/%s", b->folder, name);
	return t.data;
}

struct bankfile *bank_box_file(struct bank_box *b, const char *name)
{
	char *path = bank_box_path(b, name);
	const struct bankfile_options o = { .path = path,
		.layout = &b->layout,
		.config = &b->config,
		.meter = BOX_METER,
		.interval = BOX_INTERVAL,
		.n_workers = BOX_WORKERS };
	struct bankfile *f;

	assert_int_equal(bankfile_create(&o, &f), 0);
	free(path);
	return f;
}

static int64_t start_of(uint64_t generation)
{
	return BOX_START + (int64_t)(generation - 1) * BOX_INTERVAL;
}

void bank_box_begin(struct bankfile *f, unsigned set, uint64_t generation)
{
	bankfile_begin(f, set, generation, start_of(generation), start_of(generation) * 1000000000);
}

uint64_t bank_box_count(struct bank_box *b, struct bankfile *f, unsigned set, unsigned bursts)
{
	uint64_t frames = 0;

	while (bursts--) {
		struct burst burst = { .n = 1 + (uint32_t)(make_random(&b->seed) % BURST_MAX) };
		uint32_t tap = (uint32_t)(make_random(&b->seed) % TAPS);

		for (uint32_t i = 0; i < burst.n; i++) {
			burst.wire[i] = 60 + (uint32_t)(make_random(&b->seed) % 1455);
			burst.heads.l3_bytes[i] = burst.wire[i] - 14;
			burst.slot[i] = (uint32_t)(make_random(&b->seed) % b->layout.n_slots);
			if (burst.slot[i] < TAPS)
				burst.slot[i] = tap;
		}
		burst_count(&burst, bankfile_banks(f, set)[make_random(&b->seed) % BOX_WORKERS], tap);
		frames += burst.n;
	}
	return frames;
}

struct interval *bank_box_take(struct bank_box *b, struct bankfile *f, unsigned set, uint64_t generation)
{
	struct snapshot *s = snapshot_new(&b->layout, b->book);
	struct interval *iv = snapshot_take(s, bankfile_banks(f, set), BOX_WORKERS, NULL);

	snapshot_free(s);
	memcpy(iv->meter, BOX_METER, sizeof(BOX_METER));
	iv->start = start_of(generation);
	iv->end = iv->start + BOX_INTERVAL;
	iv->covered_ms = BOX_INTERVAL * 1000;
	iv->config = b->config;
	iv->generation = generation;
	return iv;
}

uint64_t bank_box_packets(const struct interval *iv)
{
	uint64_t packets = 0;

	assert_int_equal(interval_check(iv), 0);
	for (size_t i = 0; i < iv->n_taps; i++)
		packets += iv->taps[i].packets;
	return packets;
}

void bank_box_read(const char *path, struct text *out)
{
	assert_int_equal(file_read(path, 64u << 20, out), 0);
}

void bank_box_write(const char *path, const void *data, size_t size)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(data, 1, size, f), size);
	assert_int_equal(fclose(f), 0);
}
