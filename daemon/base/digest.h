/* SPDX-License-Identifier: BSD-3-Clause */
/* SHA-256 (FIPS 180-4) by OpenSSL's EVP, and its hexadecimal form. */
#ifndef BASE_DIGEST_H
#define BASE_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DIGEST_SIZE 32
#define DIGEST_HEX_SIZE 65

struct digest {
	uint8_t byte[DIGEST_SIZE];
};

/* SHA-256 of the concatenation of `n` pieces. */
struct digest_piece {
	const void *data;
	size_t size;
};
struct digest digest_of(const struct digest_piece *piece, size_t n);

/* The same, piece after piece, for data that does not fit into memory. The end frees the stream. */
struct digest_stream;
struct digest_stream *digest_stream_new(void);
void digest_stream_add(struct digest_stream *s, const void *data, size_t size);
struct digest digest_stream_end(struct digest_stream *s);

/* Lower-case hexadecimal. Returns `buf`. */
char *digest_hex(char buf[static DIGEST_HEX_SIZE], const struct digest *d);

/* In a time that tells nothing of where they differ. */
bool digest_equal(const struct digest *a, const struct digest *b);

/* 0, or -EINVAL if `hex` is not exactly 64 hexadecimal digits. */
int digest_parse(const char *hex, struct digest *d);

#endif
