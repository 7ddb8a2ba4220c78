/* SPDX-License-Identifier: BSD-3-Clause */
/* Meters capture files: at full speed, in capture time, merged by timestamp (contract section 3). */
#ifndef REPLAY_H
#define REPLAY_H

#include "meter.h"

struct replay;

/* Opens the captures of all taps, or logs why one cannot be metered and returns NULL. */
struct replay *replay_open(struct meter *m);
void replay_close(struct replay *r); /* accepts NULL */

/* From the first frame to the last one, into the meter's journal. */
enum exit_status replay_run(struct replay *r);

#endif
