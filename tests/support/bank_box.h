/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Counters for tests of what happens to them: a layout with names, banks filled from a seed as bursts
 * fill them, and sums to hold against. A folder stands for the state of a meter. Needs <cmocka.h>'s
 * headers before it.
 */
#ifndef SUPPORT_BANK_BOX_H
#define SUPPORT_BANK_BOX_H

#include "bankfile.h"
#include "interval.h"

#define BOX_METER    "m"
#define BOX_INTERVAL 10u
#define BOX_START    INT64_C(1790000000) /* of generation 1; the next ones follow */
#define BOX_WORKERS  2u

struct bank_box {
	char *folder;
	struct layout layout;
	struct digest config;
	struct cellbook *book;
	uint64_t seed;
};

/* `n_peerings` peerings on 2 taps, 3 classes, 2 classes of service. */
void bank_box_open(struct bank_box *b, uint32_t n_peerings);
void bank_box_close(struct bank_box *b); /* removes the folder and all in it */

struct bankfile *bank_box_file(struct bank_box *b, const char *name);
/* bankfile_begin() as the cutter does it, and the interval that goes with the generation. */
void bank_box_begin(struct bankfile *f, unsigned set, uint64_t generation);
/* Counts `bursts` bursts in the banks of a set; returns how many frames that were. */
uint64_t bank_box_count(struct bank_box *b, struct bankfile *f, unsigned set, unsigned bursts);
/* What the cutter makes of a set at rest. */
struct interval *bank_box_take(struct bank_box *b, struct bankfile *f, unsigned set, uint64_t generation);

uint64_t bank_box_packets(const struct interval *iv); /* of all taps; checks conservation */
char *bank_box_path(const struct bank_box *b, const char *name); /* allocated */
/* A file's bytes out, or in. */
void bank_box_read(const char *path, struct text *out);
void bank_box_write(const char *path, const void *data, size_t size);

#endif
