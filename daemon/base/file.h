/* SPDX-License-Identifier: BSD-3-Clause */
/* Whole files in memory, for what people write by hand or export (configuration, prefixes, contracts). */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <stddef.h>

#include "text.h"

/* Appends the file's bytes to `out` (terminated). 0, or -errno: -EFBIG when it holds more than `most`
 * bytes, -EISDIR for a folder. On an error `out` is as it was. */
int file_read(const char *path, size_t most, struct text *out);

/* `path` as seen from the folder of `file`: unchanged if absolute, else "FOLDER/path". Allocated. */
char *file_beside(const char *file, const char *path);

#endif
