/* SPDX-License-Identifier: BSD-3-Clause */
/* Records of comma-separated values as RFC 4180 has them: fields may be quoted, "" in quotes is one quote, a
 * quoted field may hold commas and line ends. Nothing is allocated or kept. */
#ifndef BASE_CSV_H
#define BASE_CSV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct csv_field {
	const char *at; /* not terminated */
	size_t size;
};

/* The size of a byte order mark at the beginning of a file, as spreadsheets write one; else 0. */
size_t csv_mark(const char *data, size_t size);

/* The '\n' that ends the record at `at`, outside of quotes, or `end` if there is none. */
const char *csv_end(const char *at, const char *end);

/* Splits one record without its line end. Quoted fields are unquoted into `room` of end - at bytes. The number
 * of fields, or most + 1 if there are more than `most`; -EINVAL: a quote is not closed or text follows it. */
int csv_split(const char *at, const char *end, char *room, struct csv_field *f, int most);

bool csv_is(const struct csv_field *f, const char *word);

/* Decimal digits alone. 0; -EINVAL; -ERANGE: 2^64 or more. */
int csv_u64(const struct csv_field *f, uint64_t *out);

#endif
