/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A fuzz entry is one file that defines LLVMFuzzerTestOneInput(). It is linked twice: with driver.c, by
 * any compiler, for the short run of every `meson test`; and with libFuzzer, by clang, for long ones
 * (see meson.build). An entry calls the production code itself and checks with FUZZ_CHECK what must
 * hold for any input; a crash, a leak or a hang is found by the sanitizers and the driver.
 */
#ifndef FUZZ_FUZZ_H
#define FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FUZZ_CHECK(holds)                                                                          \
	do {                                                                                       \
		if (!(holds)) {                                                                    \
			fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #holds);     \
			abort();                                                                           \
		}                                                                                  \
	} while (0)

#endif
