/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a dead daemon left in the state folder: intervals in the spill, and counters in bank files. The
 * counters become intervals in the spill, their files go, and all that the journal does not have yet is
 * handed to the new daemon, which writes it first. Being killed here and starting again changes nothing:
 * a generation is known by the spill or the journal before its counters are removed. Main thread, before
 * anything counts; the journal's lock keeps a second daemon out.
 */
#ifndef LEDGER_RECOVER_H
#define LEDGER_RECOVER_H

#include <stddef.h>
#include <stdint.h>

#include "cellbook.h"
#include "interval.h"

struct recovered {
	struct interval **iv; /* oldest generation first; free each, and the array */
	size_t n;
	uint64_t generation; /* the newest one ever used */
};

/* `in_journal`: the newest generation that the journal has. 0, or -errno (logged). */
int recover_run(
	const char *folder, uint64_t in_journal, struct cellbook *book, struct recovered *out);
void recover_free(struct recovered *r);

/* The path of bank file `number` (allocated). */
char *recover_bankfile_path(const char *folder, uint64_t number);

#endif
