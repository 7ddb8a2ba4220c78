/* SPDX-License-Identifier: BSD-3-Clause */
/* The same source again, compiled for this CPU. */
#define burst_classify burst_classify_native
#define burst_count    burst_count_native
#define OURS_PASS      ours_pass_native
#include "ours_pass.c"
